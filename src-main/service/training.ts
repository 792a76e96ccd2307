import {
  type Baseline,
  type Change,
  type ParityDifference,
  type Preflight,
  type Run,
  type RunInput,
  type RunManifest,
  type RunReport,
  remoteName,
  toErrorValue,
} from '../contract/index.ts'

import type { NetworkStore } from '../store/index.ts'
import { type JobRunner, serviceClosing } from './jobs.ts'
import { type BaselineParts, measureBaseline } from './runs/baseline.ts'
import { chatFacts, trainingFacts } from './runs/facts.ts'
import { parityDifferences, parityError } from './runs/parity.ts'
import { makeRun, prepare } from './runs/preparation.ts'
import { collectRequests, type OpenRequests } from './runs/requests.ts'
import { spawnTraining } from './runs/spawn.ts'

/** Training runs: their start, and what chat has to do with them. The rest of what can be asked of them is in `Runs`. */
export interface Training {
  preflight(input: RunInput): Promise<Preflight>
  /** @throws {AppError} what `prepare` and `makeRun` throw */
  start(input: RunInput): Promise<Run>
  /** @throws {AppError} what `Runs.resume` throws; PARITY_MISMATCH */
  resume(id: string): Promise<Run>
  /** What student and teacher can do before. @throws {AppError} what `measureBaseline` throws */
  baseline(input: RunInput, signal?: AbortSignal): AsyncGenerator<Baseline>
  get(id: string): Promise<{ run: Run; report: RunReport | null; parity: ParityDifference[] }>
  /** Follows every process that trains, whoever started it, until the service ends; the processes go on. */
  close(): void
}

export interface TrainingOptions extends BaselineParts {
  jobs: JobRunner
  network: NetworkStore
  changed(change: Change): void
}

/** How often runs are looked at, ms: all of them, and those whose process works. */
const LOOK_MS = 2000
const FOLLOW_MS = 500

/** Creates the training of a service. */
export function createTraining(options: TrainingOptions): Training {
  const { runs, jobs, network, changed } = options
  /** Runs that are shown as a job, with the end of each. */
  const followed = new Map<string, Promise<unknown>>()
  const requests = new Map<string, OpenRequests>()
  let closed = false

  /** Shows a process that trains as a job, for as long as it works and the service lives. */
  function follow({ id, manifest }: Run): void {
    if (followed.has(id) || closed) return
    changed({ topic: 'runs', id })
    const job = jobs.start('training', id, manifest.name, async ({ signal, emit }) => {
      let told = ''
      for (;;) {
        const run = await runs.get(id)
        const now = JSON.stringify([run.state, run.request, run.progress, run.stage, run.lines])
        if (now !== told) {
          told = now
          changed({ topic: 'runs', id })
          if (run.progress) emit({ type: 'progress', progress: { ...run.progress, allLeft: run.runLeft } })
        }
        switch (run.state) {
          case 'running':
            break
          case 'finished':
            return undefined
          case 'paused':
          case 'stopped':
            return { state: run.state, error: null }
          case 'interrupted':
          case 'failed':
            return { state: 'failed', error: run.error }
        }
        if (signal.reason === serviceClosing) return { state: 'interrupted', error: null }
        if (signal.aborted) await runs.stop(id)
        else await sleep(FOLLOW_MS, signal)
      }
    })
    followed.set(
      id,
      jobs.finished(job.id).then(() => followed.delete(id)),
    )
  }

  async function look(): Promise<void> {
    for (const run of await runs.list()) {
      if (run.state === 'running') follow(run)
      const open = requests.get(run.id) ?? new Map()
      requests.set(run.id, open)
      if (!closed && (await collectRequests(run.dir, network, open))) changed({ topic: 'network' })
    }
  }
  let looking = false
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    void look()
      .catch((error: unknown) => console.error(error))
      .finally(() => {
        looking = false
      })
  }, LOOK_MS)
  timer.unref()

  /** The key of the server that a run's teacher is on. @throws {AppError} NOT_FOUND when that model was removed */
  const teacherKey = ({ teacher }: Pick<RunManifest, 'teacher'>): string | null =>
    teacher && remoteName(teacher.path) !== null ? options.remotes.find(teacher.path).server.key : null

  async function started(id: string): Promise<Run> {
    const run = await runs.get(id)
    follow(run)
    return run
  }

  /** What chat would do differently now from how a run plays. */
  async function parityOf({ manifest }: Run): Promise<ParityDifference[]> {
    const { student, environment } = manifest
    const training = trainingFacts(manifest)
    try {
      return parityDifferences(training, await chatFacts(options, student.path, environment.library.id))
    } catch (error) {
      // The library or the model is gone: chat cannot play with it at all.
      return [{ what: 'gone', training: '', chat: toErrorValue(error).message }]
    }
  }

  return {
    baseline: (input, signal) => measureBaseline(input, options, signal),
    preflight: async (input) => (await prepare(input, options)).preflight,
    async start(input) {
      const preparation = await prepare(input, options)
      const dir = await makeRun(preparation, input.out, runs)
      await spawnTraining(dir, teacherKey(preparation.manifest))
      return started(preparation.manifest.id)
    },
    async resume(id) {
      const run = await runs.get(id)
      await runs.checkResumable(run)
      const differences = await parityOf(run)
      if (differences.length > 0) throw parityError(differences)
      // A process is a job: the last one's has to have ended, or it would take the next one for its own.
      await followed.get(run.id)
      await spawnTraining(run.dir, teacherKey(run.manifest))
      return started(run.id)
    },
    async get(id) {
      const run = await runs.get(id)
      return { run, report: await runs.report(id), parity: await parityOf(run) }
    },
    close() {
      closed = true
      clearInterval(timer)
    },
  }
}

/** Waits; ends early, without an error, when the signal is aborted. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(end, ms)
    function end(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      done()
    }
    signal.addEventListener('abort', end)
  })
}
