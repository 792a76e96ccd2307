/**
 * retrieval: a library's passage index on LanceDB: write, search by words and by meaning, fuse, rerank.
 * May import: contract. Declares the ports it needs (`Embedder`, `Reranker`).
 * Must not know: where passages come from, what runs the models, who searches.
 */
import { availableParallelism } from 'node:os'
import type { Explanation, Passage, PassageHit } from '../contract/index.ts'
import { analysisVersion } from './analysis.ts'
import type { Embedder, Reranker } from './ports.ts'
import type { MovedFile } from './upkeep.ts'

export { type AnalyzedTerm, analyze, queryTerms } from './analysis.ts'
export { type Ranked, reciprocalRankFusion } from './fusion.ts'
export { embeddingPace } from './pace.ts'
export type { Embedder, Reranker } from './ports.ts'

/** Begins the fingerprint of every index with these columns; raise it when they change. */
export const indexLayout = 'layout-1'

/** Where a library's passages are kept and found. All methods throw AppError INDEX_DAMAGED, DISK_FULL or DATA_DIR_UNUSABLE. */
export interface PassageIndex {
  /**
   * Replaces all passages of the given files in one commit: when it resolves, they are on disk and can be searched;
   * when it rejects or the process dies, either all of the call happened or nothing. A file with no passages is emptied.
   * Vectors of passages that stay what they are are kept. The others are made at once, or `later` by {@link embed}:
   * until then they are found by their words.
   */
  replace(
    files: readonly { fileId: string; passages: readonly Passage[] }[],
    signal?: AbortSignal,
    vectors?: 'now' | 'later',
  ): Promise<void>
  /**
   * Adds passages, each in the place of the one with the same id, in one commit; vectors come later. For documents that
   * are too large for one write: {@link retain} ends them.
   */
  extend(passages: readonly Passage[], signal?: AbortSignal): Promise<void>
  /** Removes the passages of a file that are not among these. */
  retain(fileId: string, passageIds: ReadonlySet<string>): Promise<void>
  /** Tells passages where their files lie now, in one commit. Ids and vectors stay. */
  move(files: readonly MovedFile[]): Promise<void>
  /** Makes the vectors that are missing, batch by batch; what is done survives a kill. */
  embed(onProgress: (done: number, total: number) => void, signal?: AbortSignal): Promise<void>
  /** Removes all passages of the given files, in one commit. */
  remove(fileIds: readonly string[]): Promise<void>
  /** Tidies up after a job: brings the indices up to date, merges small files, frees disk space. */
  finish(): Promise<void>
  /**
   * The best passages first, of all files or of those given. A query without a single letter, number or sign that can be
   * looked for finds nothing.
   */
  search(query: string, limit: number, signal?: AbortSignal, files?: ReadonlySet<string>): Promise<PassageHit[]>
  /** Why the same search does or does not find a document: how it fares at each stage. */
  explain(
    query: string,
    fileId: string,
    limit: number,
    signal?: AbortSignal,
    files?: ReadonlySet<string>,
  ): Promise<Explanation>
  /** All passages of the given files, in no order. */
  passagesOf(fileIds: readonly string[]): AsyncIterable<Passage>
  /** Number of passages. */
  count(): Promise<number>
  /** The passage at a place of the table (0 is the first), to draw some from it; null: it has fewer. */
  passageAt(place: number): Promise<Passage | null>
  /** Waits for the write that is going on. */
  close(): Promise<void>
}

/** What an index is built with. When it differs from an index's own, that index has to be built anew. */
export function indexFingerprint(embedder: Embedder | null): string {
  const text = `${indexLayout} analysis-${analysisVersion}`
  return embedder ? `${text} ${embedder.fingerprint} ${embedder.dimensions}d` : text
}

/** Whether the vectors of an index with that fingerprint are those of the embedder. */
export function isEmbeddedBy(fingerprint: string, embedder: Embedder): boolean {
  return fingerprint.endsWith(` ${embedder.fingerprint} ${embedder.dimensions}d`)
}

/**
 * Opens the index in `dir` (absolute; made when missing). Only one process may have an index open for writing.
 *
 * @param asBuilt the index was built with something else than today's analysis or embedder: it is only searched, without
 *   an embedder by words, and must not be written to
 * @throws AppError INDEX_DAMAGED, DISK_FULL, DATA_DIR_UNUSABLE
 */
export async function openPassageIndex({
  dir,
  embedder = null,
  reranker = null,
  asBuilt = false,
}: {
  dir: string
  embedder?: Embedder | null
  reranker?: Reranker | null
  asBuilt?: boolean
}): Promise<PassageIndex> {
  // LanceDB is loaded on first use, so that the service starts fast, and reads these while loading. Its log would go to stdout.
  process.env['LANCEDB_LOG'] ??= 'error'
  // It leaves two cores to reading; on two, that is one thread, on which words would wait for vectors.
  process.env['LANCE_CPU_THREADS'] ??= String(Math.max(2, availableParallelism() - 2))
  const { LancePassageIndex } = await import('./passage-index.ts')
  return LancePassageIndex.open(dir, embedder, reranker, asBuilt)
}
