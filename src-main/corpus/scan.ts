import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import type { AppError, ErrorValue, Source } from '../contract/index.ts'
import { appError } from '../contract/index.ts'
import { fileErrors, fromSystemError } from './reading/errors.ts'
import { isSupported } from './reading/formats.ts'
import { unsupportedType } from './reading/read-file.ts'

/** A file that a source holds, or a folder in it that cannot be looked into. */
export interface FoundFile {
  sourceId: string
  path: string
  /** Below the source, with `/` between folders. */
  relativePath: string
  sizeBytes: number
  /** ms since 1970 */
  modifiedAt: number
  /** Why it is not to be read. */
  skip: ErrorValue | null
}

export interface ScanResult {
  files: FoundFile[]
  /** Folders that could not be looked into: nothing is known about the files below them. */
  closed: string[]
  /** The source itself is not there or cannot be read: nothing is known about its files. */
  problem: AppError | null
}

/** Folders and files that programs keep for themselves; hidden ones are left out as well. */
const IGNORED = new Set(['node_modules', '__pycache__', '__MACOSX', 'System Volume Information', 'lost+found'])
const IGNORED_PREFIX = /^(?:\.|~\$|\$)/
const IGNORED_FILES = new Set(['thumbs.db', 'desktop.ini'])
const AT_ONCE = 64

const isIgnored = (name: string): boolean =>
  IGNORED_PREFIX.test(name) || IGNORED.has(name) || IGNORED_FILES.has(name.toLowerCase())

function sourceProblem(source: Source, error: unknown): AppError {
  const code = (error as { code?: unknown }).code
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return appError(
      'PATH_MISSING',
      `“${source.path}” is not there.`,
      'Connect the disk it is on and refresh the library, or remove it from the library.',
      { stillWorks: 'What was read from it before can still be searched.', cause: error },
    )
  }
  return appError(
    'PATH_UNREADABLE',
    `“${source.path}” cannot be opened.`,
    'Allow Lagotto to read it and refresh the library, or remove it from the library.',
    { stillWorks: 'What was read from it before can still be searched.', detail: String(error), cause: error },
  )
}

/**
 * Lists the files of a source: folders with all that is below them, without hidden files and without following symbolic
 * links. Nothing is opened.
 *
 * @param onFound told how many files there are so far
 * @throws the signal's reason when aborted
 */
export async function scan(
  source: Source,
  signal?: AbortSignal,
  onFound: (count: number) => void = () => undefined,
): Promise<ScanResult> {
  const files: FoundFile[] = []
  const closed: string[] = []
  const found = async (path: string, relativePath: string): Promise<void> => {
    const info = await stat(path).catch((error: unknown) => {
      // Bytes of a name that are no UTF-8 are shown as U+FFFD, and no file answers to such a name.
      if (path.includes('\ufffd')) return null
      throw error
    })
    const skip = info === null ? fileErrors.badName().value : isSupported(path) ? null : unsupportedType(path).value
    const { size: sizeBytes, mtimeMs: modifiedAt } = info ?? { size: 0, mtimeMs: 0 }
    files.push({ sourceId: source.id, path, relativePath, sizeBytes, modifiedAt, skip })
  }

  try {
    if ((await stat(source.path)).isFile()) {
      await found(source.path, basename(source.path))
      return { files, closed, problem: null }
    }
  } catch (error) {
    return { files, closed, problem: sourceProblem(source, error) }
  }

  const folders = [source.path]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const at = folder
    const below = (path: string): string => relative(source.path, path).split(sep).join('/')
    try {
      const entries = (await readdir(at, { withFileTypes: true })).filter((entry) => !isIgnored(entry.name))
      folders.push(...entries.filter((entry) => entry.isDirectory()).map((entry) => join(at, entry.name)))
      const names = entries.filter((entry) => entry.isFile()).map((entry) => join(at, entry.name))
      for (let i = 0; i < names.length; i += AT_ONCE) {
        signal?.throwIfAborted()
        // a file that vanished since the folder was listed is no longer there: nothing to say about it
        await Promise.allSettled(names.slice(i, i + AT_ONCE).map((path) => found(path, below(path))))
        onFound(files.length)
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (at === source.path) return { files, closed, problem: sourceProblem(source, error) }
      closed.push(at)
      const reason = fromSystemError(error, at)
      const skip = (reason === error ? fileErrors.unreadable(at, error) : (reason as AppError)).value
      files.push({ sourceId: source.id, path: at, relativePath: below(at), sizeBytes: 0, modifiedAt: 0, skip })
    }
  }
  return { files, closed, problem: null }
}
