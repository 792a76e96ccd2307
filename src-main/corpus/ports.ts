import type { Passage } from '../contract/index.ts'

/** Where ingestion puts a library's passages. Implemented by the passage index. */
export interface PassageSink {
  /**
   * Replaces all passages of the given files in one durable write: when it resolves, they can be found by their words
   * and survive a kill. A file with no passages is emptied. `later`: vectors are made by {@link embed}.
   */
  replace(
    files: readonly { fileId: string; passages: readonly Passage[] }[],
    signal: AbortSignal | undefined,
    vectors: 'later',
  ): Promise<void>
  /** Adds passages, each in the place of the one with the same id: for documents too large for one write. */
  extend(passages: readonly Passage[], signal?: AbortSignal): Promise<void>
  /** Removes the passages of a file that are not among these. */
  retain(fileId: string, passageIds: ReadonlySet<string>): Promise<void>
  /** Tells passages where their files lie now. Those whose title was the file's old name get the new one. */
  move(files: readonly { fileId: string; path: string; title: { from: string; to: string } | null }[]): Promise<void>
  /** Makes the vectors that are missing, where there is a model for that. */
  embed(onProgress: (done: number, total: number) => void, signal?: AbortSignal): Promise<void>
  /** Removes all passages of the given files. */
  remove(fileIds: readonly string[]): Promise<void>
  /** Tidies up after a job: brings the full-text index up to date, compacts, frees disk space. */
  finish(): Promise<void>
}

/** Passages that were made for an earlier index, by the same chunker. */
export interface EarlierPassages {
  /** Names that index, as its files do. */
  index: string
  /** All passages of the given files, in any order. @throws {AppError} INDEX_DAMAGED */
  passages(fileIds: readonly string[]): AsyncIterable<Passage>
}
