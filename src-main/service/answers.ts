import type { EvidenceText } from '../contract/index.ts'
import { holdsAnswer } from '../evaluation/index.ts'

export type FindPassages = (query: string, limit: number) => Promise<readonly { title: string; text: string }[]>

/** Passages in which an answer is looked for. */
const DEPTH = 20

/**
 * A passage that answers a question, near where one would look for it: among the best ones for the question with its
 * answers. A question without one cannot be learned from searching: null.
 */
export async function findEvidence(
  { question, answers }: { question: string; answers: readonly string[] },
  search: FindPassages,
): Promise<EvidenceText | null> {
  for (const query of [`${question} ${answers[0]}`, answers.join(' ')]) {
    const hits = await search(query, DEPTH)
    const found = hits.find(({ title, text }) => holdsAnswer(`${title} ${text}`, answers))
    if (found) return { title: found.title, text: found.text }
  }
  return null
}
