import type { Passage } from '../contract/index.ts'
import { chunkDocument } from './chunk.ts'
import type { DocumentReader } from './reading/pool.ts'
import { extensionOf, type FoundFile, totalBytes } from './scan.ts'

/** So many types are sampled, those with the most bytes; so many files of each, none larger, for so long in all. */
const MAX_TYPES = 12
const FILES_PER_TYPE = 3
const MAX_BYTES = 1_000_000
const MAX_MS = 5000

/** What came of the files of one type. */
export interface TypeSample {
  bytes: number
  /** Null where the format has none. */
  pages: number | null
  passages: number
}

/** What came of a few files that were read to know what the others will bring. */
export interface Sample {
  /** By extension. */
  types: ReadonlyMap<string, TypeSample>
  passages: readonly Passage[]
}

/** At most `max` of the items, spread evenly. */
export function spread<T>(items: readonly T[], max: number): T[] {
  const step = Math.max(1, items.length / max)
  return Array.from({ length: Math.min(max, items.length) }, (_, i) => items[Math.floor(i * step)] as T)
}

/**
 * Reads a few files of each of the largest types. A file that cannot be read, or not in time, tells nothing.
 *
 * @throws the signal's reason when aborted
 */
export async function sampleOf(
  files: readonly FoundFile[],
  reader: DocumentReader,
  signal: AbortSignal | undefined,
): Promise<Sample> {
  const types = new Map<string, TypeSample>()
  const passages: Passage[] = []
  const late = AbortSignal.timeout(MAX_MS)
  const stop = signal ? AbortSignal.any([signal, late]) : late
  const groups = [...Map.groupBy(files, extensionOf)].sort(([, a], [, b]) => totalBytes(b) - totalBytes(a))
  for (const [extension, group] of groups.slice(0, MAX_TYPES)) {
    const small = group.filter((file) => file.sizeBytes <= MAX_BYTES)
    for (const file of spread(small, FILES_PER_TYPE)) {
      if (late.aborted) break
      const document = await reader.read(file.path, stop).catch(() => null)
      signal?.throwIfAborted()
      if (!document) continue
      const made = chunkDocument(document, { libraryId: '', fileId: file.path, path: file.relativePath })
      const known = types.get(extension) ?? { bytes: 0, pages: null, passages: 0 }
      types.set(extension, {
        bytes: known.bytes + file.sizeBytes,
        pages: document.pages === null ? known.pages : (known.pages ?? 0) + document.pages,
        passages: known.passages + made.length,
      })
      passages.push(...made)
    }
  }
  return { types, passages }
}
