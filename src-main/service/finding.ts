import { extname, isAbsolute, resolve, sep } from 'node:path'
import type { Explanation, LibraryFile, SearchFilter } from '../contract/index.ts'
import type { FileQuery, FileRow, LibraryStore, SearchableFile } from '../store/index.ts'

const slashed = (path: string): string => path.split(sep).join('/')

/** Whether a file fulfills every condition of a filter. */
function fits(file: SearchableFile, { folder, types, after, before, title }: SearchFilter): boolean {
  if (folder !== undefined) {
    const below = isAbsolute(folder)
      ? `${slashed(resolve(folder))}/`
      : `${slashed(folder).replace(/^\.?\/+|\/+$/g, '')}/`
    const path = slashed(isAbsolute(folder) ? file.path : file.relativePath)
    if (!path.startsWith(below)) return false
  }
  const type = extname(file.path).slice(1).toLowerCase()
  if (types && types.length > 0 && !types.some((wanted) => wanted.toLowerCase().replace(/^\./, '') === type))
    return false
  if (after !== undefined && file.modifiedAt < after) return false
  if (before !== undefined && file.modifiedAt >= before) return false
  const name = title?.toLowerCase()
  return name === undefined || `${file.title}\n${file.relativePath}`.toLowerCase().includes(name)
}

/** The ids of the files that a search looks into; undefined without a filter: all. */
export function filesWithin(
  store: LibraryStore,
  libraryId: string,
  filter: SearchFilter | undefined,
): ReadonlySet<string> | undefined {
  if (!filter || Object.values(filter).every((condition) => condition === undefined)) return undefined
  return new Set(
    store
      .searchable(libraryId)
      .filter((file) => fits(file, filter))
      .map(({ id }) => id),
  )
}

/** Of a file that is not in the index it is known why. */
export function withFileState(explanation: Explanation, { state, error }: LibraryFile): Explanation {
  if (explanation.outcome !== 'not-indexed') return explanation
  const reason = error
    ? `${error.message} ${error.action}`
    : state === 'indexed'
      ? explanation.reason
      : 'This document has not been read yet.'
  return { ...explanation, reason }
}

/** The PDF files of a library in which pages have no text of their own. */
export function scansOf(store: LibraryStore, libraryId: string): FileRow[] {
  const found = (query: Partial<FileQuery>): FileRow[] =>
    store.files(libraryId, { filter: '.pdf', offset: 0, limit: Number.MAX_SAFE_INTEGER, ...query }).files
  const empty = found({ state: 'failed' }).filter(({ error }) => error?.code === 'FILE_EMPTY')
  return [...empty, ...found({ state: 'indexed', warned: true })]
}
