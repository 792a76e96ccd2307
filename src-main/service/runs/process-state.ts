import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import {
  errorValueSchema,
  progressSchema,
  type RunRequest,
  runPhaseSchema,
  runRequestSchema,
  runStageSchema,
  timeRangeSchema,
} from '../../contract/index.ts'

/** What the process of a run last said about itself; `running` also stands there when it was killed. */
export const processStateSchema = z.object({
  pid: z.number().int(),
  state: z.enum(['running', 'paused', 'stopped', 'failed', 'finished']),
  error: errorValueSchema.nullable(),
  startedAt: z.number(),
  phase: runPhaseSchema.nullable(),
  stage: runStageSchema.nullable(),
  /** Steps of the phase that are saved. */
  step: z.number().int(),
  progress: progressSchema.nullable(),
  runLeft: timeRangeSchema.nullable().default(null),
  /** Lines in the metrics log. */
  lines: z.number().int(),
  best: z.object({ step: z.number().int(), em: z.number() }).nullable(),
  teacherEm: z.number().nullable().default(null),
  memoryBytes: z.number().nullable(),
  busyCores: z.number().nullable().default(null),
})
export type ProcessState = z.infer<typeof processStateSchema>

const statePath = (dir: string): string => join(dir, 'process.json')
const requestPath = (dir: string): string => join(dir, 'request')
const sparePath = (dir: string): string => join(dir, 'spare')

/** Room that is given up when the disk is full, so that why a run ended can still be written. */
const SPARE_BYTES = 64 * 2 ** 10

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.partial`, text)
  await rename(`${path}.partial`, path)
}

/** The state of a process that has done nothing yet. */
export function newProcess(pid: number): ProcessState {
  return {
    pid,
    state: 'running',
    error: null,
    startedAt: Date.now(),
    phase: null,
    stage: null,
    step: 0,
    progress: null,
    runLeft: null,
    lines: 0,
    best: null,
    teacherEm: null,
    memoryBytes: null,
    busyCores: null,
  }
}

/**
 * What the last process of the run said, and when it last did (ms since 1970: a living process does several times a minute,
 * whatever happens); null when there was none.
 */
export async function readProcessState(dir: string): Promise<(ProcessState & { at: number }) | null> {
  try {
    const { mtimeMs } = await stat(statePath(dir))
    return { ...processStateSchema.parse(JSON.parse(await readFile(statePath(dir), 'utf8'))), at: mtimeMs }
  } catch {
    return null
  }
}

/** Says how the process is. While it runs a full disk is no error: a sign of life needs no room. */
export async function writeProcessState(dir: string, state: ProcessState): Promise<void> {
  const text = `${JSON.stringify(state)}\n`
  try {
    await replace(statePath(dir), text)
  } catch (error) {
    if (state.state === 'running') return utimes(statePath(dir), new Date(), new Date()).catch(() => undefined)
    await rm(sparePath(dir), { force: true })
    await replace(statePath(dir), text).catch(() => {
      throw error
    })
  }
}

/** Takes the room that {@link writeProcessState} may need. */
export async function keepSpare(dir: string): Promise<void> {
  await writeFile(sparePath(dir), Buffer.alloc(SPARE_BYTES))
}

/** What was asked of the process of a run and was not done yet. */
export async function readRequest(dir: string): Promise<RunRequest | null> {
  const text = await readFile(requestPath(dir), 'utf8').catch(() => '')
  const request = runRequestSchema.safeParse(text.trim())
  return request.success ? request.data : null
}

/** Asks the process of a run for something; null takes it back. */
export async function writeRequest(dir: string, request: RunRequest | null): Promise<void> {
  if (request === null) await rm(requestPath(dir), { force: true })
  else await replace(requestPath(dir), `${request}\n`)
}
