import type { LibraryFile, Passage } from '../contract/index.ts'
import type { FileRow, LibraryStore } from '../store/index.ts'
import type { PassageSink } from './ports.ts'

const MAX_FILES = 32
const MAX_PASSAGES = 500
const MAX_WAIT_MS = 1000

/** So many passages of a large document are written at a time. */
const PART_PASSAGES = 2000

/** A file as it shall be stored, and its passages; null when those in the index are right already. */
export interface ReadFile {
  file: FileRow
  passages: readonly Passage[] | null
}

/** The file as others may see it. */
export function publicFile({
  contentHash: _hash,
  indexFingerprint: _index,
  inode: _inode,
  ...file
}: FileRow): LibraryFile {
  return file
}

/**
 * Writes what was read in batches: first to the index, and only when it is durable there to the store. A kill in
 * between leaves files that are stored as not read, and reading them again replaces their passages.
 */
export class BatchWriter {
  readonly #sink: PassageSink
  readonly #store: LibraryStore
  readonly #onWritten: (file: FileRow) => void
  readonly #signal: AbortSignal | undefined
  #batch: ReadFile[] = []
  #passages = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: {
    sink: PassageSink
    store: LibraryStore
    onWritten: (file: FileRow) => void
    signal: AbortSignal | undefined
  }) {
    this.#sink = options.sink
    this.#store = options.store
    this.#onWritten = options.onWritten
    this.#signal = options.signal
  }

  /** Takes a file; waits while a full batch is being written. Fails when a write failed. */
  async add(read: ReadFile): Promise<void> {
    this.#batch.push(read)
    this.#passages += read.passages?.length ?? 0
    if (this.#batch.length >= MAX_FILES || this.#passages >= MAX_PASSAGES) return this.flush()
    this.#timer ??= setTimeout(() => this.flush().catch(() => undefined), MAX_WAIT_MS)
  }

  /**
   * Writes a document that is too large for one write, piece by piece, as its passages come. Until it is done, the index
   * may hold passages of the old and the new text; a kill in between leaves the file stored as not read.
   */
  async addLarge(file: FileRow, passages: AsyncIterable<Passage>): Promise<void> {
    await this.flush()
    const ids = new Set<string>()
    let part: Passage[] = []
    const writePart = async (): Promise<void> => {
      const full = part
      part = []
      this.#writing = this.#writing.then(() => this.#sink.extend(full, this.#signal))
      await this.#writing
    }
    for await (const passage of passages) {
      ids.add(passage.id)
      if (part.push(passage) === PART_PASSAGES) await writePart()
    }
    await writePart()
    this.#writing = this.#writing.then(async () => {
      await this.#sink.retain(file.id, ids)
      this.#save([{ ...file, passages: ids.size, indexedAt: Date.now() }])
    })
    await this.#writing
  }

  /** Resolves when everything taken so far is written. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const batch = this.#batch
    this.#batch = []
    this.#passages = 0
    this.#writing = this.#writing.then(() => this.#write(batch))
    return this.#writing
  }

  /** Writes nothing more; waits for a write under way. */
  async discard(): Promise<void> {
    clearTimeout(this.#timer)
    this.#batch = []
    await this.#writing.catch(() => undefined)
  }

  async #write(batch: readonly ReadFile[]): Promise<void> {
    const replaced = batch.flatMap(({ file, passages }) => (passages ? [{ fileId: file.id, passages }] : []))
    if (replaced.length > 0) await this.#sink.replace(replaced, this.#signal, 'later')
    this.#save(
      batch.map(({ file, passages }) =>
        passages && file.state === 'indexed' ? { ...file, indexedAt: Date.now() } : file,
      ),
    )
  }

  #save(files: readonly FileRow[]): void {
    this.#store.saveFiles(files)
    for (const file of files) this.#onWritten(file)
  }
}
