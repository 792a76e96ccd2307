import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import {
  appError,
  type RunEpisode,
  type RunLine,
  type RunManifest,
  type RunReport,
  runEpisodeSchema,
  runLineSchema,
  runManifestSchema,
  runReportSchema,
} from '../../contract/index.ts'
import type { Weights } from '../ports.ts'
import { diskError, readText, writeWhole } from './files.ts'
import { lockHolder } from './lock.ts'
import { JsonLines } from './log.ts'

/** `new`: no step was saved yet; `paused`: goes on from its checkpoint; `finished`: has a report. */
export type RunState = 'new' | 'running' | 'paused' | 'finished'

/** A training run: a folder with everything about it. Reading needs no lock, also while it is being trained. */
export interface Run {
  readonly dir: string
  readonly manifest: RunManifest
  /** @property pid the process that trains it */
  status(): Promise<{ state: RunState; pid: number | null }>
  /** Steps, validations and what the guard did, in order. */
  lines(): Promise<RunLine[]>
  /** Sample episodes, in order. */
  episodes(): Promise<RunEpisode[]>
  report(): Promise<RunReport | null>
  /** The best weights by validation, or those after the last step; null before there are any. */
  weights(which: 'best' | 'last'): Promise<Weights | null>
}

/** Where things lie in a run's folder. */
export const runFiles = {
  manifest: (dir: string) => join(dir, 'manifest.json'),
  metrics: (dir: string) => join(dir, 'metrics.jsonl'),
  episodes: (dir: string) => join(dir, 'episodes.jsonl'),
  report: (dir: string) => join(dir, 'report.json'),
  checkpoints: (dir: string) => join(dir, 'checkpoints'),
  teacher: (dir: string) => join(dir, 'teacher'),
  weights: (dir: string) => join(dir, 'weights'),
} as const

/** The name of a weights file: an adapter, or a model where all weights are trained. */
export const weightsName = (which: string, mode: 'lora' | 'full'): string =>
  `${which}-${mode === 'lora' ? 'adapter' : 'model'}.gguf`

/** Names of the policy after each step that begin like this; later ones sort behind. */
export const POLICY = 'policy-'

export const metricsLog = (dir: string): JsonLines<RunLine> => new JsonLines(runFiles.metrics(dir), runLineSchema)
export const episodesLog = (dir: string): JsonLines<RunEpisode> =>
  new JsonLines(runFiles.episodes(dir), runEpisodeSchema)

/** Reads and checks a JSON file; null when there is none. @throws {AppError} RUN_DAMAGED */
export async function readChecked<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await readText(path)
  if (text === null) return null
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw appError(
      'RUN_DAMAGED',
      `The file ${path} of a training run is damaged.`,
      'Begin a new run, or bring the file back from a copy.',
      { detail: String(error), cause: error },
    )
  }
}

function runAt(dir: string, manifest: RunManifest): Run {
  const hasCheckpoint = async (): Promise<boolean> =>
    (await readdir(runFiles.checkpoints(dir)).catch(() => [])).some((name) => !name.endsWith('.partial'))
  const report = (): Promise<RunReport | null> => readChecked(runFiles.report(dir), runReportSchema)
  return {
    dir,
    manifest,
    async status() {
      const pid = await lockHolder(dir)
      if (pid !== null) return { state: 'running', pid }
      if (await report()) return { state: 'finished', pid }
      return { state: (await hasCheckpoint()) ? 'paused' : 'new', pid }
    },
    lines: () => metricsLog(dir).read(),
    episodes: () => episodesLog(dir).read(),
    report,
    async weights(which) {
      const { tuning } = manifest.config
      const names = (await readdir(runFiles.weights(dir)).catch(() => [])).filter((name) => name.endsWith('.gguf'))
      const name =
        which === 'best'
          ? names.find((name) => name === weightsName('best', tuning.mode))
          : names
              .filter((name) => name.startsWith(POLICY))
              .toSorted()
              .at(-1)
      if (name === undefined) return null
      const path = join(runFiles.weights(dir), name)
      return tuning.mode === 'lora' ? { model: manifest.student.path, adapter: path } : { model: path, adapter: null }
    },
  }
}

/** What `createRun` needs; settings that are left out get their defaults. */
export type NewRun = z.input<typeof runManifestSchema>

/**
 * Makes a run's folder with its manifest. Nothing is trained yet.
 *
 * @throws {AppError} RUN_IN_USE (a run is there already), TOKENIZER_MISMATCH, NO_QUESTIONS, INVALID_INPUT, DISK_FULL
 */
export async function createRun(dir: string, input: NewRun): Promise<Run> {
  const manifest = checkManifest(input)
  if (await readText(runFiles.manifest(dir))) {
    throw appError(
      'RUN_IN_USE',
      'There is a training run in this folder already.',
      'Choose another folder, or go on with that run.',
      {
        detail: dir,
      },
    )
  }
  try {
    for (const part of [runFiles.checkpoints(dir), runFiles.teacher(dir), runFiles.weights(dir)]) {
      await mkdir(part, { recursive: true })
    }
  } catch (error) {
    throw diskError(error, dir)
  }
  await writeWhole(runFiles.manifest(dir), `${JSON.stringify(manifest, null, 2)}\n`)
  return runAt(dir, manifest)
}

/** Opens a run's folder. @throws {AppError} NOT_FOUND, RUN_DAMAGED */
export async function openRun(dir: string): Promise<Run> {
  const manifest = await readChecked(runFiles.manifest(dir), runManifestSchema)
  if (manifest) return runAt(dir, manifest)
  throw appError('NOT_FOUND', `There is no training run in ${dir}.`, 'Check the folder.')
}

function checkManifest(input: NewRun): RunManifest {
  const parsed = runManifestSchema.safeParse(input)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw appError(
      'INVALID_INPUT',
      `The setting ${issue?.path.join('.')} of a training run is not right: ${issue?.message}.`,
      'Correct it and try again.',
      { cause: parsed.error },
    )
  }
  const { data: manifest } = parsed
  const { student, teacher, questions } = manifest
  if (teacher && teacher.tokenizer !== student.tokenizer) {
    throw appError(
      'TOKENIZER_MISMATCH',
      `${teacher.name} and ${student.name} do not share a tokenizer, so one cannot teach the other.`,
      'Choose a teacher and a student of one family, such as Qwen2.5 3B and Qwen2.5 0.5B.',
    )
  }
  if (questions.train === 0) {
    throw appError(
      'NO_QUESTIONS',
      'There are no questions with answers to train on.',
      'Choose a question set whose answers occur in the library.',
    )
  }
  return manifest
}
