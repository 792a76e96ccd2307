import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { z } from 'zod'
import {
  appError,
  type ErrorValue,
  type Run,
  type RunEpisode,
  type RunLine,
  type RunReport,
  type RunState,
  remoteName,
  resultOf,
  runEpisodeSchema,
  runLineSchema,
} from '../../contract/index.ts'
import { modelFingerprint } from '../../models/index.ts'
import { isAlive, openRun, type Run as RunFolder, runFiles } from '../../training/index.ts'
import { LineReader } from './line-reader.ts'
import { type ProcessState, readProcessState, readRequest, writeProcessState, writeRequest } from './process-state.ts'
import { reportPage } from './report-page.ts'
import { hasSetup, logPath, readSetup } from './setup.ts'

/** The training runs of a data folder, wherever their own folders lie. Needs nothing but the files: no service, no lock. */
export interface Runs {
  /** Newest first; folders that are no whole run are left out. */
  list(): Promise<Run[]>
  /** @param reference id, the beginning of one, or a run's folder. @throws {AppError} NOT_FOUND, RUN_DAMAGED */
  get(reference: string): Promise<Run>
  report(reference: string): Promise<RunReport | null>
  /** A finished run as a page of its own, or all that is known of it as JSON. @throws {AppError} INVALID_INPUT: not finished */
  export(reference: string, format: 'html' | 'json'): Promise<{ name: string; text: string }>
  /** Lines of the metrics log but for the first `since`. */
  lines(reference: string, since: number, limit: number): Promise<RunLine[]>
  episodes(
    reference: string,
    wanted: { step?: number | undefined; since: number; limit: number },
  ): Promise<{ episodes: RunEpisode[]; total: number }>
  /** Remembers a run whose folder lies elsewhere. */
  remember(id: string, dir: string): Promise<void>
  /** Where a run's folder lies that is given none. */
  folderOf(id: string): string
  pause(reference: string): Promise<Run>
  stop(reference: string): Promise<Run>
  /** Checks that a run can go on. @throws {AppError} RUN_IN_USE, RUN_DAMAGED, MODEL_MISSING, MODEL_CHANGED, INVALID_INPUT */
  checkResumable(run: Run): Promise<void>
  /** @throws {AppError} RUN_IN_USE */
  delete(reference: string): Promise<void>
}

/** A process that has said nothing for so long is none, even if another one has its id now. */
const SILENCE_MS = 60_000
/** How often somebody who waits for a process looks, ms, and how long it has to end once it was asked to stop. */
const LOOK_MS = 100
const STOP_MS = 20_000

/** Whether the process works, from what it said last. */
function works(state: (ProcessState & { at: number }) | null): boolean {
  return state?.state === 'running' && Date.now() - state.at < SILENCE_MS && isAlive(state.pid)
}

/** Why a run's process ended without a word: the end of what it printed. */
async function interruption(dir: string): Promise<ErrorValue> {
  const log = await readFile(logPath(dir), 'utf8').catch(() => '')
  const detail = log.trim().split('\n').slice(-20).join('\n')
  return {
    code: 'TRAINING_FAILED',
    message: 'The training process ended unexpectedly.',
    action: 'Resume the run: it goes on from its last step.',
    stillWorks: 'What was learned up to then is saved.',
    ...(detail === '' ? {} : { detail }),
  }
}

/** The lines up to the first that is none. */
function whole<T>(lines: readonly unknown[], schema: z.ZodType<T>): T[] {
  const parsed = lines.map((line) => schema.safeParse(line))
  const broken = parsed.findIndex(({ success }) => !success)
  return parsed.slice(0, broken < 0 ? parsed.length : broken).flatMap(({ data }) => (data === undefined ? [] : [data]))
}

/** A run, from its folder. */
async function describe(folder: RunFolder): Promise<Run> {
  const { dir, manifest } = folder
  const [said, report] = [await readProcessState(dir), await folder.report()]
  const running = works(said)
  const state: RunState = running
    ? 'running'
    : report
      ? 'finished'
      : said && said.state !== 'running'
        ? said.state
        : 'interrupted'
  return {
    id: manifest.id,
    dir,
    manifest,
    state,
    request: running ? await readRequest(dir) : null,
    error: state === 'failed' ? (said?.error ?? null) : state === 'interrupted' ? await interruption(dir) : null,
    phase: said?.phase ?? null,
    stage: running ? (said?.stage ?? null) : null,
    progress: said?.progress ? { ...said.progress, leftMs: running ? said.progress.leftMs : null } : null,
    runLeft: running ? (said?.runLeft ?? null) : null,
    lines: said?.lines ?? 0,
    best: said?.best ?? null,
    teacherEm: said?.teacherEm ?? null,
    startedAt: said?.startedAt ?? manifest.createdAt,
    endedAt: running ? null : (said?.at ?? manifest.createdAt),
    pid: running ? (said?.pid ?? null) : null,
    memoryBytes: running ? (said?.memoryBytes ?? null) : null,
    busyCores: running ? (said?.busyCores ?? null) : null,
  }
}

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Whether a process has ended within some time. */
async function gone(pid: number, ms: number): Promise<boolean> {
  const end = Date.now() + ms
  while (isAlive(pid) && Date.now() < end) await wait(LOOK_MS)
  return !isAlive(pid)
}

/** @param runsDir absolute path of the folder with the runs */
export function openRuns(runsDir: string): Runs {
  const readers = new Map<string, LineReader>()

  function reader(path: string): LineReader {
    const known = readers.get(path) ?? new LineReader(path)
    readers.set(path, known)
    return known
  }

  const pointer = (id: string): string => join(runsDir, `${id}.json`)

  /** Where the folder of a run lies that an entry of ours stands for; null when it is none. */
  async function folderAt(name: string): Promise<string | null> {
    if (!name.endsWith('.json')) return join(runsDir, name)
    const text = await readFile(join(runsDir, name), 'utf8').catch(() => '{}')
    return (JSON.parse(text) as { dir?: string }).dir ?? null
  }

  /** The run in a folder; null when it was deleted, or never finished being made. */
  async function open(dir: string | null): Promise<RunFolder | null> {
    return dir !== null && (await hasSetup(dir)) ? openRun(dir).catch(() => null) : null
  }

  async function all(): Promise<RunFolder[]> {
    const names = await readdir(runsDir).catch(() => [])
    const opened = await Promise.all(names.map(async (name) => open(await folderAt(name))))
    return opened.filter((run) => run !== null).sort((a, b) => b.manifest.createdAt - a.manifest.createdAt)
  }

  async function find(reference: string): Promise<RunFolder> {
    const named = /^[\w.-]+$/.test(reference)
    const known =
      (named && ((await open(join(runsDir, reference))) ?? (await open(await folderAt(`${reference}.json`))))) ||
      (await open(resolve(reference)))
    if (known) return known
    const runs = await all()
    const [begins, second] = runs.filter(({ manifest }) => manifest.id.startsWith(reference))
    if (begins && !second) return begins
    const names = runs.slice(0, 5).map(({ manifest }) => manifest.id)
    throw appError(
      'NOT_FOUND',
      `There is no training run ${reference}.`,
      names.length > 0 ? `Choose one of these: ${names.join(', ')}.` : 'Start one first.',
    )
  }

  async function ask(reference: string, request: 'pause' | 'stop'): Promise<Run> {
    const folder = await find(reference)
    if (!works(await readProcessState(folder.dir))) return describe(folder)
    await writeRequest(folder.dir, request)
    return describe(folder)
  }

  return {
    list: async () => Promise.all((await all()).map(describe)),
    get: async (reference) => describe(await find(reference)),
    report: async (reference) => (await find(reference)).report(),
    async export(reference, format) {
      const folder = await find(reference)
      const [report, lines] = [await folder.report(), await folder.lines()]
      if (!report) {
        throw appError(
          'INVALID_INPUT',
          'There is no report yet: this training is not finished.',
          'Let it go on to its end.',
        )
      }
      const { manifest } = folder
      const text =
        format === 'html'
          ? reportPage(manifest, report, lines)
          : `${JSON.stringify({ manifest, report, result: resultOf(report), lines }, null, 2)}\n`
      return { name: `${manifest.id}.${format}`, text }
    },
    async lines(reference, since, limit) {
      return whole(await reader(runFiles.metrics((await find(reference)).dir)).slice(since, limit), runLineSchema)
    },
    async episodes(reference, { step, since, limit }) {
      const log = reader(runFiles.episodes((await find(reference)).dir))
      const first = step === undefined ? 0 : await log.firstOf(step)
      const total = (step === undefined ? await log.count() : await log.firstOf(step + 1)) - first
      const read = await log.slice(first + since, Math.min(limit, total - since))
      return { episodes: whole(read, runEpisodeSchema), total }
    },
    async remember(id, dir) {
      await mkdir(runsDir, { recursive: true })
      await writeFile(pointer(id), `${JSON.stringify({ dir })}\n`)
    },
    folderOf: (id) => join(runsDir, id),
    pause: (reference) => ask(reference, 'pause'),
    async stop(reference) {
      const { dir, pid } = await ask(reference, 'stop')
      if (pid !== null && !(await gone(pid, STOP_MS))) {
        // What it does cannot be stopped, or its computer is busy. Everything before the current step is saved.
        process.kill(pid, 'SIGKILL')
        await gone(pid, STOP_MS)
        await writeRequest(dir, null)
        const said = await readProcessState(dir)
        if (said?.state === 'running') await writeProcessState(dir, { ...said, state: 'stopped' })
      }
      return describe(await openRun(dir))
    },
    async checkResumable({ state, manifest, dir }) {
      if (state === 'running') {
        throw appError('RUN_IN_USE', 'This run is going on already.', 'Follow it with `lagotto train attach`.')
      }
      if (state === 'finished') {
        throw appError('INVALID_INPUT', 'This run is finished: there is nothing to go on with.', 'Start a new one.')
      }
      await readSetup(dir)
      for (const model of [manifest.student, manifest.teacher])
        if (model && remoteName(model.path) === null) await checkUnchanged(model)
    },
    async delete(reference) {
      const folder = await find(reference)
      if (works(await readProcessState(folder.dir))) {
        throw appError('RUN_IN_USE', 'This run is going on.', 'Stop it first.')
      }
      await rm(folder.dir, { recursive: true, force: true })
      await rm(pointer(folder.manifest.id), { force: true })
    },
  }
}

/** @throws {AppError} MODEL_MISSING, MODEL_CHANGED */
async function checkUnchanged({ path, name, fingerprint }: RunFolder['manifest']['student']): Promise<void> {
  const now = await modelFingerprint(path).catch(() => {
    throw appError(
      'MODEL_MISSING',
      `The model ${name} of this run is no longer at ${path}.`,
      'Bring the file back to its place, then resume. The run itself is intact.',
    )
  })
  if (now !== fingerprint) {
    throw appError(
      'MODEL_CHANGED',
      `The model at ${path} is no longer the one that this run began with.`,
      'Bring the old file back, or start a new run. The run itself is intact.',
      { detail: `${fingerprint} became ${now}` },
    )
  }
}
