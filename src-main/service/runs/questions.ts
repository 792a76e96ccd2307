import { appError, type Preflight, splitOf } from '../../contract/index.ts'
import { loadQuestionFile, questionId } from '../../evaluation/index.ts'
import type { TrainingQuestion } from '../../training/index.ts'
import { type FindPassages, isAnswerFound } from '../answers.ts'
import type { Splits } from './setup.ts'

/** Questions of the training split that are looked up in the library before a run. */
const LOOKED_UP = 40

/**
 * Reads a file of questions and splits it by their fixed hash. Broken lines, questions without an answer that could be
 * matched, and those that stand there twice, are left out.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE, INVALID_INPUT
 */
export async function readQuestions(path: string): Promise<{ splits: Splits; unusable: number }> {
  const { questions, problems } = await loadQuestionFile(path)
  const splits: Splits = { train: [], validation: [], test: [] }
  const taken = new Set<string>()
  for (const one of questions) {
    const id = questionId(one, taken)
    taken.add(id)
    splits[splitOf(one.question)].push({ id, question: one.question, answers: one.answers })
  }
  return { splits, unusable: problems.length }
}

/** Why a set of questions is too small to learn from; null when it is not. */
export function questionsError({ train, validation }: Splits, unusable: number) {
  if (train.length > 0 && validation.length > 0) return null
  const left = train.length + validation.length
  return appError(
    'NO_QUESTIONS',
    left === 0
      ? 'There is no question with a usable answer in the file.'
      : `${left} usable ${left === 1 ? 'question is' : 'questions are'} not enough: some are needed to train with, others to check by.`,
    'Give more questions, each with an answer that is found in the library.',
    { detail: `${unusable} of the file's questions are broken, have no answer or stand there twice` },
  )
}

/**
 * Looks some questions up in the library: an answer that is nowhere near its question cannot be learned from searching.
 *
 * @returns also the mean length of a passage there
 */
export async function lookUp(
  questions: readonly TrainingQuestion[],
  search: FindPassages,
): Promise<Pick<Preflight['questions'], 'looked' | 'notFound'> & { characters: number }> {
  const every = Math.max(1, Math.floor(questions.length / LOOKED_UP))
  const some = questions.filter((_, i) => i % every === 0).slice(0, LOOKED_UP)
  const lengths: number[] = []
  const listening: FindPassages = async (query, limit) => {
    const hits = await search(query, limit)
    lengths.push(...hits.map(({ text }) => text.length))
    return hits
  }
  let notFound = 0
  for (const question of some) if (!(await isAnswerFound(question, listening))) notFound++
  const characters = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length)
  return { looked: some.length, notFound, characters }
}
