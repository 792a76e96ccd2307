import type { Candidate } from './stages.ts'

/** Characters of a shingle: longer than the phrases that texts on one subject have in common. */
const shingleLength = 16
const sampled = 8
/** From this share on that better passages have said before, a passage is moved back. */
const leastRepeated = 0.5
/** From this share on it is looked whether the whole passage stands in a better one. */
const doubleShare = 0.9
/** Damps the differences between ranks, as in reciprocal-rank fusion. */
const k = 60
/** What repeats everything falls back by seven places from the first. */
const cost = 0.1

/** A list without what says nothing new. */
export interface Novel {
  /** Best first; what mostly repeats better passages stands further back. */
  kept: readonly Candidate[]
  /** Ids of passages that say the same as a better one, with the id of that one. */
  doubles: ReadonlyMap<string, string>
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim()

/** Letters and digits of ASCII without case; 0 for the other characters. */
const ascii = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code).toLowerCase()
  return /[a-z0-9]/.test(character) ? character.charCodeAt(0) : 0
})

/** A character without case; 0 for signs and spaces of the usual scripts, which are passed over. */
function letter(code: number): number {
  if (code < 0x80) return ascii[code] as number
  return (code >= 0x2000 && code <= 0x206f) || (code >= 0x3000 && code <= 0x303f) || code === 0xa0 ? 0 : code
}

const base = 0x01000193
let highest = 1
for (let i = 1; i < shingleLength; i++) highest = Math.imul(highest, base)
const window = new Int32Array(shingleLength)

/**
 * Hashes of stretches of {@link shingleLength} letters (Rabin and Karp), of which one in eight is kept by its value
 * (Broder, 1997), so that the same are kept of every text; of a text that has none the hash of its end.
 */
function shingles(text: string): Set<number> {
  const found = new Set<number>()
  let hash = 0
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const code = letter(text.charCodeAt(i))
    if (code === 0) continue
    const at = count % shingleLength
    if (count >= shingleLength) hash = (hash - Math.imul(window[at] as number, highest)) | 0
    window[at] = code
    hash = (Math.imul(hash, base) + code) | 0
    count += 1
    // the lower bits depend on the last letters only
    if (count >= shingleLength && (hash >>> 20) % sampled === 0) found.add(hash >>> 2)
  }
  if (found.size === 0) found.add(hash >>> 2)
  return found
}

interface Chosen {
  id: string
  text: string
}

/** Whether a text stands in another one, apart from case, spaces and signs. */
const standsIn = (text: string, other: string): boolean => plain(other).includes(plain(text))

/** What the chosen passages have said. */
class Said {
  readonly #by = new Map<number, Chosen>()

  /** How much of a passage was said before, and by which passage most of it. */
  repeats(parts: ReadonlySet<number>): { share: number; by: Chosen | null } {
    const counts = new Map<Chosen, number>()
    let said = 0
    for (const part of parts) {
      const chosen = this.#by.get(part)
      if (!chosen) continue
      said += 1
      counts.set(chosen, (counts.get(chosen) ?? 0) + 1)
    }
    let by: Chosen | null = null
    for (const [chosen, count] of counts) if (count > (by ? (counts.get(by) ?? 0) : 0)) by = chosen
    return { share: parts.size === 0 ? 0 : said / parts.size, by }
  }

  add(chosen: Chosen, parts: ReadonlySet<number>): void {
    for (const part of parts) if (!this.#by.has(part)) this.#by.set(part, chosen)
  }
}

/**
 * Takes passages from a ranking as long as they bring something new. One that stands in a better one, apart from case and
 * signs, is left out; one that mostly repeats better ones (another version, a page of the same form) is moved back the
 * further the more it repeats. Passages of one subject or document that say different things keep their order. This is
 * maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) with the text said before as similarity.
 *
 * @param ranking best first
 * @param count how many are wanted: no more work is done than for these
 */
export function novel(ranking: readonly Candidate[], count: number): Novel {
  const said = new Said()
  const kept: Candidate[] = []
  const doubles = new Map<string, string>()
  /** Passages that were moved back, with what they are worth now. */
  const back: { candidate: Candidate; parts: Set<number>; rank: number; value: number }[] = []
  const worth = (rank: number, share: number) => (1 - (share < leastRepeated ? 0 : cost * share)) / (k + rank)
  let next = 0
  while (kept.length < count) {
    const best = back.reduce((a, b, i) => (b.value > (back[a]?.value ?? 0) ? i : a), 0)
    const ahead = next < ranking.length ? worth(next + 1, 0) : 0
    const waiting = back[best]
    const fromBack = waiting && waiting.value >= ahead ? waiting : null
    const candidate = fromBack?.candidate ?? ranking[next]
    if (!candidate) break
    if (fromBack) back.splice(best, 1)
    else next += 1
    const { id, text } = candidate.passage
    const parts = fromBack?.parts ?? shingles(text)
    const rank = fromBack?.rank ?? next
    const { share, by } = said.repeats(parts)
    if (by && share >= doubleShare && standsIn(text, by.text)) {
      doubles.set(id, by.id)
      continue
    }
    const value = worth(rank, share)
    const second = back.reduce((most, other) => Math.max(most, other.value), 0)
    if (value < Math.max(second, next < ranking.length ? worth(next + 1, 0) : 0)) {
      back.push({ candidate, parts, rank, value })
      continue
    }
    const stages =
      by && share >= leastRepeated ? { ...candidate.stages, repeats: { share, of: by.id } } : candidate.stages
    kept.push({ ...candidate, stages })
    said.add({ id, text }, parts)
  }
  return { kept, doubles }
}
