import { Index, makeArrowTable, type Table } from '@lancedb/lancedb'
import type { Passage, PassageHit } from '../contract/index.ts'
import { guarded } from './errors.ts'
import type { Embedder, Reranker } from './ports.ts'
import { passageRows } from './rows.ts'
import { searchTable } from './search.ts'
import { hasIndex, openTable, tableSchema } from './table.ts'

/** Up to here an exact search of all vectors is fast enough. */
const flatRows = 100_000
/** Commits after which small files are merged in the middle of a job; each commit leaves one. */
const commitsPerTidy = 64

/** A library's passages on disk; implements {@link PassageIndex}. One writer at a time, searches any time. */
export class LancePassageIndex {
  readonly #table: Table
  readonly #embedder: Embedder | null
  readonly #reranker: Reranker | null
  #vectorIndex: boolean
  #commits = 0
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(table: Table, embedder: Embedder | null, reranker: Reranker | null, vectorIndex: boolean) {
    this.#table = table
    this.#embedder = embedder
    this.#reranker = reranker
    this.#vectorIndex = vectorIndex
  }

  static async open(dir: string, embedder: Embedder | null, reranker: Reranker | null): Promise<LancePassageIndex> {
    const table = await openTable(dir, embedder?.dimensions ?? null)
    return new LancePassageIndex(table, embedder, reranker, embedder !== null && (await hasIndex(table, 'vector')))
  }

  async replace(
    files: readonly { fileId: string; passages: readonly Passage[] }[],
    signal?: AbortSignal,
  ): Promise<void> {
    if (files.length === 0) return
    const rows = await passageRows(
      files.flatMap(({ passages }) => passages),
      this.#embedder,
      signal,
    )
    const data = makeArrowTable(rows, { schema: tableSchema(this.#embedder?.dimensions ?? null) })
    const old = inFiles(files.map(({ fileId }) => fileId))
    await this.#write(async () => {
      if (signal?.aborted) return
      if ((await this.#table.countRows(old)) === 0) {
        if (rows.length > 0) await this.#table.add(data)
      } else {
        await this.#table
          .mergeInsert('id')
          .whenMatchedUpdateAll()
          .whenNotMatchedInsertAll()
          .whenNotMatchedBySourceDelete({ where: old })
          .execute(data)
      }
      if (++this.#commits % commitsPerTidy === 0) await this.#table.optimize()
    })
    signal?.throwIfAborted()
  }

  async remove(fileIds: readonly string[]): Promise<void> {
    if (fileIds.length > 0) await this.#write(() => this.#table.delete(inFiles(fileIds)))
  }

  async finish(): Promise<void> {
    await this.#write(async () => {
      if (this.#embedder && !this.#vectorIndex && (await this.#table.countRows()) > flatRows) {
        await this.#table.createIndex('vector', { config: Index.ivfRq({ distanceType: 'cosine' }) })
        this.#vectorIndex = true
      }
      // Twice: the first run makes the old files superfluous that the second one deletes.
      await this.#table.optimize({ cleanupOlderThan: new Date() })
      await this.#table.optimize({ cleanupOlderThan: new Date() })
    })
  }

  async search(query: string, limit: number, signal?: AbortSignal): Promise<PassageHit[]> {
    signal?.throwIfAborted()
    const stages = { embedder: this.#embedder, reranker: this.#reranker, vectorIndex: this.#vectorIndex }
    return searchTable(this.#table, query, limit, stages, signal)
  }

  async count(): Promise<number> {
    return guarded(this.#table.countRows())
  }

  async close(): Promise<void> {
    await this.#writing
    this.#table.close()
  }

  /** Runs one write after the other. */
  async #write(work: () => Promise<unknown>): Promise<void> {
    const done = guarded(this.#writing.then(work))
    this.#writing = done.catch(() => {})
    await done
  }
}

function inFiles(fileIds: readonly string[]): string {
  return `file_id IN (${fileIds.map((id) => `'${id.replaceAll("'", "''")}'`).join(', ')})`
}
