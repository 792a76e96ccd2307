import {
  AppError,
  appError,
  type Change,
  type Exchange,
  emptyTrace,
  foldTrace,
  isAgentEvent,
  type Model,
  type Settings,
  type Thread,
  type Trace,
} from '../contract/index.ts'
import type { ModelRegistry } from '../models/index.ts'
import type { ExchangeRow, JobStore, ThreadStore } from '../store/index.ts'
import { type Answer, type AnswerRequest, emptyLibrary, interrupted } from './answer.ts'
import type { JobRunner } from './jobs.ts'
import type { Libraries } from './libraries.ts'
import { threadMarkdown } from './markdown.ts'
import type { Promotions } from './promotions.ts'

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
  answer: Answer
  /** What was taught for a library. */
  taught: Promotions['playerFor']
  settings(): Settings
  changed(change: Change): void
}

const TITLE_LENGTH = 80

function titleOf(question: string): string {
  const line = question.trim().replace(/\s+/g, ' ')
  return line.length <= TITLE_LENGTH ? line : `${line.slice(0, TITLE_LENGTH - 1).trimEnd()}…`
}

/** Creates the threads of a service. */
export function createThreads(options: ThreadsOptions): Threads {
  const { store, jobStore, jobs, libraries, models, answer, taught, settings, changed } = options

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

  /** Who answers: the model that is named, else what was taught for the library, else the usual one. */
  async function choosePlayer(
    input: AskInput,
    libraryId: string,
  ): Promise<Pick<AnswerRequest, 'adapter' | 'taught' | 'fallback'> & { model: Model | null }> {
    const named = input.modelFile !== undefined || input.modelId !== undefined
    const player = named || settings().untaughtLibraries.includes(libraryId) ? null : await taught(libraryId)
    if (player && 'model' in player) return player
    return { model: await chooseModel(input), adapter: null, ...(player ? { fallback: player.problem } : {}) }
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
    const player = await choosePlayer(input, library.id)
    const { model } = player
    if (!model) throw appError('MODEL_MISSING', 'No chat model is installed.', 'Add a GGUF model in Models.')
    if (model.error) throw new AppError(model.error)
    if (model.role !== 'chat') {
      throw appError(
        'INVALID_INPUT',
        `${model.name} is a model for ${model.role}, not for chat.`,
        'Choose a chat model.',
      )
    }
    return { library, player: { ...player, model } }
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
      const { library, player } = await choose(input)
      const { id: threadId } = input.threadId ? thread(input.threadId) : store.create(titleOf(question))
      const asked = { question, libraryId: library.id, ...player, sent }
      const exchangeId = crypto.randomUUID()
      const job = jobs.start('answer', exchangeId, titleOf(question), async (context) => {
        void jobs.finished(context.id).then(() => saveTrace(exchangeId))
        return answer(context, asked)
      })
      const row = store.addExchange({
        id: exchangeId,
        threadId,
        jobId: job.id,
        question,
        libraryId: library.id,
        modelId: player.model.id,
      })
      changed({ topic: 'threads', id: threadId })
      return { thread: thread(threadId), exchange: exchange(row), jobId: job.id }
    },
    closeInterrupted(exchangeIds) {
      for (const exchangeId of exchangeIds) {
        const row = store.exchange(exchangeId)
        if (!row) continue
        jobStore.append(row.jobId, interrupted())
        saveTrace(exchangeId)
      }
    },
  }
}
