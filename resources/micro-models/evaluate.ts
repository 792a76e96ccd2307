import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { evaluate, type Measured } from '../../src-main/service/index.ts'
import { Random } from './random.ts'
import { World, type WorldQuestion } from './world.ts'

/** A question as question files have it. */
export interface QuestionLine {
  id: string
  question: string
  answers: string[]
  gold_passage_ids: string[]
  hops: number
}

/** Different questions about a world, as many over one article as over two, in turns. */
export function worldQuestions(world: World, seed: number, perHop: number): WorldQuestion[] {
  const random = new Random(seed)
  const asked = new Set<string>()
  const fresh = (hops: 1 | 2): WorldQuestion => {
    for (;;) {
      const question = world.question(random, hops)
      if (!asked.has(question.question) && asked.add(question.question)) return question
    }
  }
  return Array.from({ length: perHop }, () => [fresh(1), fresh(2)]).flat()
}

export const questionLine = (world: World, { question, answer, facts }: WorldQuestion, id: string): QuestionLine => ({
  id,
  question,
  answers: [answer],
  gold_passage_ids: facts.map(({ subject }) => world.articleOf(subject).id),
  hops: facts.length,
})

const jsonLines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** Writes a world as a library and its questions, in the form of the sample library. */
export function writeWorld(world: World, questions: readonly QuestionLine[], folder: string) {
  const files = { corpus: join(folder, 'encyclopedia.jsonl'), questions: join(folder, 'questions.jsonl') }
  writeFileSync(files.corpus, jsonLines(world.articles))
  writeFileSync(files.questions, jsonLines(questions))
  return files
}

export interface WorldScore {
  seed: number
  questions: number
  /** Exact match over one article and over two. */
  oneHop: number
  twoHop: number
  hitRatio: number
  searches: number
  validActions: number
  /** Share of queries that hold a name which the question needs, to the letter. */
  exactNames: number
}

const share = (flags: readonly boolean[]): number => flags.filter(Boolean).length / Math.max(1, flags.length)

/**
 * Plays questions over a world of held-out names with a model file: greedy, through the app's own agent loop and
 * full-text search.
 *
 * @throws what makes the model unusable
 */
export async function evaluateOnWorld(
  model: string,
  seed: number,
  perHop: number,
): Promise<{ score: WorldScore; rows: NonNullable<Measured['agent']>['rows'] }> {
  const world = new World(seed, { side: 'held-out' })
  const questions = worldQuestions(world, seed, perHop)
  const folder = mkdtempSync(join(tmpdir(), 'lagotto-world-'))
  try {
    const lines = questions.map((question, i) => questionLine(world, question, `q${i}`))
    const files = writeWorld(world, lines, folder)
    const { agent } = await evaluate({
      resourcesDir: resolve(import.meta.dirname, '..'),
      data: { kind: 'questions', ...files },
      model: resolve(model),
      retrievalOnly: false,
      arcap: false,
      episodes: 4,
    })
    if (!agent) throw new Error('nothing was evaluated')
    const { metrics, rows } = agent
    const correct = (hops: number): boolean[] =>
      rows.flatMap(({ em }, i) => (questions[i]?.facts.length === hops ? [em === 1] : []))
    const score: WorldScore = {
      seed,
      questions: rows.length,
      oneHop: share(correct(1)),
      twoHop: share(correct(2)),
      hitRatio: metrics.hit_ratio,
      searches: metrics.search_steps,
      validActions: metrics.valid_action_rate,
      exactNames: share(
        rows.flatMap(({ episode }, i) =>
          episode.queries.map((query) => questions[i]?.facts.some(({ subject }) => query.includes(subject)) ?? false),
        ),
      ),
    }
    return { score, rows }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
