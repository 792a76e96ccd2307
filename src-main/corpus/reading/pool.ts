import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../contract/errors.ts'
import type { RecognizedWord } from '../../contract/library.ts'
import type { ReadDocument } from './document.ts'
import { fileErrors } from './errors.ts'
import type { PdfLook } from './pdf.ts'
import type { RecognitionOptions } from './recognition.ts'
import type { ReadReply, ReadRequest } from './worker.ts'

/** Reads documents; whatever the file does, the caller gets a document or a clear error in limited time. */
export interface DocumentReader {
  /** @throws {AppError} PATH_MISSING, PATH_UNREADABLE and the FILE_ codes; the signal's reason when aborted */
  read(path: string, signal?: AbortSignal): Promise<ReadDocument>
  /**
   * Has a quick look whether a file can be read.
   *
   * @returns what a PDF is like; null for another file
   * @throws {AppError} why it cannot, as far as a quick look tells; the signal's reason when aborted
   */
  probe(path: string, signal?: AbortSignal): Promise<PdfLook | null>
  /**
   * Recognizes the words of a page of a PDF, as far as text is recognized.
   *
   * @throws what {@link read} throws
   */
  words(path: string, page: number, signal?: AbortSignal): Promise<RecognizedWord[]>
  /** Ends all workers; reads under way fail. */
  close(): Promise<void>
}

export interface ReaderPoolOptions {
  /** Documents read at the same time; default: {@link usualWorkers}. */
  workers?: number
  /** How long a document may show no progress. */
  timeoutMs?: number
  /** How long one may take that does show some; default: ten times as long. */
  longestMs?: number
  /** JavaScript heap of one worker. */
  memoryMb?: number
  /** What text in the pictures of scans is recognized with, asked before each document; null: it is not. */
  recognition?: () => RecognitionOptions | null
  /** Told after each document in which text was recognized how many pages that were, and how long it took. */
  onRecognized?(pages: number, ms: number): void
}

/** What a worker says when all went well. */
type Answer = Exclude<ReadReply, { alive: true } | { error: unknown }>

interface Task {
  request: ReadRequest
  signal: AbortSignal | undefined
  resolve(reply: Answer): void
  reject(error: unknown): void
  /** Called when the signal is aborted; what it does depends on where the task is. */
  abort(): void
}

/** After a text longer than this, in UTF-16 units, its worker is replaced. */
const LONG_TEXT = 4_000_000
/** A document whose text is recognized may take so many times longer: a page takes seconds. */
const RECOGNITION_TIMES = 20
/** So often a worker's memory is looked at. */
const WATCH_MS = 50
/** Buffers outside of the heap, which the engine does not limit, may take this much more than the heap. */
const OUTSIDE_MB = 128

/** One thread per core but one, four at most. */
export const usualWorkers = (): number => Math.min(4, Math.max(1, availableParallelism() - 1))

const entry = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './reading-worker.js', import.meta.url)

/**
 * Threads that read documents. They start when there is something to read, are ended and replaced when a document takes
 * too long, takes too much memory or is no longer wanted, and never keep the process alive while idle.
 */
export function createReaderPool(options: ReaderPoolOptions = {}): DocumentReader {
  const limit = options.workers ?? usualWorkers()
  const timeoutMs = options.timeoutMs ?? 30_000
  const longestMs = options.longestMs ?? 10 * timeoutMs
  const memoryMb = options.memoryMb ?? 512
  const idle: Worker[] = []
  const busy = new Map<Worker, Task>()
  const queue: Task[] = []
  let closed = false

  const start = (): Worker => {
    // what parsers print must not end up between the lines of the program: nobody reads these streams
    const worker = new Worker(entry(), {
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
      stdout: true,
      stderr: true,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: {},
    })
    worker.on('exit', () => {
      const at = idle.indexOf(worker)
      if (at >= 0) idle.splice(at, 1)
    })
    // errors that matter are heard while a task runs; one of a worker that is being ended would end the process
    worker.on('error', () => undefined)
    return worker
  }

  const run = (worker: Worker, task: Task): void => {
    const startedAt = performance.now()
    const longest = longestMs * (task.request.recognition ? RECOGNITION_TIMES : 1)
    busy.set(worker, task)
    worker.ref()
    const settle = (then: () => void, dead: boolean): void => {
      clearTimeout(timer)
      clearInterval(watch)
      task.abort = () => undefined
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      busy.delete(worker)
      if (dead) void worker.terminate()
      else {
        worker.unref()
        idle.push(worker)
      }
      then()
      next()
    }
    const fail = (error: unknown, dead = true): void => settle(() => task.reject(error), dead)
    const onMessage = (reply: ReadReply): void => {
      if ('alive' in reply) {
        if (performance.now() - startedAt + timeoutMs <= longest) timer.refresh()
      } else if ('error' in reply) fail(new AppError(reply.error), false)
      // a thread that read a long text would keep its memory
      else settle(() => task.resolve(reply), 'document' in reply && reply.document.text.length > LONG_TEXT)
    }
    const onError = (error: Error & { code?: string }): void =>
      fail(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? fileErrors.tooComplex(error.message) : error)
    const onExit = (): void => fail(new Error(`The reader of ${task.request.path} ended unexpectedly.`))
    const timer = setTimeout(() => fail(fileErrors.timeout(timeoutMs)), timeoutMs)
    const watch = setInterval(async () => {
      const used = await worker.getHeapStatistics().catch(() => null)
      const bytes = (used?.total_heap_size ?? 0) + (used?.external_memory ?? 0)
      if (bytes > (memoryMb + OUTSIDE_MB) * 1_000_000 && busy.get(worker) === task)
        fail(fileErrors.tooComplex(`${bytes} bytes`))
    }, WATCH_MS)
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
    task.abort = () => fail(task.signal?.reason)
    worker.postMessage(task.request)
  }

  const next = (): void => {
    while (queue.length > 0 && busy.size < limit && !closed) {
      run(idle.pop() ?? start(), queue.shift() as Task)
    }
  }

  const ask = (request: ReadRequest, signal: AbortSignal | undefined): Promise<Answer> => {
    if (closed) throw new Error('The document reader is closed.')
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const leaveQueue = (): void => {
      queue.splice(queue.indexOf(task), 1)
      reject(signal?.reason)
    }
    const task: Task = { request, signal, resolve, reject, abort: leaveQueue }
    const onAbort = (): void => task.abort()
    signal?.addEventListener('abort', onAbort)
    queue.push(task)
    next()
    return promise.finally(() => signal?.removeEventListener('abort', onAbort))
  }

  return {
    async read(path, signal) {
      const recognition = options.recognition?.() ?? null
      const reply = await ask({ path, task: 'read', recognition }, signal)
      if (!('document' in reply)) throw new Error('A worker did something else than to read the file.')
      const { document } = reply
      if (document.recognition) options.onRecognized?.(document.recognition.pages, document.recognition.ms)
      return document
    },
    async probe(path, signal) {
      const reply = await ask({ path, task: 'look', recognition: null }, signal)
      return 'look' in reply ? reply.look : null
    },
    async words(path, page, signal) {
      const recognition = options.recognition?.() ?? null
      const reply = await ask({ path, task: { page }, recognition }, signal)
      return 'words' in reply ? reply.words : []
    },
    async close() {
      closed = true
      const reason = new Error('The document reader was closed.')
      for (const task of queue.splice(0)) task.reject(reason)
      const workers = [...idle, ...busy.keys()]
      for (const task of busy.values()) task.reject(reason)
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}
