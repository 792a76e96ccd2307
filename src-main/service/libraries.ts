import {
  appError,
  type Change,
  type DocumentText,
  defaultRules,
  type Explanation,
  type Library,
  type LibraryFile,
  type LibraryRules,
  type Passage,
  type PassageHit,
  type RecognizedWord,
  type SearchFilter,
  type Survey,
  toErrorValue,
} from '../contract/index.ts'
import {
  createReaderPool,
  type DocumentReader,
  literalPattern,
  publicFile,
  removeSource,
  survey,
} from '../corpus/index.ts'
import { embeddingPace } from '../retrieval/index.ts'
import type { FileQuery, FileRow, LibraryRow, LibraryStore } from '../store/index.ts'
import { DocumentTexts } from './document-texts.ts'
import type { Engine } from './engine.ts'
import { filesWithin, scansOf, withFileState } from './finding.ts'
import { createFollowing } from './following.ts'
import { createIndexes, type Indexes } from './indexes.ts'
import { createIngestions } from './ingestions.ts'
import type { JobRunner } from './jobs.ts'
import { checkPlace } from './original.ts'
import type { Recognition } from './recognition.ts'
import { prepareSample, readSampleQuestions, SAMPLE_LIBRARY } from './sample.ts'
import { checkSource, inside } from './sources.ts'

/** Libraries with their indexes and the jobs that keep them up to date. */
export interface Libraries {
  list(): Library[]
  /** @throws {AppError} NOT_FOUND */
  get(id: string): Library
  create(name: string): Library
  rename(id: string, name: string): Library
  delete(id: string): Promise<void>
  addSources(
    id: string,
    paths: readonly string[],
    rules: Partial<LibraryRules>,
  ): Promise<{ library: Library; jobId: string }>
  /** What adding the paths would bring; see the contract. */
  survey(
    paths: readonly string[],
    options: { id?: string | undefined; rules?: Partial<LibraryRules> | undefined; signal?: AbortSignal | undefined },
  ): Promise<AsyncGenerator<Survey>>
  removeSource(id: string, sourceId: string): { library: Library; jobId: string }
  refresh(id: string): { jobId: string }
  /** Tries files again that could not be read: these, or all of them. */
  retry(id: string, fileIds?: readonly string[]): { jobId: string }
  setRules(id: string, rules: Partial<LibraryRules>): { library: Library; jobId: string }
  /** Leaves a file out from now on. */
  exclude(id: string, fileId: string): { library: Library; jobId: string }
  /** Stops looking at the library's files until it is resumed, also over a restart. */
  pause(id: string): Promise<Library>
  unpause(id: string): { library: Library; jobId: string }
  /** Reads PDF files with pages without text again, because text is recognized in other languages now. */
  readScansAgain(): void
  /** Brings every library up to date, because an encoder came or went. */
  refreshAll(): Promise<void>
  files(id: string, query: FileQuery): { files: LibraryFile[]; total: number }
  /** Waits while a library is being read for the first time and nothing of it can be searched yet. */
  whenSearchable(id: string, signal: AbortSignal): Promise<Library>
  search(id: string, query: string, limit: number, signal?: AbortSignal, filter?: SearchFilter): Promise<PassageHit[]>
  /** The passage at a place of the index; null: it has fewer. */
  passageAt(id: string, place: number): Promise<Passage | null>
  /** Why that search does or does not find a document. @throws {AppError} NOT_FOUND */
  explain(
    id: string,
    fileId: string,
    search: { query: string; limit: number; filter?: SearchFilter | undefined },
    signal?: AbortSignal,
  ): Promise<Explanation>
  /** A file of the library that is at its place. @throws {AppError} NOT_FOUND, PATH_MISSING, PATH_UNREADABLE */
  file(id: string, fileId: string): Promise<LibraryFile>
  document(id: string, fileId: string): Promise<DocumentText>
  /** The words of a page that is a picture; see the contract. */
  recognizedWords(id: string, fileId: string, page: number, signal?: AbortSignal): Promise<RecognizedWord[]>
  /** Where the library's index lies and what it was built with. */
  place(id: string): ReturnType<Indexes['place']>
  /** Makes the sample library when it is missing, and goes on with what an earlier process left unfinished. */
  resume(interrupted: readonly string[]): Promise<void>
  /** Notices no more changes of files: nothing is started from now on. */
  unfollow(): void
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
  log(line: string): void
  /** Forgets old ingestions. */
  prune(): void
  /** Watch the files of all libraries: for hosts that stay, not for a single command. */
  follow: boolean
  /** How the text of scans is recognized. */
  recognition: Pick<Recognition, 'options' | 'pace' | 'took'>
}

/** Creates the libraries of a service. */
export function createLibraries(options: LibrariesOptions): Libraries {
  const { dataDir, sampleDir, store, jobs, engine, changed, recognition } = options
  const indexes = createIndexes(dataDir, store, engine)
  let reader: DocumentReader | null = null
  let sampleQuestions: string[] = []

  const readers = (): DocumentReader => {
    reader ??= createReaderPool({ recognition: recognition.options, onRecognized: recognition.took })
    return reader
  }
  const documents = new DocumentTexts(readers)

  const ingestions = createIngestions({
    dataDir,
    store,
    jobs,
    indexes,
    readers,
    onFolder: (id, path) => following.onFolder(id, path),
    changed,
    progressed: announce,
    prune: options.prune,
  })
  const following = createFollowing({
    dataDir,
    store,
    log: options.log,
    look(id, only) {
      const library = store.get(id)
      if (library && !library.paused) ingestions.start(library, { background: true, ...(only ? { only } : {}) })
    },
  })
  const follow = (id: string): void => {
    if (options.follow) following.start(id)
  }

  function row(id: string): LibraryRow {
    const found = store.get(id)
    if (!found) throw appError('NOT_FOUND', 'This library no longer exists.', 'Choose another library.')
    return found
  }

  function fileOf(id: string, fileId: string): FileRow {
    const file = store.file(fileId)
    if (file?.libraryId !== id)
      throw appError('NOT_FOUND', 'This document is no longer in the library.', 'The passage itself is still shown.')
    return file
  }

  async function fileInPlace(id: string, fileId: string): Promise<FileRow> {
    const file = fileOf(id, fileId)
    const source = store.sources(id).find((each) => each.id === file.sourceId)
    await checkPlace(file, source?.path ?? file.path)
    return file
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
    const { id, name, sample, createdAt, indexFingerprint: fingerprint, rules, paused } = library
    return {
      id,
      name,
      sample,
      createdAt,
      sources: store.sources(id).map(({ device: _, ...source }) => source),
      rules,
      paused,
      follows: paused ? 'off' : following.mode(id),
      files,
      passages,
      retrieval: { fullText: true, vector: / \d+d$/.test(fingerprint ?? ''), reranker: indexes.reranks() },
      jobId: ingestions.jobId(id),
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

  /** Whoever asks for work on a library does not want it paused any more. */
  function ingestion(id: string, request: Parameters<typeof ingestions.start>[1] = {}): string {
    const library = row(id)
    if (library.paused) store.setPaused(id, false)
    return ingestions.start(library, request)
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
      following.stop(id)
      await ingestions.stop(id)
      try {
        store.delete(id)
      } catch (error) {
        if (toErrorValue(error).code !== 'DISK_FULL') throw error
        // On a full disk the database cannot note anything before the index has made room.
        await indexes.delete(id)
        store.delete(id)
      }
      await indexes.delete(id)
      changed({ topic: 'libraries', id })
    },
    async addSources(id, paths, rules) {
      const library = writable(id)
      const checked = await Promise.all(paths.map(checkSource))
      if (Object.keys(rules).length > 0) store.setRules(id, { ...library.rules, ...rules })
      for (const { path, kind } of checked) {
        const sources = store.sources(id)
        const covered = sources.some(
          (source) => source.path === path || (source.kind === 'folder' && inside(path, source.path)),
        )
        if (!covered) store.addSource(id, kind, path)
      }
      follow(id)
      const jobId = ingestion(id, { retry: true })
      return { library: describe(row(id)), jobId }
    },
    async survey(paths, { id, rules, signal }) {
      const base = id === undefined ? defaultRules : row(id).rules
      const sources = await Promise.all(paths.map(checkSource))
      return survey({
        paths: sources.map(({ path }) => path),
        rules: { ...base, ...rules },
        own: dataDir,
        reader: readers(),
        recognitionMs: recognition.options() && recognition.pace(),
        async embedding() {
          const { embedder } = await engine.encoders()
          return embedder && ((passages, stop) => embeddingPace(embedder, passages, stop))
        },
        signal,
      })
    },
    removeSource(id, sourceId) {
      writable(id)
      if (!store.sources(id).some((source) => source.id === sourceId)) {
        throw appError('NOT_FOUND', 'This folder is not part of the library.', 'Look at the library again.')
      }
      const jobId = ingestion(id, { before: (sink) => removeSource({ sourceId, store, sink }) })
      follow(id)
      return { library: describe(row(id)), jobId }
    },
    refresh: (id) => ({ jobId: ingestion(id, { retry: true }) }),
    retry(id, fileIds) {
      if (!fileIds) return { jobId: ingestion(id, { retry: true }) }
      const only = fileIds.flatMap((fileId) => {
        const file = store.file(fileId)
        return file?.libraryId === id ? [file.path] : []
      })
      return { jobId: ingestion(id, { only, retry: true }) }
    },
    setRules(id, rules) {
      store.setRules(id, { ...writable(id).rules, ...rules })
      const jobId = ingestion(id)
      return { library: describe(row(id)), jobId }
    },
    exclude(id, fileId) {
      const { rules } = writable(id)
      const file = store.file(fileId)
      if (file?.libraryId !== id) throw appError('NOT_FOUND', 'This file is not known.', 'Look at the list again.')
      store.setRules(id, { ...rules, exclude: [...rules.exclude, literalPattern(file.relativePath)] })
      const jobId = ingestion(id, { only: [file.path] })
      return { library: describe(row(id)), jobId }
    },
    async pause(id) {
      store.setPaused(writable(id).id, true)
      await ingestions.pause(id)
      changed({ topic: 'libraries', id })
      return describe(row(id))
    },
    unpause(id) {
      const jobId = ingestion(writable(id).id)
      return { library: describe(row(id)), jobId }
    },
    readScansAgain() {
      for (const library of store.list()) {
        const scans = scansOf(store, library.id)
        if (scans.length === 0) continue
        store.saveFiles(scans.map((file) => ({ ...file, state: 'waiting', contentHash: null })))
        if (!library.paused) ingestions.start(library, { background: true })
      }
    },
    async refreshAll() {
      const libraries = store.list()
      for (const { id } of libraries) await indexes.close(id)
      await engine.resetEncoders()
      for (const { id, paused } of libraries) if (!paused && store.sources(id).length > 0) ingestion(id)
    },
    files(id, query) {
      const { files, total } = store.files(row(id).id, query)
      return { files: files.map(publicFile), total }
    },
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
    async search(id, query, limit, signal, filter) {
      const library = row(id)
      if (store.counts(id).passages === 0) return []
      return (await indexes.answering(library)).search(query, limit, signal, filesWithin(store, id, filter))
    },
    async passageAt(id, place) {
      const library = row(id)
      return store.counts(id).passages === 0 ? null : (await indexes.answering(library)).passageAt(place)
    },
    async explain(id, fileId, { query, limit, filter }, signal) {
      const library = row(id)
      const file = fileOf(id, fileId)
      const scope = filesWithin(store, id, filter)
      const explanation = await (await indexes.answering(library)).explain(query, fileId, limit, signal, scope)
      return withFileState(explanation, file)
    },
    place: (id) => indexes.place(row(id)),
    file: fileInPlace,
    document: async (id, fileId) => documents.of(await fileInPlace(id, fileId)),
    async recognizedWords(id, fileId, page, signal) {
      const { path } = await fileInPlace(id, fileId)
      return recognition.options() ? readers().words(path, page, signal) : []
    },
    async resume(interrupted) {
      sampleQuestions = await readSampleQuestions(sampleDir)
      const stale = prepareSample(store, sampleDir)
      if (stale) {
        ingestion(SAMPLE_LIBRARY, {
          async before(sink) {
            for (const sourceId of stale) await removeSource({ sourceId, store, sink })
          },
        })
      }
      for (const { id, sample, paused } of store.list()) {
        const { waiting, reading } = store.counts(id).files
        const due = interrupted.includes(id) || waiting + reading > 0 || indexes.isOutdated(row(id))
        if (!paused && due) ingestion(id, { background: true })
        if (!sample) follow(id)
      }
    },
    unfollow: following.close,
    async close() {
      for (const timer of announced.values()) clearTimeout(timer)
      await indexes.closeAll()
      await reader?.close()
    },
  }
}
