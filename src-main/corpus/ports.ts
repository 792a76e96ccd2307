import type { Passage } from '../contract/index.ts'

/** Where ingestion puts a library's passages. Implemented by the passage index. */
export interface PassageSink {
  /**
   * Replaces all passages of the given files in one durable write: when it resolves, they can be searched and survive a
   * kill. A file with no passages is emptied.
   */
  replace(files: readonly { fileId: string; passages: readonly Passage[] }[], signal?: AbortSignal): Promise<void>
  /** Removes all passages of the given files. */
  remove(fileIds: readonly string[]): Promise<void>
  /** Tidies up after a job: brings the full-text index up to date, compacts, frees disk space. */
  finish(): Promise<void>
}
