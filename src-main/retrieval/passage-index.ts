import { statfs } from 'node:fs/promises'
import { makeArrowTable, type Table } from '@lancedb/lancedb'
import type { Explanation, Passage, PassageHit } from '../contract/index.ts'
import { guarded } from './errors.ts'
import { explainSearch } from './explain.ts'
import type { Embedder, Reranker } from './ports.ts'
import { passageRows, type Row } from './rows.ts'
import { hitsOf, type SearchTrace, traceSearch } from './search.ts'
import { hasIndex, openAsBuilt, openTable, tableSchema } from './table.ts'
import { among, knownVectors, type MovedFile, movedRows, notEmbedded, passagesIn, retainRows } from './upkeep.ts'
import { tendVectorIndex } from './vector-index.ts'

/** A library's passages on disk; implements {@link PassageIndex}. One writer at a time, searches any time. */
export class LancePassageIndex {
  readonly #dir: string
  readonly #table: Table
  readonly #embedder: Embedder | null
  readonly #reranker: Reranker | null
  #vectorIndex: boolean
  #untidy = { commits: 0, rows: 0 }
  #writing: Promise<unknown> = Promise.resolve()
  readonly #searches = new Set<Promise<unknown>>()

  private constructor(
    dir: string,
    table: Table,
    embedder: Embedder | null,
    reranker: Reranker | null,
    vectorIndex: boolean,
  ) {
    this.#dir = dir
    this.#table = table
    this.#embedder = embedder
    this.#reranker = reranker
    this.#vectorIndex = vectorIndex
  }

  static async open(
    dir: string,
    embedder: Embedder | null,
    reranker: Reranker | null,
    asBuilt: boolean,
  ): Promise<LancePassageIndex> {
    const table = asBuilt ? await openAsBuilt(dir) : await openTable(dir, embedder?.dimensions ?? null)
    return new LancePassageIndex(dir, table, embedder, reranker, embedder !== null && (await hasIndex(table, 'vector')))
  }

  async replace(
    files: readonly { fileId: string; passages: readonly Passage[] }[],
    signal?: AbortSignal,
    vectors: 'now' | 'later' = 'now',
  ): Promise<void> {
    if (files.length === 0) return
    const old = inFiles(files.map(({ fileId }) => fileId))
    await this.#write(
      files.flatMap(({ passages }) => passages),
      old,
      vectors,
      (rows) => this.#commit(old, rows),
      signal,
    )
  }

  async extend(passages: readonly Passage[], signal?: AbortSignal): Promise<void> {
    if (passages.length === 0) return
    const same = among(
      'id',
      passages.map(({ id }) => id),
    )
    await this.#write(passages, same, 'later', (rows) => this.#commit(same, rows), signal)
  }

  async retain(fileId: string, passageIds: ReadonlySet<string>): Promise<void> {
    await this.#inTurn(() => guarded(retainRows(this.#table, fileId, passageIds)))
  }

  async move(files: readonly MovedFile[]): Promise<void> {
    if (files.length === 0) return
    await this.#inTurn(async () => {
      const rows = await guarded(movedRows(this.#table, files, this.#embedder !== null))
      if (rows.length > 0) await guarded(this.#update(rows))
    })
  }

  async embed(onProgress: (done: number, total: number) => void, signal?: AbortSignal): Promise<void> {
    if (!this.#embedder) return
    const total = await guarded(this.#table.countRows('vector IS NULL'))
    for (let done = 0; ; ) {
      signal?.throwIfAborted()
      const passages = await guarded(notEmbedded(this.#table))
      if (passages.length === 0) return
      const rows = await passageRows(passages, this.#embedder, signal)
      await this.#inTurn(() => guarded(this.#update(rows)))
      done += passages.length
      onProgress(done, Math.max(done, total))
    }
  }

  async remove(fileIds: readonly string[]): Promise<void> {
    if (fileIds.length > 0) await this.#inTurn(() => guarded(this.#table.delete(inFiles(fileIds))))
  }

  async finish(): Promise<void> {
    await this.#inTurn(() => guarded(this.#compact('ended')))
  }

  async search(query: string, limit: number, signal?: AbortSignal, files?: ReadonlySet<string>): Promise<PassageHit[]> {
    if (limit < 1) return []
    return this.#reading(async () => hitsOf(await this.#trace(query, limit, signal, files), limit))
  }

  async explain(
    query: string,
    fileId: string,
    limit: number,
    signal?: AbortSignal,
    files?: ReadonlySet<string>,
  ): Promise<Explanation> {
    return this.#reading(async () => {
      const trace = await this.#trace(query, limit, signal, files, Number.POSITIVE_INFINITY)
      return explainSearch(this.#table, query, fileId, limit, trace, files?.has(fileId) ?? true)
    })
  }

  #trace(
    query: string,
    limit: number,
    signal?: AbortSignal,
    files?: ReadonlySet<string>,
    depth?: number,
  ): Promise<SearchTrace> {
    signal?.throwIfAborted()
    const stages = { embedder: this.#embedder, reranker: this.#reranker, vectorIndex: this.#vectorIndex }
    return traceSearch(this.#table, query, limit, stages, files ?? null, signal, depth)
  }

  /** Files that a search reads are not cleaned away under it. */
  async #reading<T>(work: () => Promise<T>): Promise<T> {
    const reading = work()
    this.#searches.add(reading)
    try {
      return await reading
    } finally {
      this.#searches.delete(reading)
    }
  }

  async count(): Promise<number> {
    return guarded(this.#table.countRows())
  }

  async *passagesOf(fileIds: readonly string[]): AsyncGenerator<Passage> {
    yield* passagesIn(this.#table, inFiles(fileIds))
  }

  async passageAt(place: number): Promise<Passage | null> {
    const rows = await guarded(this.#table.query().select(['passage']).offset(place).limit(1).toArray())
    return rows[0] ? JSON.parse(String(rows[0]['passage'])) : null
  }

  async close(): Promise<void> {
    await this.#writing
    await Promise.allSettled(this.#searches)
    this.#table.close()
  }

  /**
   * Makes the rows of passages and commits them in turn. What `old` selects is asked for vectors that can be kept.
   */
  async #write(
    passages: readonly Passage[],
    old: string,
    vectors: 'now' | 'later',
    commit: (rows: Row[]) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const known = async () => (this.#embedder ? guarded(knownVectors(this.#table, old)) : undefined)
    const embedder = vectors === 'now' ? this.#embedder : null
    const making = known().then((vectors) => passageRows(passages, embedder, signal, vectors))
    // Its failure is heard when its turn has come.
    making.catch(() => {})
    await this.#inTurn(async () => {
      const rows = await making
      signal?.throwIfAborted()
      await guarded(commit(rows))
    })
  }

  /** Puts rows in the place of those that `old` selects, in one version of the table. */
  async #commit(old: string, rows: Row[]): Promise<void> {
    if ((await this.#table.countRows(old)) === 0) {
      if (rows.length > 0) await this.#table.add(this.#arrow(rows))
    } else {
      await this.#table
        .mergeInsert('id')
        .whenMatchedUpdateAll()
        .whenNotMatchedInsertAll()
        .whenNotMatchedBySourceDelete({ where: old })
        .execute(this.#arrow(rows))
    }
    await this.#tidy(rows.length)
  }

  /** Overwrites rows by their ids; those that are gone meanwhile stay gone. */
  async #update(rows: Row[]): Promise<void> {
    await this.#table.mergeInsert('id').whenMatchedUpdateAll().execute(this.#arrow(rows))
    await this.#tidy(rows.length)
  }

  #arrow(rows: Row[]) {
    return makeArrowTable(rows, { schema: tableSchema(this.#embedder?.dimensions ?? null) })
  }

  /**
   * Merges the small file that each commit leaves and brings new rows into the indices (until then each costs a search
   * some µs), in the middle of a job. It rewrites much of the table, so it waits the longer the bigger the table is.
   */
  async #tidy(newRows: number): Promise<void> {
    this.#untidy.commits += 1
    this.#untidy.rows += newRows
    const total = await this.#table.countRows()
    if (this.#untidy.commits < Math.max(64, Math.sqrt(total)) && this.#untidy.rows < Math.max(8192, total / 4)) return
    await this.#compact('running')
  }

  /** Everything into the indices and into few files, and nothing superfluous left on the disk. */
  async #compact(job: 'ended' | 'running'): Promise<void> {
    this.#untidy = { commits: 0, rows: 0 }
    if (!(await this.#hasRoom())) return
    if (this.#embedder) this.#vectorIndex = await tendVectorIndex(this.#table, job)
    await this.#table.optimize()
    // Searches that began before may still read the files that are superfluous now.
    await Promise.allSettled(this.#searches)
    await this.#table.optimize({ cleanupOlderThan: new Date() })
  }

  /** Whether the disk can hold the table twice for a moment, as merging needs. */
  async #hasRoom(): Promise<boolean> {
    const [{ totalBytes }, { bavail, bsize }] = await Promise.all([this.#table.stats(), statfs(this.#dir)])
    return bavail * bsize > 2 * totalBytes
  }

  /** Runs one write after the other, in the order of the calls. */
  async #inTurn(work: () => Promise<unknown>): Promise<void> {
    const done = this.#writing.then(work)
    this.#writing = done.catch(() => {})
    await done
  }
}

const inFiles = (fileIds: readonly string[]): string => among('file_id', fileIds)
