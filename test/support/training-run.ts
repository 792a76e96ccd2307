import { join } from 'node:path'
import type { z } from 'zod'
import { defaultLimits, type RunEvent, type RunLine, type runConfigSchema } from '../../src-main/contract/index.ts'
import { modelFingerprint } from '../../src-main/models/index.ts'
import {
  createRun,
  type Engine,
  type NewRun,
  openRun,
  type Run,
  type TrainOptions,
  train,
} from '../../src-main/training/index.ts'
import { text, tinyShape, writeRandomModel } from './gguf.ts'
import { madeUpQuestions, scriptedPlayer } from './scripted-player.ts'

/** Writes a random model that trains in milliseconds; its tokens have no text. */
export function writeTinyModel(path: string, seed: number, vocabulary = 50): string {
  const tokens = Array.from({ length: vocabulary }, (_, i) => `<${i}>`)
  const shape = { ...tinyShape, embedding: 32, heads: 4, keyValueHeads: 2, headSize: 8, feedForward: 48 }
  const tokenizer = {
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.tokens': { type: 'strings' as const, value: tokens },
  }
  writeRandomModel(path, { shape, tokenizer, seed, deviation: 0.2 })
  return path
}

export type TinyConfig = z.input<typeof runConfigSchema>

/** Settings of runs that take a second. */
export const tinyConfig: TinyConfig = {
  threads: 1,
  tuning: { rank: 2 },
  distillation: { epochs: 2, batch: 4, teacherTopK: 8 },
  reinforcement: { steps: 4, batch: 6 },
  validation: { every: 2, questions: 8 },
}

/** A run of tiny models and scripted players. */
export async function tinyRun(
  engine: Engine,
  dir: string,
  files: { student: string; teacher: string },
  config: TinyConfig,
  changes: Partial<NewRun> = {},
): Promise<{ run: Run; options: (more?: Partial<TrainOptions>) => TrainOptions }> {
  const model = async (path: string, name: string) => ({
    name,
    path,
    fingerprint: await modelFingerprint(path),
    tokenizer: 'tiny',
  })
  const questions = {
    train: madeUpQuestions(12),
    validation: madeUpQuestions(8, 'v'),
    test: madeUpQuestions(8, 't'),
  }
  const run = await createRun(dir, {
    id: 'tiny',
    name: 'Tiny',
    createdAt: 0,
    config: { ...tinyConfig, ...config },
    versions: {},
    student: await model(files.student, 'student'),
    teacher: await model(files.teacher, 'teacher'),
    environment: {
      library: { id: 'l', name: 'Library', fingerprint: 'f' },
      prompt: 'question-only',
      limits: defaultLimits,
    },
    questions: { source: 'made up', fingerprint: 'q', train: 12, validation: 8, test: 8 },
    ...changes,
  })
  const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
    run,
    engine,
    student: { model: files.student, adapter: null },
    teacher: { model: files.teacher, adapter: null },
    questions,
    players: { student: scriptedPlayer(), teacher: scriptedPlayer({ skill: 0.7 }) },
    fingerprint: modelFingerprint,
    ...more,
  })
  return { run, options }
}

/** Trains, and is interrupted as soon as something happens; then opens the run anew and goes on to the end. */
export async function trainInterrupted(
  options: (more?: Partial<TrainOptions>) => TrainOptions,
  interruptions: readonly ((event: RunEvent) => boolean)[],
) {
  const { dir } = options().run
  for (const when of interruptions) {
    const stop = new AbortController()
    const run = await openRun(dir)
    const training = train(
      options({ run, signal: stop.signal, onEvent: (event) => when(event) && stop.abort(new Error('interrupted')) }),
    )
    const message = await training.then(
      () => 'it went to its end',
      (error: Error) => error.message,
    )
    if (message !== 'interrupted') throw new Error(`not interrupted: ${message}`)
  }
  return train(options({ run: await openRun(dir) }))
}

/** What was logged, without times. */
export const timeless = (lines: readonly RunLine[]): unknown[] => lines.map((line) => ({ ...line, at: 0, seconds: 0 }))

/** The file of a run's weights. */
export const weightsFile = async (run: Run, which: 'best' | 'last'): Promise<string> => {
  const weights = await run.weights(which)
  return weights?.adapter ?? weights?.model ?? join(run.dir, 'missing')
}
