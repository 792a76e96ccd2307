import { playEpisode } from '../agent/index.ts'
import {
  type AppError,
  appError,
  defaultLimits,
  type ErrorValue,
  type JobPayload,
  type Model,
  type Outcome,
  type Settings,
  type Taught,
  toErrorValue,
  type Usage,
} from '../contract/index.ts'
import type { Engine } from './engine.ts'
import type { JobContext, JobResult } from './jobs.ts'
import type { Libraries } from './libraries.ts'

/** A question, and who is to answer it from which library. */
export interface AnswerRequest {
  question: string
  libraryId: string
  model: Model
  /** An adapter over the model (GGUF). */
  adapter: string | null
  /** The training whose result model and adapter are. */
  taught?: Taught
  /** Why the result of another one does not answer. */
  fallback?: ErrorValue
  /** When it was asked, on the clock of `performance`. */
  sent: number
}

/** Plays the episode of a job: whatever happens is told as events, failures too. */
export type Answer = (context: Omit<JobContext, 'id'>, request: AnswerRequest) => Promise<JobResult>

export const noUsage: Usage = { generated: 0, evaluated: 0, cached: 0, promptMs: 0, decodeMs: 0 }

/** What is told about an answer that ended with the process that wrote it. */
export function interrupted(): JobPayload[] {
  const error: ErrorValue = {
    code: 'SERVICE_STOPPED',
    message: 'Lagotto stopped while this answer was being written.',
    action: 'Ask again.',
    stillWorks: 'What had been written until then is kept.',
  }
  return [
    { type: 'ended', outcome: 'failed', answer: null, usage: noUsage, ms: 0, error },
    { type: 'state', state: 'interrupted', error },
  ]
}

export function emptyLibrary(name: string): AppError {
  return appError('EMPTY_LIBRARY', `“${name}” holds no readable documents yet.`, 'Add a folder or files to it.')
}

/** Answers questions with the engine's models out of libraries; the same for threads and comparisons. */
export function createAnswer({
  libraries,
  engine,
  settings,
}: {
  libraries: Libraries
  engine: Engine
  settings(): Settings
}): Answer {
  return async ({ signal, emit }, { question, libraryId, model, adapter, taught = null, fallback = null, sent }) => {
    let usage = noUsage
    const end = (outcome: Outcome, text: string | null, error: ErrorValue | null): JobResult => {
      emit({ type: 'ended', outcome, answer: text, usage, ms: performance.now() - sent, error })
      return { state: outcome === 'failed' || outcome === 'stopped' ? outcome : 'succeeded', error }
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
        taught,
        fallback,
        prompt: model.prompt ?? 'search-r1',
        limits: defaultLimits,
        searchable: { files: indexed, of: indexed + waiting + reading },
      })
      if (!engine.isLoaded(model)) emit({ type: 'preparing', what: 'model' })
      const lease = await engine.chat(model, adapter, signal)
      try {
        emit({ type: 'preparing', what: 'prompt' })
        const episode = await playEpisode({
          question,
          generator: lease.model,
          retriever: { search: (query, limit, stop) => libraries.search(libraryId, query, limit, stop) },
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
}
