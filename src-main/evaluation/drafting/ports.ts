import type { EvidenceText } from '../../contract/index.ts'

/** A question as a model wrote it, with the answer that it gave. */
export interface WrittenQuestion {
  question: string
  answer: string
}

/** What a model is to go on from: a message of a person, in its chat template, or plain text. */
export type WritingTask = { kind: 'message'; text: string } | { kind: 'text'; text: string }

/** Lets a model write at most so many tokens; the text may end anywhere. */
export type Generate = (task: WritingTask, maxTokens: number, signal?: AbortSignal) => Promise<string>

/**
 * Writes a question about one passage, or one that needs two (the first leads to the second, which holds the answer).
 *
 * @param pick any whole number: another one may choose another fact
 * @returns null: nothing could be read out of what the model wrote
 */
export type WriteQuestion = (
  passages: readonly EvidenceText[],
  pick: number,
  signal?: AbortSignal,
) => Promise<WrittenQuestion | null>
