import {
  AppError,
  appError,
  type Change,
  type Comparison,
  type ComparisonEntry,
  type ComparisonInput,
  type ErrorValue,
  emptyTrace,
  exactMatch,
  foldTrace,
  isAgentEvent,
  type Model,
  toErrorValue,
} from '../contract/index.ts'
import type { ModelRegistry } from '../models/index.ts'
import type { ComparisonEntryRow, ComparisonRow, ComparisonStore, JobStore } from '../store/index.ts'
import { type Answer, emptyLibrary, noUsage } from './answer.ts'
import type { JobRunner, JobWork } from './jobs.ts'
import type { Libraries } from './libraries.ts'
import { chatModel } from './runs/facts.ts'

/** Questions that several contestants answer side by side. */
export interface Comparisons {
  list(): (ComparisonRow & { winner: string | null })[]
  /** @throws {AppError} NOT_FOUND */
  get(id: string): Comparison
  /** @throws {AppError} EMPTY_QUESTION, EMPTY_LIBRARY, NOT_FOUND; when no contestant can play, why the first one cannot */
  start(input: ComparisonInput): Promise<Comparison>
  vote(id: string, entry: number): Comparison
  delete(id: string): Promise<void>
}

/** Contestants play one after the other, in the order in which the fewest models have to be loaded. */
const QUEUE = 'comparison'

/** Creates the comparisons of a service. */
export function createComparisons({
  store,
  jobStore,
  jobs,
  libraries,
  models,
  answer,
  changed,
}: {
  store: ComparisonStore
  jobStore: JobStore
  jobs: JobRunner
  libraries: Libraries
  models: ModelRegistry
  answer: Answer
  changed(change: Change): void
}): Comparisons {
  function row(id: string): ComparisonRow {
    const found = store.get(id)
    if (!found) throw appError('NOT_FOUND', 'This comparison no longer exists.', 'Choose another one.')
    return found
  }

  function entryOf({ contestant, jobId }: ComparisonEntryRow, { question, answers }: ComparisonRow): ComparisonEntry {
    const trace = jobStore
      .events(jobId, 0)
      .map(({ event }) => event)
      .filter(isAgentEvent)
      .reduce(foldTrace, emptyTrace(question))
    const known =
      answers.length > 0 && trace.outcome !== null && trace.outcome !== 'failed' && trace.outcome !== 'stopped'
    return {
      contestant,
      jobId,
      trace,
      lastSeq: jobStore.get(jobId)?.lastSeq ?? 0,
      right: known ? exactMatch(trace.answer, answers) === 1 : null,
    }
  }

  function get(id: string): Comparison {
    const found = row(id)
    return { ...found, entries: store.entries(id).map((entry) => entryOf(entry, found)) }
  }

  /** A model that can play, or why it cannot. */
  const usable = (path: string): Promise<Model | ErrorValue> => chatModel(models, path).catch(toErrorValue)

  /** The work of a contestant that cannot play: says so. */
  const failing =
    (error: ErrorValue): JobWork =>
    async ({ emit }) => {
      emit({ type: 'ended', outcome: 'failed', answer: null, usage: noUsage, ms: 0, error })
      return { state: 'failed', error }
    }

  return {
    list: () =>
      store.list().map((found) => ({
        ...found,
        winner: found.vote === null ? null : (store.entries(found.id)[found.vote]?.contestant.label ?? null),
      })),
    get,
    async start(input) {
      const question = input.question.trim()
      if (question === '') throw appError('EMPTY_QUESTION', 'There is no question to answer.', 'Type a question first.')
      const library = libraries.get(input.libraryId)
      if (library.passages === 0 && !library.jobId) throw emptyLibrary(library.name)
      const sameWeightsTogether = input.contestants.toSorted((a, b) => {
        const first = (path: string) => input.contestants.findIndex(({ model }) => model === path)
        return first(a.model) - first(b.model)
      })
      const players: { contestant: (typeof sameWeightsTogether)[number]; model: Model | ErrorValue }[] = []
      for (const contestant of sameWeightsTogether) players.push({ contestant, model: await usable(contestant.model) })
      const [first] = players
      if (first && 'code' in first.model && players.every(({ model }) => 'code' in model))
        throw new AppError(first.model)
      const id = store.create({ ...input, question }, { id: library.id, name: library.name })
      for (const [position, { contestant, model }] of players.entries()) {
        const work: JobWork = (context) => {
          void jobs.finished(job.id).then(() => changed({ topic: 'comparisons', id }))
          if ('code' in model) return failing(model)(context)
          return answer(context, {
            question,
            libraryId: library.id,
            model,
            adapter: contestant.adapter,
            sent: performance.now(),
          })
        }
        const job = jobs.start('comparison', id, `${contestant.label}: ${question}`, work, QUEUE)
        store.addEntry(id, position, { contestant, jobId: job.id })
      }
      changed({ topic: 'comparisons', id })
      return get(id)
    },
    vote(id, entry) {
      if (entry >= store.entries(row(id).id).length)
        throw appError('INVALID_INPUT', 'There is no such contestant.', 'Choose one of those that are shown.')
      store.vote(id, entry)
      changed({ topic: 'comparisons', id })
      return get(id)
    },
    async delete(id) {
      for (const { jobId } of store.entries(row(id).id).toReversed()) await jobs.stop(jobId)
      store.delete(id)
      changed({ topic: 'comparisons', id })
    },
  }
}
