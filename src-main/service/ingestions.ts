import type { Change, ErrorValue, Job } from '../contract/index.ts'
import { toErrorValue } from '../contract/index.ts'
import { type DocumentReader, ingest } from '../corpus/index.ts'
import type { PassageIndex } from '../retrieval/index.ts'
import type { LibraryRow, LibraryStore } from '../store/index.ts'
import type { Indexes, Writing } from './indexes.ts'
import type { JobRunner } from './jobs.ts'

/** What an ingestion has to do. */
export interface IngestionRequest {
  /** Only look at these absolute paths and what lies below them; absent: at everything. */
  only?: Iterable<string>
  /** Try again what could not be read before. */
  retry?: boolean
  /** Nobody asked for it: a source that is not there shows on the library, and is no failure of the job. */
  background?: boolean
  /** Done with the index before anything else. */
  before?(index: PassageIndex): Promise<void>
}

/** The jobs that bring indexes up to date: one at a time, and at most one waiting for each library. */
export interface Ingestions {
  /** Starts a job, or adds to what the one that waits has to do. @returns the job's id */
  start(library: LibraryRow, request?: IngestionRequest): Job['id']
  /** The job that runs or waits, if any. */
  jobId(libraryId: string): Job['id'] | null
  /** Stops what runs and what waits. What was done stays. */
  stop(libraryId: string): Promise<void>
  /** The same, because a person wants to go on later. */
  pause(libraryId: string): Promise<void>
}

export interface IngestionsOptions {
  dataDir: string
  store: LibraryStore
  jobs: JobRunner
  indexes: Indexes
  readers(): DocumentReader
  /** Told of each folder that is looked into. */
  onFolder(libraryId: string, path: string): void
  changed(change: Change): void
  /** Told that files of the library changed; often. */
  progressed(libraryId: string): void
  /** Called after each job: whoever follows folders starts many. */
  prune(): void
}

const QUEUE = 'ingestion'

type JobContext = Parameters<Parameters<JobRunner['start']>[3]>[0]

interface Pending {
  jobId: string
  libraryId: string
  started: boolean
  only: Set<string> | null
  retry: boolean
  background: boolean
}

const isSourceProblem = ({ code }: ErrorValue): boolean => code === 'PATH_MISSING' || code === 'PATH_UNREADABLE'

/** Creates the ingestions of a service. */
export function createIngestions(options: IngestionsOptions): Ingestions {
  const { store, jobs, indexes, readers, changed } = options
  const open: Pending[] = []

  async function run(
    pending: Pending,
    before: IngestionRequest['before'],
    { signal, emit }: JobContext,
  ): Promise<undefined> {
    pending.started = true
    const { libraryId: id } = pending
    const library = store.get(id)
    if (!library) return
    const { index: sink, end, ...writing } = await indexes.writing(library)
    let complete = false
    try {
      await before?.(sink)
      const problem = await bring(pending, library, sink, { ...writing, signal, emit })
      complete = true
      if (problem !== undefined && !pending.background) throw problem
    } finally {
      await end(complete)
    }
  }

  /** @returns why some sources could not be looked at: all else was done */
  async function bring(
    { libraryId: id, only, retry }: Pending,
    library: LibraryRow,
    sink: PassageIndex,
    { fingerprint, building, earlier, signal, emit }: Omit<Writing, 'index' | 'end'> & Omit<JobContext, 'id'>,
  ): Promise<unknown> {
    const ingesting = ingest({
      libraryId: id,
      store,
      sink,
      reader: readers(),
      rules: library.rules,
      own: options.dataDir,
      signal,
      index: fingerprint,
      earlier,
      retry,
      ...(only && !building ? { only } : {}),
      onFolder: (path) => options.onFolder(id, path),
      emit(payload) {
        emit(payload)
        options.progressed(id)
      },
    })
    const problem = await ingesting.catch((error: unknown) => error)
    if (problem !== undefined && (signal.aborted || !isSourceProblem(toErrorValue(problem)))) throw problem
    return problem
  }

  async function each(libraryId: string, end: (jobId: string) => Promise<void>): Promise<void> {
    await Promise.all(open.flatMap((one) => (one.libraryId === libraryId ? [end(one.jobId)] : [])))
  }

  return {
    start(library, { only, retry = false, background = false, before } = {}) {
      const waiting = open.find((each) => each.libraryId === library.id && !each.started)
      if (waiting && !before) {
        waiting.only = waiting.only && only ? new Set([...waiting.only, ...only]) : null
        waiting.retry ||= retry
        waiting.background &&= background
        return waiting.jobId
      }
      const pending: Pending = {
        jobId: '',
        libraryId: library.id,
        started: false,
        only: only ? new Set(only) : null,
        retry,
        background,
      }
      pending.jobId = jobs.start('ingestion', library.id, library.name, (job) => run(pending, before, job), QUEUE).id
      open.push(pending)
      changed({ topic: 'libraries', id: library.id })
      void jobs.finished(pending.jobId).then(() => {
        open.splice(open.indexOf(pending), 1)
        options.prune()
        changed({ topic: 'libraries', id: library.id })
      })
      return pending.jobId
    },
    jobId: (libraryId) => open.findLast((each) => each.libraryId === libraryId)?.jobId ?? null,
    stop: (libraryId) => each(libraryId, jobs.stop),
    pause: (libraryId) => each(libraryId, jobs.pause),
  }
}
