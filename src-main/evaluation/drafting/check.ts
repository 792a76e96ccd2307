import { coverMatch, type DraftCheck, type DraftCheckKind, exactMatch, type Passage } from '../../contract/index.ts'
import { holdsAnswer } from '../agent.ts'
import type { WrittenQuestion } from './ports.ts'

/** What a draft is tried with. */
export interface DraftTrial {
  /** The question of the set, or a draft that waits, that asks the same; null: none does. */
  same(written: WrittenQuestion): string | null
  /** What the model answers without any document. */
  closedBook(question: string, signal?: AbortSignal): Promise<string | null>
  /** What the model answers when it searches the library, some of whose passages (by id) it does not get to see. */
  play(question: string, without: ReadonlySet<string>, signal?: AbortSignal): Promise<string | null>
}

/**
 * Tries a draft, cheap checks first; ends with the first that fails. Right is an exact match, as in the reward of
 * training: what is never matched exactly cannot be learned. Known by heart is an answer that holds the right one.
 *
 * @param passages one, or two: the first leads to the second, which holds the answer
 */
export async function checkDraft(
  written: WrittenQuestion,
  passages: readonly Passage[],
  { same, closedBook, play }: DraftTrial,
  signal?: AbortSignal,
): Promise<DraftCheck[]> {
  const { question, answer } = written
  const checks: DraftCheck[] = []
  const note = (kind: DraftCheckKind, passed: boolean, said: string | null): boolean => {
    checks.push({ kind, passed, said })
    return passed
  }
  const texts = passages.map(({ title, text }) => `${title} ${text}`)
  const holds = texts.map((text) => holdsAnswer(text, [answer]))
  const inPlace = holds.at(-1) === true && (holds.length === 1 || !holds[0]) && !holdsAnswer(question, [answer])
  if (!note('in-passage', inPlace, null)) return checks

  const twin = same(written)
  if (!note('new', twin === null, twin)) return checks

  const byHeart = await closedBook(question, signal)
  if (!note('closed-book', coverMatch(byHeart, [answer]) === 0, byHeart)) return checks

  const found = await play(question, new Set(), signal)
  if (!note('with-library', exactMatch(found, [answer]) === 1, found)) return checks

  if (passages.length > 1) {
    for (const { id } of passages) {
      const said = await play(question, new Set([id]), signal)
      const needed = exactMatch(said, [answer]) === 0
      if (!needed || id === passages.at(-1)?.id) note('needs-both', needed, said)
      if (!needed) return checks
    }
  }
  return checks
}

/** Whether all checks passed. */
export const isSound = (checks: readonly DraftCheck[]): boolean => checks.every(({ passed }) => passed)
