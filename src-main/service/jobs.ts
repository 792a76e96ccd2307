import {
  appError,
  type Change,
  isFinal,
  type Job,
  type JobEvent,
  type JobKind,
  type JobPayload,
  type JobState,
  toErrorValue,
} from '../contract/index.ts'
import type { JobStore } from '../store/index.ts'

/** The reason of a job's signal when the service ends, and not the person the job. */
export const serviceClosing = new Error('the service is closing')

/** The reason of a job's signal when the person wants to go on later. */
const pausing = new Error('paused')

/** How a job ended whose signal was aborted. */
function endOf({ reason }: AbortSignal): JobResult {
  const state = reason === serviceClosing ? 'interrupted' : reason === pausing ? 'paused' : 'stopped'
  return { state, error: null }
}

const whenAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** What a job's work is given. */
export interface JobContext {
  id: string
  signal: AbortSignal
  /** Stores an event under the next number and tells it to all followers. */
  emit(payload: JobPayload): void
}

/** How work ended, when it did not simply succeed. */
export type JobResult = {
  state: Extract<JobState, 'succeeded' | 'failed' | 'stopped' | 'interrupted' | 'paused'>
  error: Job['error']
}

/** Runs jobs, numbers and stores their events, lets anyone follow them. */
export interface JobRunner {
  /** Creates a job and starts its work: at once, or after the jobs of the same queue that came before. */
  start(kind: JobKind, subjectId: string, title: string, work: JobWork, queue?: string): Job
  stop(id: string): Promise<void>
  /** Stops a job that is to go on later. */
  pause(id: string): Promise<void>
  /** Stored events after `since`, then live ones, until the job is over. */
  follow(id: string, since: number, signal?: AbortSignal): AsyncGenerator<JobEvent, void, void>
  /** Resolves when the job is over. */
  finished(id: string): Promise<void>
  /** Stops everything and waits for it. */
  close(): Promise<void>
}

export type JobWork = (context: JobContext) => Promise<JobResult | undefined>

interface Running {
  abort: AbortController
  finished: Promise<void>
  flush(): void
}

interface JobBuffer {
  emit(payload: JobPayload): void
  flush(): void
  /** Stores what is left and the end: without it, who follows the job would wait forever. */
  end(payload: JobPayload): Promise<void>
}

/** Events are stored in groups, this often (ms): rarely enough to be cheap, often enough to look continuous. */
const FLUSH_MS = 25
/** How often the end of a job is tried to be stored, and the pause in between (ms): what failed may yet give room back. */
const END_TRIES = 20
const END_WAIT_MS = 250

/** Joins pieces of text that belong to one part of one turn. */
function merge(payloads: readonly JobPayload[]): JobPayload[] {
  const merged: JobPayload[] = []
  for (const payload of payloads) {
    const last = merged.at(-1)
    if (payload.type === 'text' && last?.type === 'text' && last.part === payload.part && last.turn === payload.turn) {
      merged[merged.length - 1] = { ...last, text: last.text + payload.text }
    } else if (payload.type === 'progress' && last?.type === 'progress') {
      merged[merged.length - 1] = payload
    } else {
      merged.push(payload)
    }
  }
  return merged
}

/** Creates the runner of a service. */
export function createJobRunner(store: JobStore, changed: (change: Change) => void): JobRunner {
  const running = new Map<string, Running>()
  const queues = new Map<string, Promise<void>>()
  const followers = new Map<string, Set<(events: readonly JobEvent[]) => void>>()

  function write(id: string, payloads: readonly JobPayload[]): void {
    const events = store.append(id, payloads)
    for (const tell of followers.get(id) ?? []) tell(events)
    if (payloads.some(({ type }) => type === 'state' || type === 'progress')) changed({ topic: 'jobs', id })
  }

  /** Gathers what a job says for a moment. What cannot be stored (the disk is full) is kept for the next time. */
  function createBuffer(id: string): JobBuffer {
    let pending: JobPayload[] = []
    let timer: NodeJS.Timeout | null = null
    const record = (): void => {
      if (timer) clearTimeout(timer)
      timer = null
      if (pending.length === 0) return
      pending = merge(pending)
      write(id, pending)
      pending = []
    }
    const flush = (): void => {
      try {
        record()
      } catch (error) {
        console.error('what a job says could not be recorded yet:', error)
      }
    }
    return {
      flush,
      emit(payload) {
        pending.push(payload)
        timer ??= setTimeout(flush, FLUSH_MS)
      },
      async end(payload) {
        pending.push(payload)
        for (let tries = 1; ; tries++) {
          try {
            return record()
          } catch (error) {
            if (tries === END_TRIES) throw error
            await new Promise((resolve) => setTimeout(resolve, END_WAIT_MS))
          }
        }
      },
    }
  }

  async function perform(id: string, work: JobWork, abort: AbortController, before: Promise<void>): Promise<void> {
    const buffer = createBuffer(id)
    const entry = running.get(id)
    if (entry) entry.flush = buffer.flush
    await Promise.race([before, whenAborted(abort.signal)])
    let result: JobResult
    if (abort.signal.aborted) result = endOf(abort.signal)
    else {
      write(id, [{ type: 'state', state: 'running', error: null }])
      try {
        result = (await work({ id, signal: abort.signal, emit: buffer.emit })) ?? { state: 'succeeded', error: null }
      } catch (error) {
        result = abort.signal.aborted ? endOf(abort.signal) : { state: 'failed', error: toErrorValue(error) }
      }
    }
    try {
      await buffer.end({ type: 'state', ...result })
    } finally {
      running.delete(id)
    }
  }

  async function end(id: string, reason: Error): Promise<void> {
    const entry = running.get(id)
    entry?.abort.abort(reason)
    await entry?.finished
  }

  return {
    start(kind, subjectId, title, work, queue) {
      const job = store.create(kind, subjectId, title)
      const abort = new AbortController()
      const before = (queue === undefined ? undefined : queues.get(queue)) ?? Promise.resolve()
      running.set(job.id, { abort, finished: Promise.resolve(), flush: () => {} })
      const finished = perform(job.id, work, abort, before)
      const settled = finished.catch((error: unknown) => console.error('a job could not be recorded:', error))
      const entry = running.get(job.id)
      if (entry) entry.finished = settled
      // A job that is stopped while it waits is over before those that it waited for.
      if (queue !== undefined)
        queues.set(
          queue,
          before.then(() => settled),
        )
      changed({ topic: 'jobs', id: job.id })
      return job
    },
    stop: (id) => end(id, new Error('stopped')),
    pause: (id) => end(id, pausing),
    async finished(id) {
      await running.get(id)?.finished
    },
    async *follow(id, since, signal) {
      running.get(id)?.flush()
      const job = store.get(id)
      if (!job) throw appError('NOT_FOUND', 'This job is not known.', 'Look at the list of jobs again.')
      const queue: JobEvent[] = []
      let wake: () => void = () => {}
      const tell = (events: readonly JobEvent[]): void => {
        queue.push(...events)
        wake()
      }
      const listeners = followers.get(id) ?? new Set()
      followers.set(id, listeners.add(tell))
      const aborted = (): void => wake()
      signal?.addEventListener('abort', aborted)
      try {
        queue.push(...store.events(id, since))
        let last = since
        let over = isFinal(job.state)
        for (;;) {
          for (let event = queue.shift(); event; event = queue.shift()) {
            if (event.seq <= last) continue
            last = event.seq
            yield event
            if (event.event.type === 'state' && isFinal(event.event.state)) over = true
          }
          if (over || signal?.aborted) return
          await new Promise<void>((resolve) => {
            wake = resolve
            if (queue.length > 0 || signal?.aborted) resolve()
          })
        }
      } finally {
        signal?.removeEventListener('abort', aborted)
        listeners.delete(tell)
        if (listeners.size === 0) followers.delete(id)
      }
    },
    async close() {
      const entries = [...running.values()]
      for (const { abort } of entries) abort.abort(serviceClosing)
      await Promise.all(entries.map(({ finished }) => finished))
    },
  }
}
