import { playEpisode } from '../agent/index.ts'
import {
  AppError,
  appError,
  type Change,
  defaultLimits,
  type ErrorValue,
  type Exchange,
  emptyTrace,
  foldTrace,
  isAgentEvent,
  type Model,
  type Outcome,
  type Settings,
  type Thread,
  type Trace,
  toErrorValue,
  type Usage,
} from '../contract/index.ts'
import type { ModelRegistry } from '../models/index.ts'
import type { ExchangeRow, JobStore, ThreadStore } from '../store/index.ts'
import type { Engine } from './engine.ts'
import type { JobContext, JobResult, JobRunner } from './jobs.ts'
import type { Libraries } from './libraries.ts'
import { threadMarkdown } from './markdown.ts'

/** What a question needs; library and model default to the settings', then to the first usable ones. */
export interface AskInput {
  question: string
  threadId?: string | undefined
  libraryId?: string | undefined
  modelId?: string | undefined
  /** A GGUF file to use this once, instead of `modelId`. */
  modelFile?: string | undefined
}

/** Threads, and the asking of questions. */
export interface Threads {
  list(query?: string): Thread[]
  /** @throws {AppError} NOT_FOUND */
  get(id: string): { thread: Thread; exchanges: Exchange[] }
  rename(id: string, title: string): Thread
  delete(id: string): Promise<void>
  markdown(id: string): string
  /** @throws {AppError} EMPTY_QUESTION, EMPTY_LIBRARY, NOT_FOUND, and what makes a model unusable */
  ask(input: AskInput): Promise<{ thread: Thread; exchange: Exchange; jobId: string }>
  /** Closes the answers that an earlier process left open. */
  closeInterrupted(exchangeIds: readonly string[]): void
}

export interface ThreadsOptions {
  store: ThreadStore
  jobStore: JobStore
  jobs: JobRunner
  libraries: Libraries
  models: ModelRegistry
  engine: Engine
  settings(): Settings
  changed(change: Change): void
}

const TITLE_LENGTH = 80
const noUsage: Usage = { generated: 0, evaluated: 0, cached: 0, promptMs: 0, decodeMs: 0 }

function titleOf(question: string): string {
  const line = question.trim().replace(/\s+/g, ' ')
  return line.length <= TITLE_LENGTH ? line : `${line.slice(0, TITLE_LENGTH - 1).trimEnd()}…`
}

function emptyLibrary(name: string): AppError {
  return appError('EMPTY_LIBRARY', `“${name}” holds no readable documents yet.`, 'Add a folder or files to it.')
}

/** Creates the threads of a service. */
export function createThreads(options: ThreadsOptions): Threads {
  const { store, jobStore, jobs, libraries, models, engine, settings, changed } = options

  function thread(id: string): Thread {
    const found = store.get(id)
    if (!found) throw appError('NOT_FOUND', 'This thread no longer exists.', 'Choose another one, or ask anew.')
    return found
  }

  function trace(row: ExchangeRow): Trace {
    if (row.trace) return row.trace
    return jobStore
      .events(row.jobId, 0)
      .map(({ event }) => event)
      .filter(isAgentEvent)
      .reduce(foldTrace, emptyTrace(row.question))
  }

  function exchange(row: ExchangeRow): Exchange {
    const lastSeq = jobStore.get(row.jobId)?.lastSeq ?? 0
    return { ...row, trace: trace(row), lastSeq }
  }

  function saveTrace(exchangeId: string): void {
    const row = store.exchange(exchangeId)
    if (row && !row.trace) store.saveTrace(exchangeId, trace(row))
    changed({ topic: 'threads', ...(row ? { id: row.threadId } : {}) })
  }

  async function chooseModel({ modelFile, modelId }: AskInput): Promise<Model | null> {
    if (modelFile) return models.atPath(modelFile)
    if (modelId) return models.get(modelId)
    const usual = (await models.list()).find(({ id, role }) => id === settings().modelId && role === 'chat')
    return usual ?? models.firstUsable('chat')
  }

  async function choose(input: AskInput) {
    const { libraryId } = settings()
    const all = libraries.list()
    const library = input.libraryId
      ? libraries.get(input.libraryId)
      : (all.find(({ id }) => id === libraryId) ?? all.find(({ passages }) => passages > 0) ?? all[0])
    if (!library) throw appError('NOT_FOUND', 'There is no library yet.', 'Create a library and add a folder.')
    if (library.passages === 0 && !library.jobId) throw emptyLibrary(library.name)
    const model = await chooseModel(input)
    if (!model) throw appError('MODEL_MISSING', 'No chat model is installed.', 'Add a GGUF model in Models.')
    if (model.error) throw new AppError(model.error)
    if (model.role !== 'chat') {
      throw appError(
        'INVALID_INPUT',
        `${model.name} is a model for ${model.role}, not for chat.`,
        'Choose a chat model.',
      )
    }
    return { library, model }
  }

  async function answer(
    { id, signal, emit }: JobContext,
    asked: { question: string; exchangeId: string; libraryId: string; model: Model; sent: number },
  ): Promise<JobResult> {
    const { question, exchangeId, libraryId, model, sent } = asked
    let usage = noUsage
    const end = (outcome: Outcome, text: string | null, error: ErrorValue | null): JobResult => {
      emit({ type: 'ended', outcome, answer: text, usage, ms: performance.now() - sent, error })
      const state = outcome === 'failed' || outcome === 'stopped' ? outcome : 'succeeded'
      void jobs.finished(id).then(() => saveTrace(exchangeId))
      return { state, error }
    }
    try {
      if (libraries.get(libraryId).passages === 0) emit({ type: 'preparing', what: 'library' })
      const library = await libraries.whenSearchable(libraryId, signal)
      if (library.passages === 0) throw emptyLibrary(library.name)
      const { waiting, reading, indexed } = library.files
      emit({
        type: 'started',
        question,
        library: { id: library.id, name: library.name },
        model: { id: model.id, name: model.name },
        prompt: model.prompt ?? 'search-r1',
        limits: defaultLimits,
        searchable: { files: indexed, of: indexed + waiting + reading },
      })
      if (!engine.isLoaded(model)) emit({ type: 'preparing', what: 'model' })
      const lease = await engine.chat(model, signal)
      try {
        emit({ type: 'preparing', what: 'prompt' })
        const episode = await playEpisode({
          question,
          generator: lease.model,
          retriever: {
            search: (query, limit, stop) => libraries.search(libraryId, query, limit, stop),
          },
          limits: defaultLimits,
          sampling: settings().sampling,
          signal,
          emit,
        })
        usage = episode.usage
        return end(episode.outcome, episode.answer, null)
      } finally {
        lease.release()
      }
    } catch (error) {
      return signal.aborted ? end('stopped', null, null) : end('failed', null, toErrorValue(error))
    }
  }

  return {
    list: store.list,
    get(id) {
      return { thread: thread(id), exchanges: store.exchanges(id).map(exchange) }
    },
    rename(id, title) {
      thread(id)
      store.rename(id, title)
      changed({ topic: 'threads', id })
      return thread(id)
    },
    async delete(id) {
      thread(id)
      for (const row of store.exchanges(id)) await jobs.stop(row.jobId)
      store.delete(id)
      changed({ topic: 'threads', id })
    },
    markdown(id) {
      return threadMarkdown(thread(id), store.exchanges(id).map(exchange))
    },
    async ask(input) {
      const sent = performance.now()
      const question = input.question.trim()
      if (question === '') throw appError('EMPTY_QUESTION', 'There is no question to answer.', 'Type a question first.')
      if (input.threadId) thread(input.threadId)
      const { library, model } = await choose(input)
      const { id: threadId } = input.threadId ? thread(input.threadId) : store.create(titleOf(question))
      const asked = { question, exchangeId: '', libraryId: library.id, model, sent }
      const exchangeId = crypto.randomUUID()
      asked.exchangeId = exchangeId
      const job = jobs.start('answer', exchangeId, titleOf(question), (context) => answer(context, asked))
      const row = store.addExchange({
        id: exchangeId,
        threadId,
        jobId: job.id,
        question,
        libraryId: library.id,
        modelId: model.id,
      })
      changed({ topic: 'threads', id: threadId })
      return { thread: thread(threadId), exchange: exchange(row), jobId: job.id }
    },
    closeInterrupted(exchangeIds) {
      for (const exchangeId of exchangeIds) {
        const row = store.exchange(exchangeId)
        if (!row) continue
        const error: ErrorValue = {
          code: 'SERVICE_STOPPED',
          message: 'Lagotto stopped while this answer was being written.',
          action: 'Ask again.',
          stillWorks: 'What had been written until then is kept.',
        }
        jobStore.append(row.jobId, [
          { type: 'ended', outcome: 'failed', answer: null, usage: noUsage, ms: 0, error },
          { type: 'state', state: 'interrupted', error },
        ])
        saveTrace(exchangeId)
      }
    },
  }
}
