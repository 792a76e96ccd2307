import { resolve } from 'node:path'
import { appError, type Preflight, type RunInput, splitOf } from '../../contract/index.ts'
import { loadQuestionFile, questionId } from '../../evaluation/index.ts'
import type { TrainingQuestion } from '../../training/index.ts'
import { type FindPassages, findEvidence } from '../answers.ts'
import type { QuestionSets } from '../questions.ts'
import type { Splits } from './setup.ts'

/** Questions of the training split that are looked up in the library before a run. */
const LOOKED_UP = 40

/** The questions of a run by split, and where they came from. */
export interface RunQuestions {
  splits: Splits
  /** Left out: broken, without an answer that could be matched, or there twice. */
  unusable: number
  source: string
}

/**
 * Reads a file or a set of questions, split by their fixed hash.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE, INVALID_INPUT, NOT_FOUND
 */
export async function readQuestions(
  { questions: file, questionSetId }: Pick<RunInput, 'questions' | 'questionSetId'>,
  sets: Pick<QuestionSets, 'list' | 'sets'>,
): Promise<RunQuestions> {
  const splits: Splits = { train: [], validation: [], test: [] }
  if (questionSetId !== undefined) {
    const { questions } = sets.list(questionSetId, { offset: 0, limit: Number.MAX_SAFE_INTEGER })
    for (const { id, question, answers, evidence, split } of questions)
      splits[split].push({ id, question, answers, evidence })
    const name = sets.sets().find(({ id }) => id === questionSetId)?.name ?? questionSetId
    return { splits, unusable: 0, source: `set ${name}` }
  }
  if (file === undefined) {
    throw appError('INVALID_INPUT', 'No questions were chosen.', 'Choose a file or a set of questions with answers.')
  }
  const path = resolve(file)
  const { questions, problems } = await loadQuestionFile(path)
  const taken = new Set<string>()
  for (const one of questions) {
    const id = questionId(one, taken)
    taken.add(id)
    const { question, answers, evidence } = one
    splits[splitOf(question)].push({ id, question, answers, evidence })
  }
  return { splits, unusable: problems.length, source: path }
}

/** Questions without which nothing but their answers by heart could be learned. */
const FEWEST = 8

/** Why a set of questions is too small to learn from; null when it is not. */
export function questionsError({ train, validation, test }: Splits, unusable: number) {
  if (train.length >= FEWEST && validation.length > 0) return null
  const all = train.length + validation.length + test.length
  return appError(
    'NO_QUESTIONS',
    all === 0
      ? 'There is no question with a usable answer in the set.'
      : `${all} usable ${all === 1 ? 'question is' : 'questions are'} too few to learn from: ${train.length} to learn from and ${validation.length} to check by; at least ${FEWEST} and 1 are needed.`,
    'Add more questions, each with an answer that is found in the library; 50 are a good start.',
    { detail: `${unusable} of the questions are broken, have no answer or stand there twice` },
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
  for (const question of some) if ((await findEvidence(question, listening)) === null) notFound++
  const characters = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length)
  return { looked: some.length, notFound, characters }
}
