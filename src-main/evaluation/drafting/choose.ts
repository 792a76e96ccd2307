import type { Passage } from '../../contract/index.ts'
import type { Search } from '../ports.ts'

/** Passages with fewer characters say too little to ask about. */
const LEAST_CHARACTERS = 60
/** A title this short occurs by chance. */
const LEAST_TITLE = 4
/** Hits among which the other passage of a pair is looked for. */
const DEPTH = 20
/** Of a passage, what it is searched with. */
const QUERY_CHARACTERS = 400

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

/**
 * The place of the n-th passage in a walk through a library that comes to each once before it comes to one again: steps
 * of a length that shares no divisor with their number.
 */
export function placeInWalk(n: number, passages: number, seed: number): number {
  if (passages < 2) return 0
  let step = 1 + (seed % (passages - 1))
  while (divisor(step, passages) !== 1) step++
  // Each factor is below 2^26 for any library that fits a disk here, so the product stays exact.
  return ((seed % passages) + (n % passages) * step) % passages
}

/** Whether there is enough in a passage to ask about. */
export const isTelling = ({ text }: Passage): boolean => text.trim().length >= LEAST_CHARACTERS

const names = (text: string, title: string): boolean =>
  title.length >= LEAST_TITLE && text.toLowerCase().includes(title.toLowerCase())

/**
 * Finds a passage that this one leads to, or that leads to it: one names the other by its title.
 *
 * @param pick any whole number, to choose among several
 * @returns the two in the order in which a question would need them; null: none is connected
 */
export async function findPair(
  passage: Passage,
  search: (...args: Parameters<Search>) => Promise<readonly Passage[]>,
  pick: number,
  signal?: AbortSignal,
): Promise<[Passage, Passage] | null> {
  const hits = await search(passage.text.slice(0, QUERY_CHARACTERS), DEPTH, signal)
  const pairs = hits
    .filter((hit) => hit.title !== passage.title && isTelling(hit))
    .flatMap((hit): [Passage, Passage][] => {
      if (names(passage.text, hit.title)) return [[passage, hit]]
      return names(hit.text, passage.title) ? [[hit, passage]] : []
    })
  return pairs[pick % Math.max(1, pairs.length)] ?? null
}
