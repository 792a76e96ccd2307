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

  async function beat(): Promise<void> {
    request = await readRequest(dir)
    // Work that is not part of a step is done again or was saved as it went: there is no end to wait for.
    const between = state.stage === null || ['teacher-episodes', 'validation', 'test'].includes(state.stage)
    if (request === 'stop' || (request === 'pause' && between)) abort.abort(new Error(request))
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
          return
        }
        case 'metrics': {
          const { phase, phaseStep, phaseSteps, seconds } = event.metrics
          const speed = 1 / Math.max(1e-6, seconds.total)
          const before = state.phase === phase ? state.stepsPerSecond : null
          const stepsPerSecond = before === null ? speed : SMOOTHING * speed + (1 - SMOOTHING) * before
          state = { ...state, phase, step: phaseStep, steps: phaseSteps, stepsPerSecond, lines: state.lines + 1 }
          if (request === 'pause') abort.abort(new Error(request))
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
