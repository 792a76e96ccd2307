import { randomUUID } from 'node:crypto'
import { sep } from 'node:path'
import type { ErrorValue, FileState } from '../contract/index.ts'
import type { FileRow } from '../store/index.ts'
import { fileTitle } from './reading/document.ts'
import type { FoundFile, ScanResult } from './scan.ts'

/** What has to happen for a library to match its sources. */
export interface Plan {
  /** Known files that are no longer there. */
  gone: FileRow[]
  /** Files that are not documents, as far as that is news. */
  skipped: FileRow[]
  /** New and changed files, and those that could not be read the last time; all `waiting`. */
  read: FileRow[]
  /** Files that cannot be looked at now but have to be read again as soon as they can; all `waiting`. */
  later: FileRow[]
}

const newFile = (libraryId: string, found: FoundFile): FileRow => ({
  id: randomUUID(),
  libraryId,
  sourceId: found.sourceId,
  path: found.path,
  relativePath: found.relativePath,
  title: fileTitle(found.path),
  state: 'waiting',
  sizeBytes: found.sizeBytes,
  modifiedAt: found.modifiedAt,
  contentHash: null,
  indexedAt: null,
  passages: 0,
  pages: null,
  error: null,
})

/** The file without anything that was read from it. */
export function emptied(file: FileRow, state: FileState, error: ErrorValue | null): FileRow {
  return { ...file, state, error, contentHash: null, indexedAt: null, passages: 0, pages: null }
}

/**
 * Compares what is stored with what was found. Pure.
 *
 * @param known every stored file of the library
 * @param scans one per source
 * @param rebuild read everything again: the index holds nothing
 */
export function compare(
  libraryId: string,
  known: readonly FileRow[],
  scans: ReadonlyMap<string, ScanResult>,
  rebuild: boolean,
): Plan {
  const plan: Plan = { gone: [], skipped: [], read: [], later: [] }
  const rows = new Map(known.map((row) => [row.path, row]))
  const seen = new Set<string>()
  for (const found of [...scans.values()].flatMap((result) => result.files)) {
    if (seen.has(found.path)) continue
    seen.add(found.path)
    const row = rows.get(found.path)
    const unchanged = row?.sizeBytes === found.sizeBytes && row.modifiedAt === found.modifiedAt
    const file: FileRow = {
      ...(row ?? newFile(libraryId, found)),
      sizeBytes: found.sizeBytes,
      modifiedAt: found.modifiedAt,
      error: null,
    }
    if (found.skip) {
      if (row?.state !== 'skipped' || !unchanged) plan.skipped.push(emptied(file, 'skipped', found.skip))
    } else if (rebuild) {
      plan.read.push(emptied(file, 'waiting', null))
    } else if (row?.state !== 'indexed' || !unchanged) {
      plan.read.push({ ...file, state: 'waiting' })
    }
  }
  const closed = [...scans.values()].flatMap((result) => result.closed.map((folder) => folder + sep))
  for (const row of known) {
    if (seen.has(row.path)) continue
    const outOfSight = scans.get(row.sourceId)?.problem || closed.some((folder) => row.path.startsWith(folder))
    if (!outOfSight) plan.gone.push(row)
    else if (rebuild) plan.later.push(emptied(row, 'waiting', null))
  }
  return plan
}
