import { holdsAnswer } from '../evaluation/index.ts'

export type FindPassages = (query: string, limit: number) => Promise<readonly { title: string; text: string }[]>

/** Passages in which an answer is looked for. */
const DEPTH = 20

/**
 * Whether an answer stands in a library near where one would look for it: in the best passages for the question with its
 * answers. Those that do not cannot be learned from searching.
 */
export async function isAnswerFound(
  { question, answers }: { question: string; answers: readonly string[] },
  search: FindPassages,
): Promise<boolean> {
  for (const query of [`${question} ${answers[0]}`, answers.join(' ')]) {
    const hits = await search(query, DEPTH)
    if (hits.some(({ title, text }) => holdsAnswer(`${title} ${text}`, answers))) return true
  }
  return false
}
