import { type EvidenceText, normalizeAnswer } from '../../contract/index.ts'
import type { Generate, WriteQuestion, WrittenQuestion } from './ports.ts'

const COMMON =
  'Somebody who has not seen the text must understand the question: call people, places and things by their names, and do not mention any passage, text or document. The answer is one name, date, number or short phrase, copied word for word. Do not give the answer away in the question. Write in the language of the text.'
const FORM = 'Reply with exactly two lines:\nQuestion: <the question>\nAnswer: <the answer>'

/** Tokens that a reply may take; some models think aloud before it. */
const MAX_TOKENS = 400
/** Characters that a question and an answer may have; longer ones are no questions for an exact match. */
const MAX_QUESTION = 400
const MAX_ANSWER = 120

const shown = ({ title, text }: EvidenceText): string => `${title}\n${text}`

/** What a model that follows instructions is told. */
export function instruction(passages: readonly EvidenceText[]): string {
  const [first, second] = passages
  if (!first) throw new Error('a question needs a passage')
  if (!second) {
    return `Write one question whose answer stands in this passage. ${COMMON}\n\nPassage: ${shown(first)}\n\n${FORM}`
  }
  return `Write one question that can be answered only by somebody who knows both passages: passage 1 tells who or what is meant, passage 2 holds the answer. In the question, do not name what passage 1 leads to; describe it instead. The answer stands in passage 2. ${COMMON}\n\nPassage 1: ${shown(first)}\n\nPassage 2: ${shown(second)}\n\n${FORM}`
}

/** A question that speaks of the passage instead of the matter is of no use to somebody who has to search. */
const POINTS_AT_TEXT =
  /\b(?:this|the|above|given|following|first|second) (?:passage|text|document|paragraph|excerpt)s?\b/i

/** What stands behind a label, to the end of its line or the next label: "Question: …", "**Q2.** …". */
function labelled(text: string, label: string): string | null {
  const line = new RegExp(String.raw`(?:^|\n)[\s>*_#\-\d.)]*${label}\s*\d*\s*[*_]*\s*[:：.]\s*[*_]*\s*([^\n]+)`, 'i')
  return line.exec(text)?.[1] ?? null
}

/** A reply that is JSON, or has an object with both fields somewhere in it. */
function fromJson(text: string): { question: unknown; answer: unknown } | null {
  const braces = /\{[^{}]*\}/.exec(text)?.[0]
  if (!braces) return null
  try {
    const { question, answer } = JSON.parse(braces)
    return { question, answer }
  } catch {
    return null
  }
}

const bare = (text: string): string =>
  text
    .trim()
    .replace(/^[*_`"“”'‘’«»\s]+/, '')
    .replace(/[*_`"“”'‘’«»\s]+$/, '')

/**
 * Reads a question with its answer out of what a model replied: two labelled lines, in bold or numbered or not, or JSON;
 * thinking aloud before it is skipped. Null when there is none, or none that could be used.
 */
export function parseReply(reply: string): WrittenQuestion | null {
  const text = reply.replace(/<think>[\s\S]*?(?:<\/think>|$)/g, '')
  const json = fromJson(text)
  const question = json?.question ?? labelled(text, '(?:question|q)')
  const answer = json?.answer ?? labelled(text, '(?:answer|a)')
  if (typeof question !== 'string' || (typeof answer !== 'string' && typeof answer !== 'number')) return null
  const asked = bare(question)
  const answered = bare(String(answer)).replace(/[.。]$/, '')
  const usable =
    normalizeAnswer(asked) !== '' &&
    normalizeAnswer(answered) !== '' &&
    asked.length <= MAX_QUESTION &&
    answered.length <= MAX_ANSWER &&
    !POINTS_AT_TEXT.test(asked)
  return usable ? { question: asked, answer: answered } : null
}

/** A writer that tells the model what to do. */
export const writeByInstructions =
  (generate: Generate): WriteQuestion =>
  async (passages, _pick, signal) =>
    parseReply(await generate({ kind: 'message', text: instruction(passages) }, MAX_TOKENS, signal))
