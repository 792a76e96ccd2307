import { createHash } from 'node:crypto'
import { appError, normalizeAnswer, type Preflight } from '../../contract/index.ts'
import { holdsAnswer, loadQuestions } from '../../evaluation/index.ts'
import type { TrainingQuestion } from '../../training/index.ts'
import type { Splits } from './setup.ts'

/** TEMPORARY */
function splitOf(question: string): keyof Splits {
  const place = createHash('sha256').update(normalizeAnswer(question)).digest().readUInt32BE(0) / 2 ** 32
  return place < 0.8 ? 'train' : place < 0.9 ? 'validation' : 'test'
}

/** Questions of the training split that are looked up in the library before a run. */
const LOOKED_UP = 40
/** Passages in which an answer is looked for. */
const DEPTH = 20

/**
 * Reads a file of questions and splits it by their fixed hash. Questions without an answer that could be matched, and those
 * that stand there twice, are left out.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE, INVALID_INPUT naming the line, NO_QUESTIONS
 */
export async function readQuestions(path: string): Promise<{ splits: Splits; unusable: number }> {
  const all = await loadQuestions(path)
  const splits: Splits = { train: [], validation: [], test: [] }
  const seen = new Set<string>()
  let unusable = 0
  for (const { id, question, answers } of all) {
    const usable = answers.filter((answer) => normalizeAnswer(answer) !== '')
    const key = normalizeAnswer(question)
    if (usable.length === 0 || seen.has(key)) unusable++
    else splits[splitOf(question)].push({ id, question, answers: usable })
    seen.add(key)
  }
  return { splits, unusable }
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
    { detail: `${unusable} of the file's questions have no answer or stand there twice` },
  )
}

/** Looks some questions up in the library: an answer that is nowhere near its question cannot be learned from searching. */
export async function lookUp(
  questions: readonly TrainingQuestion[],
  search: (query: string, limit: number) => Promise<{ title: string; text: string }[]>,
): Promise<Pick<Preflight['questions'], 'looked' | 'notFound'>> {
  const every = Math.max(1, Math.floor(questions.length / LOOKED_UP))
  const some = questions.filter((_, i) => i % every === 0).slice(0, LOOKED_UP)
  let notFound = 0
  for (const { question, answers } of some) {
    const hits = await search(`${question} ${answers[0]}`, DEPTH)
    if (!hits.some(({ title, text }) => holdsAnswer(`${title} ${text}`, answers))) notFound++
  }
  return { looked: some.length, notFound }
}
