import type { ErrorValue, Progress, RunEvent, RunRequest } from '../../contract/index.ts'
import { openRun, savedTeacher } from '../../training/index.ts'
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

const phaseNames = { distillation: 'Learning from the teacher', reinforcement: 'Learning by doing' } as const

/** How far a run is: in the steps of its phase, or in the questions of what is not part of a step. */
function progressOf(
  { phase, stage, step, steps, done, total, leftMs }: Extract<RunEvent, { type: 'progress' }>,
  stepsPerSecond: number | null,
  began: { at: number; done: number },
): Progress {
  if (stage !== 'teacher-episodes' && stage !== 'test') {
    return { what: phaseNames[phase], done: step, total: steps, unit: 'steps', rate: stepsPerSecond, leftMs }
  }
  const seconds = (performance.now() - began.at) / 1000
  const rate = done > began.done ? (done - began.done) / Math.max(1e-3, seconds) : null
  const what = stage === 'test' ? 'Answering test questions' : 'The teacher answers questions'
  return { what, done, total, unit: 'questions', rate, leftMs: rate && Math.round((1000 * (total - done)) / rate) }
}

/** Starts to report on the run in a folder. */
export async function createReporter(dir: string): Promise<Reporter> {
  const abort = new AbortController()
  let state = newProcess(process.pid)
  let request: RunRequest | null = null
  let askedAt = 0
  let stepsPerSecond: number | null = null
  let stageBegan = { at: performance.now(), done: 0 }
  let busy = Promise.resolve()

  await keepSpare(dir)
  const run = await openRun(dir).catch(() => null)
  const earlier = (await run?.lines()) ?? []
  const best = earlier.findLast((line) => line.type === 'validation' && line.best)
  state = {
    ...state,
    lines: earlier.length,
    best: best?.type === 'validation' ? { step: best.step, em: best.statistics.em } : null,
    teacherEm: (await savedTeacher(dir).catch(() => null))?.em ?? null,
  }

  /** A step is saved when the next one begins; work outside of steps is saved as it goes, or done again. */
  function isTime(asked: RunRequest): boolean {
    if (asked === 'stop' || state.stage === null || state.stage === 'teacher-episodes' || state.stage === 'test')
      return true
    return state.step > askedAt && state.stage !== 'validation'
  }

  let measured = { at: performance.now(), cpu: process.cpuUsage() }
  /** Cores that were busy since the last time that this was asked. */
  function busyCores(): number {
    const { user, system } = process.cpuUsage(measured.cpu)
    const ms = performance.now() - measured.at
    measured = { at: performance.now(), cpu: process.cpuUsage() }
    return (user + system) / 1000 / Math.max(1, ms)
  }

  async function beat(): Promise<void> {
    const asked = await readRequest(dir)
    if (asked !== request) askedAt = state.step
    request = asked
    if (request !== null && isTime(request)) abort.abort(new Error(request))
    await writeProcessState(dir, { ...state, memoryBytes: process.memoryUsage.rss(), busyCores: busyCores() })
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
          state = { ...state, phase: event.phase, step: 0, stage: null, progress: null, runLeft: null }
          return
        case 'progress': {
          const { phase, step, stage } = event
          if (stage !== state.stage) stageBegan = { at: performance.now(), done: event.done }
          const progress = progressOf(event, stepsPerSecond, stageBegan)
          const testLeft = stage === 'test' ? progress.leftMs : null
          const runLeft = testLeft === null ? event.runLeft : { least: testLeft, most: testLeft }
          state = { ...state, phase, step, stage, progress, runLeft }
          if (request !== null && isTime(request)) abort.abort(new Error(request))
          return
        }
        case 'metrics': {
          const speed = 1 / Math.max(1e-6, event.metrics.seconds.total)
          const same = stepsPerSecond !== null && event.metrics.phaseStep > 1
          stepsPerSecond = same ? SMOOTHING * speed + (1 - SMOOTHING) * (stepsPerSecond ?? speed) : speed
          state = { ...state, lines: state.lines + 1 }
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
        case 'teacher':
          state = { ...state, teacherEm: event.statistics.em }
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
      state = { ...state, state: ended, error, stage: null, runLeft: null, memoryBytes: null, busyCores: null }
      await writeProcessState(dir, state)
    },
  }
}
