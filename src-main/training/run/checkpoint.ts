import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type EpisodeStatistics, episodeStatisticsSchema, runReportSchema } from '../../contract/index.ts'
import { diskError, writeWhole } from './files.ts'
import { readChecked, runFiles } from './run.ts'

/** Where a run is, beside what the trainers save. Random numbers need no state: they depend on the step. */
export const cursorSchema = z.object({
  version: z.literal(1),
  /** Steps so far, over all phases. */
  step: z.number().int(),
  /** Counted from 0. */
  phase: z.number().int(),
  /** Steps of the phase so far. */
  phaseStep: z.number().int(),
  startedAt: z.number(),
  /** Computing time so far. */
  seconds: z.number(),
  /** Whether the phase is over; its result lies where `weights('best')` is. */
  ended: z.boolean(),
  /** What the phase began with; a file name in the run's folder, or null for the student itself. */
  start: z.string().nullable(),
  before: episodeStatisticsSchema.nullable(),
  /** The phase's best validation, and the checkpoint that was made of it. */
  best: z.object({ step: z.number().int(), checkpoint: z.string(), statistics: episodeStatisticsSchema }).nullable(),
  /** Validations since then. */
  sinceBest: z.number().int(),
  rollbacks: z.number().int(),
  /** What the learning rates are multiplied with: halved by each rollback. */
  rateScale: z.number(),
  taid: z.object({ t: z.number(), momentum: z.number(), previousLoss: z.number().nullable() }).nullable(),
  share: z.object({ share: z.number(), previousLoss: z.number().nullable() }).nullable(),
  phases: runReportSchema.shape.phases,
  teacherEpisodes: runReportSchema.shape.teacherEpisodes,
  /** The teacher on the validation questions. */
  teacher: episodeStatisticsSchema.nullable().default(null),
  /** Mean seconds of a validation. */
  validationSeconds: z.number().nullable(),
})
export type Cursor = z.infer<typeof cursorSchema>

export const firstCursor = (): Cursor => ({
  version: 1,
  step: 0,
  phase: 0,
  phaseStep: 0,
  ended: false,
  startedAt: Date.now(),
  seconds: 0,
  start: null,
  before: null,
  best: null,
  sinceBest: 0,
  rollbacks: 0,
  rateScale: 1,
  taid: null,
  share: null,
  phases: [],
  teacherEpisodes: null,
  teacher: null,
  validationSeconds: null,
})

/** The name of a checkpoint; later ones sort behind. */
export const checkpointName = ({ phase, step }: Pick<Cursor, 'phase' | 'step'>): string =>
  `${phase}-${String(step).padStart(7, '0')}`

const PARTIAL = '.partial'

/**
 * Saves a checkpoint: a folder that is filled beside and renamed. Older ones go, but for the phase's best.
 *
 * @throws {AppError} DISK_FULL; the checkpoints before are intact
 */
export async function saveCheckpoint(
  dir: string,
  cursor: Cursor,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const name = checkpointName(cursor)
  const folder = join(runFiles.checkpoints(dir), name)
  const beside = `${folder}${PARTIAL}`
  try {
    await rm(beside, { recursive: true, force: true })
    await mkdir(beside, { recursive: true })
    await fill(beside)
    await writeWhole(join(beside, 'cursor.json'), JSON.stringify(cursor))
    await rm(folder, { recursive: true, force: true })
    await rename(beside, folder)
  } catch (error) {
    await rm(beside, { recursive: true, force: true }).catch(() => undefined)
    throw diskError(error, folder)
  }
  const kept = [name, cursor.best?.checkpoint]
  for (const other of await readdir(runFiles.checkpoints(dir))) {
    if (!kept.includes(other)) await rm(join(runFiles.checkpoints(dir), other), { recursive: true, force: true })
  }
}

/** The last checkpoint; null before the first. @throws {AppError} RUN_DAMAGED */
export async function lastCheckpoint(dir: string): Promise<{ folder: string; cursor: Cursor } | null> {
  const names = await readdir(runFiles.checkpoints(dir)).catch(() => [])
  const last = names
    .filter((name) => !name.endsWith(PARTIAL))
    .toSorted()
    .at(-1)
  if (last === undefined) return null
  const folder = join(runFiles.checkpoints(dir), last)
  const cursor = await readChecked(join(folder, 'cursor.json'), cursorSchema)
  return cursor && { folder, cursor }
}

/** How the teacher answered the validation questions, as far as that was saved. @throws {AppError} RUN_DAMAGED */
export async function savedTeacher(dir: string): Promise<EpisodeStatistics | null> {
  return (await lastCheckpoint(dir))?.cursor.teacher ?? null
}
