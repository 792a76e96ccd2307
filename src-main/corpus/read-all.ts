import { createHash, hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Passage, toErrorValue } from '../contract/index.ts'
import type { FileRow, LibraryStore } from '../store/index.ts'
import { chunks } from './chunk.ts'
import { emptied } from './compare.ts'
import { inParallel } from './parallel.ts'
import type { PassageSink } from './ports.ts'
import type { ProgressMeter } from './progress.ts'
import type { ReadDocument } from './reading/document.ts'
import { fromSystemError } from './reading/errors.ts'
import type { DocumentReader } from './reading/pool.ts'
import { BatchWriter, type ReadFile } from './writer.ts'

/** Files under way at the same time; how many are really read at once is up to the reader. */
const AT_ONCE = 8
const SMALL_FILE_BYTES = 4_000_000
/** Larger files are read one at a time, after all others: each may take some hundred MB of memory. */
const HEAVY_FILE_BYTES = 16_000_000
/** Longer texts are written piece by piece. */
const LARGE_TEXT = 4_000_000
/** The event loop is let go on after this long. */
const SLICE_MS = 10

export interface ReadContext {
  store: LibraryStore
  sink: PassageSink
  reader: DocumentReader
  signal: AbortSignal | undefined
  meter: ProgressMeter
  changed(file: FileRow): void
}

/** A document whose passages are made while it is written. */
interface LargeFile {
  file: FileRow
  document: ReadDocument
}

/** SHA-256 of a file; null when it cannot be told, which reading the file will explain. */
export async function contentHash(file: FileRow, signal?: AbortSignal): Promise<string | null> {
  const stopping = signal ? { signal } : {}
  try {
    if (file.sizeBytes <= SMALL_FILE_BYTES) return hash('sha256', await readFile(file.path, stopping))
    const sum = createHash('sha256')
    for await (const part of createReadStream(file.path, { ...stopping, highWaterMark: 1 << 20 })) sum.update(part)
    return sum.digest('hex')
  } catch {
    signal?.throwIfAborted()
    return null
  }
}

/** The passages of a document, without holding up the event loop. */
async function* passagesOf(file: FileRow, document: ReadDocument, signal?: AbortSignal): AsyncGenerator<Passage> {
  let since = performance.now()
  for (const passage of chunks(document, { libraryId: file.libraryId, fileId: file.id, path: file.relativePath })) {
    yield passage
    if (performance.now() - since < SLICE_MS) continue
    await setImmediate()
    signal?.throwIfAborted()
    since = performance.now()
  }
}

function unread(file: FileRow, error: unknown): ReadFile {
  const value = toErrorValue(fromSystemError(error, file.path))
  return { file: emptied(file, value.code === 'FILE_UNSUPPORTED' ? 'skipped' : 'failed', value), passages: [] }
}

/** Reads, chunks and writes the files, several at a time; the largest ones last and one after the other. */
export async function readAll(files: readonly FileRow[], context: ReadContext): Promise<void> {
  const { store, sink, reader, signal, meter, changed } = context
  /** Stored as being read, and not yet written. */
  const started = new Map<string, FileRow>()
  const onWritten = (file: FileRow): void => {
    started.delete(file.id)
    changed(file)
    meter.fileDone(file.sizeBytes)
  }
  const writer = new BatchWriter({ sink, store, onWritten, signal })

  const readOne = async (file: FileRow, stop?: AbortSignal): Promise<ReadFile | LargeFile> => {
    stop?.throwIfAborted()
    meter.now(`Reading ${basename(file.path)}`)
    const sum = await contentHash(file, stop)
    if (sum !== null && sum === file.contentHash) return { file: { ...file, state: 'indexed' }, passages: null }
    // from here on the index may hold something else than the stored hash says
    const reading: FileRow = { ...file, state: 'reading', contentHash: null }
    started.set(file.id, reading)
    store.saveFiles([reading])
    try {
      const document = await reader.read(file.path, stop)
      const { title, pages, warnings } = document
      const read: FileRow = { ...reading, title, pages, warnings, state: 'indexed', contentHash: sum }
      if (document.text.length > LARGE_TEXT) return { file: read, document }
      const passages: Passage[] = []
      for await (const passage of passagesOf(read, document, stop)) passages.push(passage)
      return { file: { ...read, passages: passages.length }, passages }
    } catch (error) {
      stop?.throwIfAborted()
      return unread(file, error)
    }
  }
  const write = async (read: ReadFile | LargeFile): Promise<void> => {
    if ('document' in read) await writer.addLarge(read.file, passagesOf(read.file, read.document, signal))
    else await writer.add(read)
  }

  try {
    const [heavy, light] = [true, false].map((is) => files.filter((file) => file.sizeBytes > HEAVY_FILE_BYTES === is))
    for await (const read of inParallel(light ?? [], AT_ONCE, readOne, signal)) await write(read)
    for (const file of heavy ?? []) await write(await readOne(file, signal))
    await writer.flush()
  } finally {
    await writer.discard()
    // none are left after a good run; what cannot be stored now is found as being read by the next run
    if (started.size > 0) store.saveFiles([...started.values()].map((file) => ({ ...file, state: 'waiting' })))
  }
}
