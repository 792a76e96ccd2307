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
  /** Files that were not known; all `waiting`. */
  added: FileRow[]
  /** Known files that changed or were not read yet; all `waiting`. */
  read: FileRow[]
  /** Files that the earlier index has the passages of, or that were looked at for it in vain. */
  taken: FileRow[]
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
  indexFingerprint: null,
  indexedAt: null,
  passages: 0,
  pages: null,
  error: null,
  warnings: [],
  inode: found.inode,
})

/** The file without anything that was read from it. */
export function emptied(file: FileRow, state: FileState, error: ErrorValue | null): FileRow {
  return { ...file, state, error, contentHash: null, indexedAt: null, passages: 0, pages: null, warnings: [] }
}

/** Size, time and number are the same: nobody wrote to it. */
const isUntouched = (row: FileRow | undefined, found: FoundFile): boolean =>
  row?.sizeBytes === found.sizeBytes &&
  row.modifiedAt === found.modifiedAt &&
  (row.inode === null || row.inode === found.inode)

/** Whether a file that was tried before has to be tried again, although nobody wrote to it. */
function isDue(row: FileRow, retry: boolean): boolean {
  if (row.state === 'waiting' || row.state === 'reading') return true
  // whatever kept it closed does not show on the file, and neither does another limit
  const closed = row.error?.code === 'PATH_UNREADABLE' || row.error?.code === 'PATH_MISSING'
  const unlimited = row.state === 'skipped' && row.error?.code === 'FILE_TOO_LARGE'
  return row.state !== 'indexed' && (retry || closed || unlimited)
}

export interface CompareOptions {
  /** The index that is written to: what was read for another one is read again. */
  index: string
  /** Try again what could not be read before, although it did not change. */
  retry: boolean
  /** An index that was made by the same chunker: what was read for it need not be read again. */
  earlier?: string | null
}

/**
 * Compares what is stored with what was found. Pure.
 *
 * @param known every stored file of what was looked through
 * @param scans one per source
 */
export function compare(
  libraryId: string,
  known: readonly FileRow[],
  scans: ReadonlyMap<string, ScanResult>,
  { index, retry, earlier = null }: CompareOptions,
): Plan {
  const plan: Plan = { gone: [], skipped: [], added: [], read: [], taken: [], later: [] }
  const closed = new Set([...scans.values()].flatMap((result) => result.closed))
  const closedFolders = [...closed].map((path) => path + sep)
  const rows = new Map(known.map((row) => [row.path, row]))
  const seen = new Set<string>()
  /** Whether what was found out about it for the earlier index still holds, as long as nobody wrote to it. */
  const holds = (row: FileRow): boolean =>
    earlier !== null &&
    row.indexFingerprint === earlier &&
    !isDue(row, retry) &&
    (row.state !== 'indexed' || row.contentHash !== null)
  for (const found of [...scans.values()].flatMap((result) => result.files)) {
    if (seen.has(found.path)) continue
    seen.add(found.path)
    const row = rows.get(found.path)
    if (row && closed.has(found.path)) continue
    const untouched = isUntouched(row, found)
    const file: FileRow = {
      ...(row ?? newFile(libraryId, found)),
      sizeBytes: found.sizeBytes,
      modifiedAt: found.modifiedAt,
      inode: found.inode,
      indexFingerprint: index,
      error: null,
    }
    if (found.skip) {
      const known = row?.state === 'skipped' && untouched && row.error?.message === found.skip.message
      if (!known) plan.skipped.push(emptied(file, 'skipped', found.skip))
    } else if (!row) {
      plan.added.push(file)
    } else if (untouched && holds(row)) {
      plan.taken.push({ ...row, indexFingerprint: index })
    } else if (row.indexFingerprint !== index) {
      plan.read.push({ ...file, state: 'waiting', contentHash: null })
    } else if (!untouched || isDue(row, retry)) {
      plan.read.push({ ...file, state: 'waiting' })
    }
  }
  for (const row of known) {
    if (seen.has(row.path)) continue
    const outOfSight = scans.get(row.sourceId)?.problem || closedFolders.some((folder) => row.path.startsWith(folder))
    if (!outOfSight) plan.gone.push(row)
    else if (row.state === 'indexed' && holds(row)) plan.taken.push({ ...row, indexFingerprint: index })
    else if (row.indexFingerprint !== index)
      plan.later.push({ ...emptied(row, 'waiting', null), indexFingerprint: index })
  }
  return plan
}
