import type { ErrorValue, RunEvent, RunRequest } from '../../contract/index.ts'
import { openRun } from '../../training/index.ts'
import {
  keepSpare,
  newProcess,
  type ProcessState,
  readRequest,
  writeProcessState,
  writeRequest,
} from './process-state.ts'

/** Tells those outside how the process of a run is, and the process what they ask for. */
export interface Reporter {
  /** Aborted when the process is to end: at once for a stop, at the end of a step for a pause. */
  readonly signal: AbortSignal
  /** What was asked for. */
  request(): RunRequest | null
  /** What training tells. */
  hear(event: RunEvent): void
  end(state: ProcessState['state'], error: ErrorValue | null): Promise<void>
}

/** The process says how it is, and looks for requests, this often (ms). */
const BEAT_MS = 500
/** Weight of the newest step in the running speed. */
const SMOOTHING = 0.2

/** Starts to report on the run in a folder. */
export async function createReporter(dir: string): Promise<Reporter> {
  const abort = new AbortController()
  let state = newProcess(process.pid)
  let request: RunRequest | null = null
  let askedAt = 0
  let busy = Promise.resolve()

  await keepSpare(dir)
  const run = await openRun(dir).catch(() => null)
  const earlier = (await run?.lines()) ?? []
  const best = earlier.findLast((line) => line.type === 'validation' && line.best)
  state = {
    ...state,
    lines: earlier.length,
    best: best?.type === 'validation' ? { step: best.step, em: best.statistics.em } : null,
  }

  /** A step is saved when the next one begins; work outside of steps is saved as it goes, or done again. */
  function isTime(asked: RunRequest): boolean {
    if (asked === 'stop' || state.stage === null || state.stage === 'teacher-episodes' || state.stage === 'test')
      return true
    return state.step > askedAt && state.stage !== 'validation'
  }

  async function beat(): Promise<void> {
    const asked = await readRequest(dir)
    if (asked !== request) askedAt = state.step
    request = asked
    if (request !== null && isTime(request)) abort.abort(new Error(request))
    await writeProcessState(dir, { ...state, memoryBytes: process.memoryUsage.rss() })
  }
  const queue = (work: () => Promise<void>): Promise<void> => {
    busy = busy.then(work).catch((error: unknown) => console.error(error))
    return busy
  }
  const timer = setInterval(() => void queue(beat), BEAT_MS)
  await queue(beat)

  return {
    signal: abort.signal,
    request: () => request,
    hear(event) {
      switch (event.type) {
        case 'phase':
          state = { ...state, phase: event.phase, step: 0, steps: event.steps, stage: null }
          return
        case 'progress': {
          const { phase, step, steps, stage, leftMs } = event
          state = { ...state, phase, step, steps, stage, leftMs }
          if (request !== null && isTime(request)) abort.abort(new Error(request))
          return
        }
        case 'metrics': {
          const { phase, seconds } = event.metrics
          const speed = 1 / Math.max(1e-6, seconds.total)
          const before = state.phase === phase ? state.stepsPerSecond : null
          const stepsPerSecond = before === null ? speed : SMOOTHING * speed + (1 - SMOOTHING) * before
          state = { ...state, phase, stepsPerSecond, lines: state.lines + 1 }
          return
        }
        case 'validation': {
          const { step, statistics, best } = event.validation
          state = { ...state, lines: state.lines + 1, ...(best ? { best: { step, em: statistics.em } } : {}) }
          return
        }
        case 'guard':
          state = { ...state, lines: state.lines + 1 }
          return
        case 'resumed':
        case 'ended':
          return
      }
    },
    async end(ended, error) {
      clearInterval(timer)
      await busy
      await writeRequest(dir, null)
      state = { ...state, state: ended, error, stage: null, leftMs: null, memoryBytes: null }
      await writeProcessState(dir, state)
    },
  }
}
