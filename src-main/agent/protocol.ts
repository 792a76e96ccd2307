import type { PromptKind } from '../contract/index.ts'
import type { StopRule } from './ports.ts'

/**
 * The protocol between model and environment, as pure functions on text (`dgpo.md` section 1; Search-R1's prompt and
 * environment). Tags are case-sensitive and have no attributes.
 */

const INSTRUCTIONS =
  'Answer the given question. You must conduct reasoning inside <think> and </think> first every time you get new information. After reasoning, if you find you lack some knowledge, you can call a search engine by <search> query </search> and it will return the top searched results between <information> and </information>. You can search as many times as your want. If you find no further external knowledge needed, you can directly provide the answer inside <answer> and </answer>, without detailed illustrations. For example, <answer> Beijing </answer>. '

const INVALID_ACTION =
  '\nMy previous action is invalid. If I want to search, I should put the query between <search> and </search>. If I want to give the final answer, I should put the answer between <answer> and </answer>. Let me try again.\n'

/** The elements of the protocol. `information` is written by the environment only. */
export const elements = ['think', 'search', 'information', 'answer'] as const
export type Element = (typeof elements)[number]

/** What a turn asks the environment to do. */
export interface Action {
  type: 'search' | 'answer'
  /** The text between the tags, trimmed. */
  content: string
}

/** A document as the model is shown it. */
export interface ShownDocument {
  title: string
  text: string
}

/** The user message that opens an episode: exactly the bytes that the model was trained on. */
export function userMessage(question: string, kind: PromptKind): string {
  const trimmed = question.trim()
  const asked = trimmed.endsWith('?') ? trimmed : `${trimmed}?`
  switch (kind) {
    case 'search-r1':
      return `${INSTRUCTIONS}Question: ${asked}\n`
    case 'question-only':
      return `Question: ${asked}`
  }
}

/**
 * Where a turn that is being written ends: the offset behind the closing tag that ends it, or null while it goes on.
 * An answer that is closed inside an open search is part of that query, so it does not end the turn.
 */
export function turnEnd(text: string): number | null {
  const search = text.indexOf('</search>')
  const answer = text.indexOf('</answer>')
  if (answer >= 0 && (search < 0 || answer < search) && !text.slice(0, answer).includes('<search>')) {
    return answer + '</answer>'.length
  }
  return search < 0 ? null : search + '</search>'.length
}

/** When a turn is over that was made to begin with some text. */
export const turnStop = (opening = ''): StopRule => ({
  marks: ['</search>', '</answer>'],
  ends: (text) => turnEnd(opening + text) !== null,
})

/** The part of a turn's raw text that counts: up to the closing tag that ends it. */
export function cutTurn(raw: string): string {
  const end = turnEnd(raw)
  if (end !== null) return raw.slice(0, end)
  const answer = raw.indexOf('</answer>')
  return answer < 0 ? raw : raw.slice(0, answer + '</answer>'.length)
}

/** The first complete search or answer of a turn; null when there is none. */
export function parseAction(turn: string): Action | null {
  const match = /<(search|answer)>([\s\S]*?)<\/\1>/.exec(turn)
  if (!match) return null
  return { type: match[1] as Action['type'], content: (match[2] as string).trim() }
}

/**
 * Makes text of a document harmless for the protocol: the opening bracket of whatever begins like one of its tags, in
 * any case and with any white space inside, becomes another one. Nothing else changes, and nothing becomes a tag by it.
 */
export function neutralize(text: string): string {
  return text.replace(/<(?=\s*\/?\s*(?:think|search|information|answer)\b)/gi, '‹')
}

/** The documents of a search as one text, numbered from 1. */
export function formatDocuments(documents: readonly ShownDocument[]): string {
  return documents.map(({ title, text }, i) => `Doc ${i + 1}(Title: ${title}) ${text}\n`).join('')
}

/** What the environment writes after a search that found these documents. */
export function searchObservation(documents: readonly ShownDocument[]): string {
  return `\n\n<information>${formatDocuments(documents).trim()}</information>\n\n`
}

/** What the environment writes after a turn without a search or an answer. */
export function invalidObservation(): string {
  return INVALID_ACTION
}
