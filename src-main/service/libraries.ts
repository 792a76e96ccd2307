import { access, constants, readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import {
  appError,
  type Change,
  type DocumentText,
  type Job,
  type Library,
  type LibraryFile,
  type PassageHit,
} from '../contract/index.ts'
import { createReaderPool, type DocumentReader, ingest, removeSource } from '../corpus/index.ts'
import type { PassageIndex } from '../retrieval/index.ts'
import type { FileRow, LibraryRow, LibraryStore } from '../store/index.ts'
import type { Engine } from './engine.ts'
import { createIndexes, type Indexes } from './indexes.ts'
import type { JobRunner } from './jobs.ts'

/** The id of the library that ships with the app. */
const SAMPLE_LIBRARY = 'sample'

/** Libraries with their indexes and the jobs that keep them up to date. */
export interface Libraries {
  list(): Library[]
  /** @throws {AppError} NOT_FOUND */
  get(id: string): Library
  create(name: string): Library
  rename(id: string, name: string): Library
  delete(id: string): Promise<void>
  addSources(id: string, paths: readonly string[]): Promise<{ library: Library; jobId: string }>
  removeSource(id: string, sourceId: string): { library: Library; jobId: string }
  refresh(id: string): { jobId: string }
  /** Brings every library up to date, because an encoder came or went. */
  refreshAll(): Promise<void>
  files: LibraryStore['files']
  /** Waits while a library is being read for the first time and nothing of it can be searched yet. */
  whenSearchable(id: string, signal: AbortSignal): Promise<Library>
  search(id: string, query: string, limit: number, signal?: AbortSignal): Promise<PassageHit[]>
  document(id: string, fileId: string): Promise<DocumentText>
  /** Where the library's index lies and what it was built with. */
  place(id: string): ReturnType<Indexes['place']>
  /** Makes the sample library when it is missing, and goes on with what an earlier process left unfinished. */
  resume(interrupted: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface LibrariesOptions {
  dataDir: string
  /** The folder of the sample library. */
  sampleDir: string
  store: LibraryStore
  jobs: JobRunner
  engine: Engine
  changed(change: Change): void
}

const SAMPLE_FILE = 'encyclopedia.jsonl'
const INGESTION_QUEUE = 'ingestion'

function publicFile({ contentHash: _, ...file }: FileRow): LibraryFile {
  return file
}

async function checkSource(path: string): Promise<{ path: string; kind: 'folder' | 'file' }> {
  const absolute = resolve(path)
  const info = await stat(absolute).catch(() => null)
  if (!info) throw appError('PATH_MISSING', `There is nothing at ${absolute}.`, 'Check the path.')
  if (!info.isDirectory() && !info.isFile()) {
    throw appError('INVALID_INPUT', `${absolute} is neither a folder nor a file.`, 'Choose a folder or a document.')
  }
  try {
    await access(absolute, constants.R_OK | (info.isDirectory() ? constants.X_OK : 0))
    if (info.isDirectory()) await readdir(absolute)
  } catch (error) {
    throw appError('PATH_UNREADABLE', `${absolute} cannot be read.`, 'Check the permissions, or choose another one.', {
      detail: String(error),
    })
  }
  return { path: absolute, kind: info.isDirectory() ? 'folder' : 'file' }
}

const inside = (path: string, folder: string): boolean => {
  const way = relative(folder, path)
  return way !== '' && !way.startsWith('..') && resolve(folder, way) === path
}

/** Creates the libraries of a service. */
export function createLibraries(options: LibrariesOptions): Libraries {
  const { dataDir, sampleDir, store, jobs, engine, changed } = options
  const indexes = createIndexes(dataDir, store, engine)
  const activeJobs = new Map<string, { id: string; started: boolean }>()
  const documents = new Map<string, { modifiedAt: number; text: Promise<DocumentText> }>()
  let reader: DocumentReader | null = null
  let sampleQuestions: string[] = []

  const readers = (): DocumentReader => {
    reader ??= createReaderPool()
    return reader
  }

  function row(id: string): LibraryRow {
    const found = store.get(id)
    if (!found) throw appError('NOT_FOUND', 'This library no longer exists.', 'Choose another library.')
    return found
  }

  function writable(id: string): LibraryRow {
    const found = row(id)
    if (found.sample) {
      throw appError('INVALID_INPUT', 'The sample library cannot be changed.', 'Create a library of your own.')
    }
    return found
  }

  function suggestions(library: LibraryRow): string[] {
    if (library.sample) return sampleQuestions
    return store
      .files(library.id, { state: 'indexed', offset: 0, limit: 50 })
      .files.filter((file) => file.title.trim() !== '')
      .sort((a, b) => b.modifiedAt - a.modifiedAt)
      .slice(0, 3)
      .map((file) => `What is “${file.title}” about?`)
  }

  function describe(library: LibraryRow): Library {
    const { files, passages } = store.counts(library.id)
    const { id, name, sample, createdAt, indexFingerprint: fingerprint } = library
    return {
      id,
      name,
      sample,
      createdAt,
      sources: store.sources(id),
      files,
      passages,
      retrieval: { fullText: true, vector: / \d+d$/.test(fingerprint ?? ''), reranker: indexes.reranks() },
      jobId: activeJobs.get(id)?.id ?? null,
      suggestions: suggestions(library),
    }
  }

  /** Tells about a library's files at most a few times a second. */
  const announced = new Map<string, NodeJS.Timeout>()
  function announce(id: string): void {
    if (announced.has(id)) return
    const timer = setTimeout(() => {
      announced.delete(id)
      changed({ topic: 'libraries', id })
    }, 250)
    timer.unref()
    announced.set(id, timer)
  }

  /** Starts a job that brings the index up to date, or returns the one that waits to do so. */
  function ingestion(id: string, before?: (index: PassageIndex) => Promise<void>): Job['id'] {
    const waiting = activeJobs.get(id)
    if (waiting && !waiting.started && !before) return waiting.id
    const state = { id: '', started: false }
    const job = jobs.start(
      'ingestion',
      id,
      row(id).name,
      async ({ signal, emit }) => {
        state.started = true
        const { index: sink, rebuild, complete } = await indexes.writing(row(id))
        await before?.(sink)
        await ingest({
          libraryId: id,
          store,
          sink,
          reader: readers(),
          signal,
          rebuild,
          emit(payload) {
            emit(payload)
            announce(id)
          },
        })
        await complete()
        return undefined
      },
      INGESTION_QUEUE,
    )
    state.id = job.id
    activeJobs.set(id, state)
    changed({ topic: 'libraries', id })
    void jobs.finished(job.id).then(() => {
      if (activeJobs.get(id) === state) activeJobs.delete(id)
      changed({ topic: 'libraries', id })
    })
    return job.id
  }

  async function prepareSample(): Promise<void> {
    const suggestionsFile = await readFile(join(sampleDir, 'suggestions.json'), 'utf8')
    sampleQuestions = JSON.parse(suggestionsFile) as string[]
    if (!store.get(SAMPLE_LIBRARY)) store.create('Sample library', { id: SAMPLE_LIBRARY, sample: true })
    const path = join(sampleDir, SAMPLE_FILE)
    const sources = store.sources(SAMPLE_LIBRARY)
    if (sources.length === 1 && sources[0]?.path === path && store.counts(SAMPLE_LIBRARY).files.indexed === 1) return
    const stale = sources.filter((source) => source.path !== path)
    if (!sources.some((source) => source.path === path)) store.addSource(SAMPLE_LIBRARY, 'file', path)
    ingestion(SAMPLE_LIBRARY, async (sink) => {
      for (const { id } of stale) await removeSource({ sourceId: id, store, sink })
    })
  }

  return {
    list: () => store.list().map(describe),
    get: (id) => describe(row(id)),
    create(name) {
      const library = describe(store.create(name))
      changed({ topic: 'libraries', id: library.id })
      return library
    },
    rename(id, name) {
      writable(id)
      store.rename(id, name)
      changed({ topic: 'libraries', id })
      return describe(row(id))
    },
    async delete(id) {
      writable(id)
      const job = activeJobs.get(id)
      if (job) await jobs.stop(job.id)
      store.delete(id)
      await indexes.delete(id)
      changed({ topic: 'libraries', id })
    },
    async addSources(id, paths) {
      writable(id)
      for (const { path, kind } of await Promise.all(paths.map(checkSource))) {
        const sources = store.sources(id)
        const covered = sources.some(
          (source) => source.path === path || (source.kind === 'folder' && inside(path, source.path)),
        )
        if (!covered) store.addSource(id, kind, path)
      }
      const jobId = ingestion(id)
      return { library: describe(row(id)), jobId }
    },
    removeSource(id, sourceId) {
      writable(id)
      if (!store.sources(id).some((source) => source.id === sourceId)) {
        throw appError('NOT_FOUND', 'This folder is not part of the library.', 'Look at the library again.')
      }
      const jobId = ingestion(id, (sink) => removeSource({ sourceId, store, sink }))
      return { library: describe(row(id)), jobId }
    },
    refresh: (id) => ({ jobId: ingestion(row(id).id) }),
    async refreshAll() {
      const libraries = store.list()
      for (const { id } of libraries) await indexes.close(id)
      await engine.resetEncoders()
      for (const { id } of libraries) if (store.sources(id).length > 0) ingestion(id)
    },
    files: store.files,
    async whenSearchable(id, signal) {
      for (;;) {
        const library = describe(row(id))
        if (library.passages > 0 || !library.jobId) return library
        for await (const { event } of jobs.follow(library.jobId, 0, signal)) {
          if (event.type === 'file' && event.file.state === 'indexed') break
        }
        signal.throwIfAborted()
      }
    },
    async search(id, query, limit, signal) {
      const library = row(id)
      if (store.counts(id).passages === 0) return []
      return (await indexes.answering(library)).search(query, limit, signal)
    },
    place: (id) => indexes.place(row(id)),
    async document(id, fileId) {
      const file = store.file(fileId)
      if (!file || file.libraryId !== id) {
        throw appError('NOT_FOUND', 'This document is no longer in the library.', 'The passage itself is still shown.')
      }
      const { mtimeMs } = await stat(file.path).catch(() => {
        throw appError('PATH_MISSING', `${file.relativePath} is no longer at its place.`, 'Refresh the library.')
      })
      const known = documents.get(fileId)
      if (known?.modifiedAt === mtimeMs) return known.text
      const text = readers()
        .read(file.path)
        .then((read) => ({
          file: publicFile(file),
          text: read.text,
          pageStarts: read.pageStarts,
          headings: read.headings,
        }))
      documents.delete(fileId)
      documents.set(fileId, { modifiedAt: mtimeMs, text })
      text.catch(() => documents.delete(fileId))
      for (const oldest of documents.keys()) {
        if (documents.size <= 4) break
        documents.delete(oldest)
      }
      return text
    },
    async resume(interrupted) {
      await prepareSample()
      for (const library of store.list()) {
        const { waiting, reading } = store.counts(library.id).files
        if (interrupted.includes(library.id) || waiting + reading > 0) ingestion(library.id)
      }
    },
    async close() {
      for (const timer of announced.values()) clearTimeout(timer)
      await indexes.closeAll()
      await reader?.close()
    },
  }
}
