import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultLimits, type RunLine, toErrorValue } from '../../src-main/contract/index.ts'
import { modelFingerprint, tokenizerFingerprints } from '../../src-main/models/index.ts'
import { createPlayer } from '../../src-main/service/player.ts'
import {
  createRun,
  type Engine,
  openRun,
  type Run,
  type TrainingQuestion,
  train,
} from '../../src-main/training/index.ts'
import { configOf, limits, type Method, questionsOf } from './protocol.ts'
import type { Worlds } from './worlds.ts'

const SLOTS = 16

const runModel = async (name: string, path: string) => ({
  name,
  path,
  fingerprint: await modelFingerprint(path),
  tokenizer: (await tokenizerFingerprints(path)).tokenizer,
})

/** Makes the run of a method, or opens it again. */
async function runOf(
  dir: string,
  {
    method,
    seed,
    student,
    teacher,
    worldSeed,
  }: { method: Method; seed: number; student: string; teacher: string; worldSeed: number },
  { train, validation }: { train: readonly TrainingQuestion[]; validation: readonly TrainingQuestion[] },
): Promise<Run> {
  try {
    return await openRun(dir)
  } catch {
    return createRun(dir, {
      id: `${method.name}-${seed}`,
      name: `${method.title}, seed ${seed}`,
      createdAt: Date.now(),
      config: configOf(method, seed),
      versions: { node: process.version },
      student: await runModel('student', student),
      teacher: await runModel('teacher', teacher),
      environment: {
        library: { id: `world-${worldSeed}`, name: `world ${worldSeed}`, fingerprint: `world-${worldSeed}` },
        prompt: 'question-only',
        limits: { ...defaultLimits, ...limits },
      },
      questions: {
        source: `world ${worldSeed}`,
        fingerprint: `world-${worldSeed}`,
        train: train.length,
        validation: validation.length,
        test: 0,
      },
    })
  }
}

/**
 * Trains a method from its beginning or from where it was stopped. A student that never acts cannot be rewarded: it stays as it
 * is, and the reason is noted.
 */
export async function trainMethod(options: {
  engine: Engine
  folder: string
  method: Method
  seed: number
  worldSeed: number
  worlds: Worlds
  student: string
  teacher: string
  signal: AbortSignal
  say: (line: string) => void
}): Promise<{
  weights: { model: string; adapter: string | null } | null
  lines: RunLine[]
  seconds: number
  notes: readonly string[]
}> {
  const { engine, folder, method, seed, worlds, student, teacher, signal, say } = options
  const dir = join(folder, `${method.name}-seed-${seed}`)
  const { distillation, reinforcement, validation } = worlds.questions
  const learned = { distillation, reinforcement, all: [...distillation, ...reinforcement] }
  const questions = { train: learned[questionsOf(method)], validation, test: [] }
  const run = await runOf(dir, options, questions)
  const player = () =>
    createPlayer({
      engine,
      retriever: worlds.index,
      prompt: run.manifest.environment.prompt,
      limits: run.manifest.environment.limits,
      slots: SLOTS,
      gpu: 'off',
      threads: 1,
    })
  const training = train({
    run,
    engine,
    student: { model: student, adapter: null },
    teacher: { model: teacher, adapter: null },
    questions,
    players: { student: player(), teacher: player() },
    fingerprint: modelFingerprint,
    teacherFolder: join(folder, 'teacher-episodes'),
    signal,
    onEvent: (event) => {
      if (event.type !== 'validation') return
      const { step, statistics } = event.validation
      say(
        `step ${step}: validation EM ${statistics.em.toFixed(3)}, valid actions ${statistics.validActionRate.toFixed(2)}`,
      )
    },
  })
  const seconds = async (): Promise<number> =>
    (await run.lines()).reduce((sum, line) => sum + (line.type === 'step' ? line.seconds.total : 0), 0)
  let report: { seconds: number; notes: readonly string[] }
  try {
    report = await training
  } catch (error) {
    const { code, message } = toErrorValue(error)
    if (code !== 'NO_VALID_ACTIONS') throw error
    return { weights: null, lines: await run.lines(), seconds: await seconds(), notes: [message] }
  }
  const best = await run.weights('best')
  if (!best) throw new Error(`${dir} has no weights`)
  return { weights: best, lines: await run.lines(), seconds: report.seconds, notes: report.notes }
}

/** What was measured before, if it was. */
export function readJson<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch {
    return null
  }
}
