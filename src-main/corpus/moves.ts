import { basename } from 'node:path'
import type { FileRow } from '../store/index.ts'
import { fileTitle } from './reading/document.ts'

/** A known file at its new place, and what its passages have to be told. */
export interface Move {
  file: FileRow
  title: { from: string; to: string } | null
}

/** Titles that are made of a file's name: without its extension, or (source code) with it. */
function retitled(from: FileRow, to: FileRow): Move['title'] {
  for (const nameOf of [fileTitle, basename]) {
    if (from.title === nameOf(from.path) && nameOf(from.path) !== nameOf(to.path)) {
      return { from: from.title, to: nameOf(to.path) }
    }
  }
  return null
}

/**
 * Finds the files that are at another place now: one is gone and one is new with the same content. Only new files of the
 * size of a gone one are looked into.
 *
 * @param hashOf the content's hash; null when it cannot be told
 * @returns the moves; files that moved are no longer among `gone` and `added`
 */
export async function findMoves(
  gone: readonly FileRow[],
  added: readonly FileRow[],
  hashOf: (file: FileRow) => Promise<string | null>,
): Promise<{ moves: Move[]; gone: FileRow[]; added: FileRow[] }> {
  const left = new Set(gone)
  const bySize = Map.groupBy(
    gone.filter((row) => row.state === 'indexed' && row.contentHash !== null),
    (row) => row.sizeBytes,
  )
  const moves: Move[] = []
  const fresh: FileRow[] = []
  for (const file of added) {
    const candidates = (bySize.get(file.sizeBytes) ?? []).filter((row) => left.has(row))
    const hash = candidates.length > 0 ? await hashOf(file) : null
    const same = candidates.filter((row) => row.contentHash === hash)
    const old = same.find((row) => row.inode === file.inode || basename(row.path) === basename(file.path)) ?? same[0]
    if (!old) {
      fresh.push(file)
      continue
    }
    left.delete(old)
    const { path, relativePath, sourceId, modifiedAt, inode } = file
    const title = retitled(old, file)
    moves.push({
      file: { ...old, path, relativePath, sourceId, modifiedAt, inode, title: title?.to ?? old.title },
      title,
    })
  }
  return { moves, gone: [...left], added: fresh }
}
