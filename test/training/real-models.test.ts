import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { defaultLimits } from '../../src-main/contract/index.ts'
import { openPassageIndex, type PassageIndex } from '../../src-main/retrieval/index.ts'
import { createPlayer } from '../../src-main/service/player.ts'
import { type TrainingQuestion, train } from '../../src-main/training/index.ts'
import { generatedRows, learningEpisode } from '../../src-main/training/objectives/episode.ts'
import { root } from '../support/data.ts'
import { testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { passage } from '../support/passages.ts'
import { tinyRun } from '../support/training-run.ts'

const engine = testEngine()
const folder = temporaryFolder()
const resources = join(root, 'resources')
const files = {
  student: join(resources, 'models/micro-student.gguf'),
  teacher: join(resources, 'models/micro-teacher.gguf'),
}
let index: PassageIndex

const jsonLines = <T>(name: string): T[] =>
  readFileSync(join(resources, 'sample-library', name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)

describe.skipIf(!engine)('DGPO with the micro models and the sample library', () => {
  if (!engine) return

  beforeAll(async () => {
    index = await openPassageIndex({ dir: join(folder, 'index') })
    const documents = jsonLines<{ id: string; title: string; text: string }>('encyclopedia.jsonl')
    await index.replace(
      documents.map(({ id, title, text }) => ({ fileId: id, passages: [passage(id, text, { title })] })),
    )
    await index.finish()
  })

  test('player and trainer agree on what the policy is, before and after it learned', async () => {
    const asked = jsonLines<TrainingQuestion>('questions.jsonl')
    const questions = { train: asked.slice(0, 6), validation: asked.slice(6, 8), test: [] }
    const player = () =>
      createPlayer({
        engine,
        retriever: index,
        prompt: 'question-only',
        limits: { ...defaultLimits, turn: 100, maxTurns: 2 },
        slots: 1,
        gpu: 'off',
        threads: 1,
      })
    const { run, options } = await tinyRun(engine, join(folder, 'run'), files, {
      tuning: { rank: 8 },
      distillation: { maxSteps: 6, epochs: 50, batch: 3, learningRate: 5e-3, teacherTemperature: 0 },
      reinforcement: { steps: 1, batch: 4, warmupShare: 0 },
      validation: { atStart: false, every: 1, questions: 2 },
    })
    const report = await train(options({ questions, players: { student: player(), teacher: player() } }))
    expect(report.teacherEpisodes?.correct).toBeGreaterThan(0)
    const steps = (await run.lines()).filter((line) => line.type === 'step')
    const lessons = steps.filter(({ phase }) => phase === 'distillation')
    expect(lessons.at(-1)?.loss).toBeLessThan(0.9 * (lessons[0]?.loss ?? 0))
    expect(lessons[0]?.distillation?.teacherMass).toBeGreaterThan(0.95)

    const weights = await run.weights('last')
    if (!weights?.adapter) throw new Error('an adapter was trained')
    const own = player()
    await own.load(weights)
    const rollouts = await own.play(questions.validation, { temperature: 0, seed: 0 })
    await own.unload()
    const sequences = rollouts.map((rollout) => generatedRows(learningEpisode(rollout)))
    const model = await engine.loadModel({ path: weights.model }, { threads: 1 })
    const shape = await engine.inspectAdapter(weights.adapter)
    const trainer = await model.createTrainer(shape)
    /** Share of greedily written tokens that the engine holds for the most probable ones. */
    const agreement = async (): Promise<number> => {
      const scores = await model.score(sequences, { trainer, top: 1 })
      const hits = scores.flatMap(({ topTokens }, i) => {
        const { tokens, rows } = sequences[i] ?? { tokens: [], rows: new Int32Array() }
        return [...rows].map((row, j) => topTokens[j] === tokens[row + 1])
      })
      return hits.filter(Boolean).length / hits.length
    }
    const without = await agreement()
    await trainer.importAdapter(weights.adapter)
    expect(await agreement()).toBeGreaterThan(0.99)
    expect(without).toBeLessThan(0.97)
    await trainer.dispose()
    await model.dispose()
  }, 300_000)
})
