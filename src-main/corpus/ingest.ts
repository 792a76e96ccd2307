import { createHash, hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { AppError, type LibraryFile, type Passage, type Progress, toErrorValue } from '../contract/index.ts'
import type { FileRow, LibraryStore } from '../store/index.ts'
import { chunks } from './chunk.ts'
import { compare, emptied } from './compare.ts'
import { inParallel } from './parallel.ts'
import type { PassageSink } from './ports.ts'
import { ProgressMeter } from './progress.ts'
import { fromSystemError } from './reading/errors.ts'
import type { DocumentReader } from './reading/pool.ts'
import { MAX_FILE_BYTES } from './reading/read-file.ts'
import { type ScanResult, scan } from './scan.ts'
import { BatchWriter, publicFile, type ReadFile } from './writer.ts'

/** Files under way at the same time; how many are really read at once is up to the reader. */
const AT_ONCE = 8
const SMALL_FILE_BYTES = 4_000_000
/** The event loop is let go on after this long. */
const SLICE_MS = 10

export interface IngestOptions {
  libraryId: string
  store: LibraryStore
  sink: PassageSink
  reader: DocumentReader
  signal?: AbortSignal
  emit(payload: { type: 'progress'; progress: Progress } | { type: 'file'; file: LibraryFile }): void
  /** Read everything again: the index is new. */
  rebuild?: boolean
}

/** SHA-256 of a file; null when it cannot be told, which reading the file will explain. */
async function contentHash(file: FileRow, signal: AbortSignal): Promise<string | null> {
  try {
    if (file.sizeBytes > MAX_FILE_BYTES) return null
    if (file.sizeBytes <= SMALL_FILE_BYTES) return hash('sha256', await readFile(file.path, { signal }))
    const sum = createHash('sha256')
    for await (const part of createReadStream(file.path, { signal, highWaterMark: 1 << 20 })) sum.update(part)
    return sum.digest('hex')
  } catch {
    signal.throwIfAborted()
    return null
  }
}

/** Chunks a document without holding up the event loop. */
async function chunked(file: FileRow, reader: DocumentReader, signal: AbortSignal): Promise<ReadFile> {
  const doc = await reader.read(file.path, signal)
  const passages: Passage[] = []
  let since = performance.now()
  for (const passage of chunks(doc, { libraryId: file.libraryId, fileId: file.id, path: file.relativePath })) {
    passages.push(passage)
    if (performance.now() - since < SLICE_MS) continue
    await setImmediate()
    signal.throwIfAborted()
    since = performance.now()
  }
  return { file: { ...file, title: doc.title, pages: doc.pages, passages: passages.length }, passages }
}

function unread(file: FileRow, error: unknown): ReadFile {
  const value = toErrorValue(fromSystemError(error, file.path))
  return { file: emptied(file, value.code === 'FILE_UNSUPPORTED' ? 'skipped' : 'failed', value), passages: [] }
}

/**
 * Brings a library's index up to date with its sources. What was acknowledged survives a kill at any moment, and the
 * next run goes on where this one was: a file counts as indexed only after its passages are durable.
 *
 * Files are compared by size and time, then by content: touching a file does not read it again. Those that could not be
 * read before are tried again. Files of a source that is not there are kept.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE for a source, after all others were done; whatever sink and store
 *   throw; the signal's reason when aborted, with the rest of the files `waiting`
 */
export async function ingest(options: IngestOptions): Promise<void> {
  const { libraryId, store, sink, reader, signal, emit } = options
  const meter = new ProgressMeter('Looking for files', (progress) => emit({ type: 'progress', progress }))
  const changed = (file: FileRow): void => emit({ type: 'file', file: publicFile(file) })

  const sources = store.sources(libraryId)
  const scans = new Map<string, ScanResult>()
  for (const source of sources) {
    const name = basename(source.path)
    const onFound = (count: number): void => meter.now(`Looking through ${name}: ${count} files`)
    scans.set(source.id, await scan(source, signal, onFound))
  }
  const known = sources.flatMap((source) => store.filesOfSource(source.id))
  const plan = compare(libraryId, known, scans, options.rebuild ?? false)

  const stored = new Set(known.map((row) => row.id))
  const dropped = [...plan.gone, ...plan.skipped.filter((file) => stored.has(file.id))]
  if (dropped.length > 0) {
    // were this the last thing to happen, a file that comes back would be read again
    store.saveFiles(dropped.map((file) => emptied(file, 'waiting', null)))
    await sink.remove(dropped.map((file) => file.id))
  }
  store.deleteFiles(plan.gone.map((file) => file.id))
  store.saveFiles([...plan.skipped, ...plan.read, ...plan.later])
  for (const file of plan.skipped) changed(file)

  meter.plan(plan.read.map((file) => file.sizeBytes))
  await readAll(plan.read, { store, sink, reader, signal, meter, changed })
  if (dropped.length + plan.read.length > 0) {
    meter.now('Tidying up the index')
    await sink.finish()
  }
  meter.end('Done')

  const problems = [...scans.values()].flatMap((result) => result.problem ?? [])
  if (problems[0]) throw combined(problems[0], problems.slice(1))
}

/** Reads, chunks and writes the files, several at a time. */
async function readAll(
  files: readonly FileRow[],
  context: {
    store: LibraryStore
    sink: PassageSink
    reader: DocumentReader
    signal: AbortSignal | undefined
    meter: ProgressMeter
    changed: (file: FileRow) => void
  },
): Promise<void> {
  const { store, sink, reader, signal, meter, changed } = context
  /** Stored as being read, and not yet written. */
  const started = new Map<string, FileRow>()
  const onWritten = (file: FileRow): void => {
    started.delete(file.id)
    changed(file)
    meter.fileDone(file.sizeBytes)
  }
  const writer = new BatchWriter({ sink, store, onWritten, signal })

  const readOne = async (file: FileRow, stop: AbortSignal): Promise<ReadFile> => {
    stop.throwIfAborted()
    meter.now(`Reading ${basename(file.path)}`)
    const sum = await contentHash(file, stop)
    if (sum !== null && sum === file.contentHash) return { file: { ...file, state: 'indexed' }, passages: null }
    // from here on the index may hold something else than the stored hash says
    const reading: FileRow = { ...file, state: 'reading', contentHash: null }
    started.set(file.id, reading)
    store.saveFiles([reading])
    try {
      const read = await chunked(reading, reader, stop)
      return { ...read, file: { ...read.file, state: 'indexed', contentHash: sum } }
    } catch (error) {
      stop.throwIfAborted()
      return unread(file, error)
    }
  }

  try {
    for await (const read of inParallel(files, AT_ONCE, readOne, signal)) await writer.add(read)
    await writer.flush()
  } finally {
    await writer.discard()
    // none are left after a good run; what cannot be stored now is found as being read by the next run
    if (started.size > 0) store.saveFiles([...started.values()].map((file) => ({ ...file, state: 'waiting' })))
  }
}

function combined(first: AppError, others: readonly AppError[]): AppError {
  if (others.length === 0) return first
  const detail = [first, ...others].map((problem) => problem.value.detail ?? problem.message).join('\n')
  return new AppError({ ...first.value, detail }, { cause: first })
}

/** Takes a source out of its library: its passages leave the index first, then its files are forgotten. */
export async function removeSource(options: {
  sourceId: string
  store: LibraryStore
  sink: PassageSink
}): Promise<void> {
  const { sourceId, store, sink } = options
  const ids = store.filesOfSource(sourceId).map((file) => file.id)
  if (ids.length > 0) await sink.remove(ids)
  store.deleteSource(sourceId)
  if (ids.length > 0) await sink.finish()
}
