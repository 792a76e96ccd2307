import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, sep } from 'node:path'
import { AppError, appError, type ErrorValue, type LibraryRules, type Source } from '../contract/index.ts'
import { fileErrors, fromSystemError } from './reading/errors.ts'
import { isSupported } from './reading/formats.ts'
import { unsupportedType } from './reading/read-file.ts'
import {
  IGNORE_FILES,
  type IgnoreChain,
  type LeftOut,
  leftOutReasons,
  Selection,
  withIgnoreFiles,
} from './selection.ts'

/** A file that a source holds, or a folder in it that cannot be looked into. */
export interface FoundFile {
  sourceId: string
  path: string
  /** Below the source, with `/` between folders. */
  relativePath: string
  sizeBytes: number
  /** ms since 1970 */
  modifiedAt: number
  /** Its number in its file system; null where there is none. */
  inode: number | null
  /** Why it is not to be read. */
  skip: ErrorValue | null
}

/** With its dot, in lower case; `''` has none. */
export const extensionOf = (file: FoundFile): string => extname(file.path).toLowerCase()

export const totalBytes = (files: readonly FoundFile[]): number => files.reduce((sum, file) => sum + file.sizeBytes, 0)

export interface ScanResult {
  files: FoundFile[]
  /** What could not be looked at or into: nothing is known about it and what lies below. */
  closed: string[]
  /** The source itself is not there or cannot be read: nothing is known about its files. */
  problem: AppError | null
  /** How many files and folders were not even looked at. */
  leftOut: Record<LeftOut, number>
  /** The file system that the source is on; null when that is not known. */
  device: number | null
  /** Nothing at all lies in the source. */
  bare: boolean
}

export interface ScanOptions {
  rules: LibraryRules
  /** The app's own folder: never looked into, wherever it lies. */
  own?: string | undefined
  /** Only these absolute paths and what lies below them; those outside of the source do not matter. */
  only?: readonly string[]
  signal?: AbortSignal | undefined
  /** Told how many files there are so far. */
  onFound?(count: number): void
  /** Told of each folder before it is looked into, so that it can be watched from then on. */
  onFolder?(path: string): void
}

const AT_ONCE = 64
const MAX_IGNORE_FILE_BYTES = 1_000_000

/** Why nothing can be said about the files of a source; see {@link Source.problem}. */
export function sourceProblem(source: Pick<Source, 'path'>, error: unknown): AppError {
  const code = (error as { code?: unknown } | null)?.code
  const stillWorks = 'What was read from it before can still be searched.'
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return appError(
      'PATH_MISSING',
      `“${source.path}” is not there.`,
      'Connect the disk it is on, or remove it from the library.',
      { stillWorks, cause: error },
    )
  }
  return appError(
    'PATH_UNREADABLE',
    `“${source.path}” cannot be opened.`,
    'Allow Lagotto to read it and refresh the library, or remove it from the library.',
    { stillWorks, detail: String(error), cause: error },
  )
}

/** One walk through a source. */
class Walk {
  readonly result: ScanResult
  readonly #source: Pick<Source, 'id' | 'path'>
  readonly #options: ScanOptions
  readonly #selection: Selection

  constructor(source: Pick<Source, 'id' | 'path'>, options: ScanOptions) {
    this.#source = source
    this.#options = options
    this.#selection = new Selection(options.rules)
    this.result = {
      files: [],
      closed: [],
      problem: null,
      leftOut: Object.fromEntries(leftOutReasons.map((reason) => [reason, 0])) as Record<LeftOut, number>,
      device: null,
      bare: false,
    }
  }

  async run(): Promise<ScanResult> {
    const { path } = this.#source
    try {
      const info = await stat(path)
      this.result.device = info.dev
      if (info.isFile()) {
        await this.#file(path, [basename(path)])
        return this.result
      }
      if (this.#options.only) await this.#touched(this.#options.only)
      else await this.#folders([{ path: [], chain: null }])
    } catch (error) {
      this.#options.signal?.throwIfAborted()
      this.result.problem = sourceProblem(this.#source, error)
    }
    return this.result
  }

  #isOwn(absolute: string): boolean {
    const { own } = this.#options
    return own !== undefined && (absolute === own || absolute.startsWith(own + sep))
  }

  #absolute(path: readonly string[]): string {
    return join(this.#source.path, ...path)
  }

  /** Looks at single paths: their ancestors only tell what is ignored. */
  async #touched(paths: readonly string[]): Promise<void> {
    for (const absolute of paths) {
      this.#options.signal?.throwIfAborted()
      if (absolute !== this.#source.path && !absolute.startsWith(this.#source.path + sep)) continue
      if (this.#isOwn(absolute)) continue
      const path = relative(this.#source.path, absolute).split(sep).filter(Boolean)
      const info = await lstat(absolute).catch(() => null)
      if (info === null) continue
      let chain: IgnoreChain | null = null
      let left: LeftOut | null = null
      for (let depth = 0; depth < path.length && left === null; depth++) {
        chain = await this.#chain(chain, path.slice(0, depth), IGNORE_FILES)
        left = this.#selection.leftOut(path.slice(0, depth + 1), depth + 1 < path.length || info.isDirectory(), chain)
      }
      if (left !== null) this.result.leftOut[left]++
      else if (info.isDirectory()) await this.#folders([{ path, chain }])
      else if (info.isSymbolicLink()) this.#skipped(path, fileErrors.link())
      else if (info.isFile()) await this.#file(absolute, path)
    }
  }

  /** What is to be ignored in a folder and below, of the ignore files among the names in it. */
  async #chain(
    above: IgnoreChain | null,
    path: readonly string[],
    names: readonly string[],
  ): Promise<IgnoreChain | null> {
    const texts: string[] = []
    for (const name of IGNORE_FILES.filter((file) => names.includes(file))) {
      const file = join(this.#absolute(path), name)
      const size = (await lstat(file).catch(() => null))?.size ?? Number.POSITIVE_INFINITY
      if (size <= MAX_IGNORE_FILE_BYTES) texts.push(await readFile(file, 'utf8').catch(() => ''))
    }
    return texts.length === 0 ? above : withIgnoreFiles(above, path.length, texts)
  }

  async #folders(stack: { path: readonly string[]; chain: IgnoreChain | null }[]): Promise<void> {
    const { signal, onFolder, onFound } = this.#options
    for (let folder = stack.pop(); folder !== undefined; folder = stack.pop()) {
      const { path } = folder
      const at = this.#absolute(path)
      try {
        onFolder?.(at)
        const entries = await readdir(at, { withFileTypes: true })
        if (path.length === 0 && entries.length === 0) this.result.bare = true
        const chain = await this.#chain(
          folder.chain,
          path,
          entries.map((entry) => entry.name),
        )
        const files: string[] = []
        for (const entry of entries) {
          const below = [...path, entry.name]
          const own = entry.isDirectory() && this.#isOwn(join(at, entry.name))
          const left = own ? 'system' : this.#selection.leftOut(below, entry.isDirectory(), chain)
          if (left !== null) this.result.leftOut[left]++
          else if (entry.isDirectory()) stack.push({ path: below, chain })
          else if (entry.isSymbolicLink()) this.#skipped(below, fileErrors.link())
          else if (entry.isFile()) files.push(entry.name)
        }
        for (let i = 0; i < files.length; i += AT_ONCE) {
          signal?.throwIfAborted()
          await Promise.all(files.slice(i, i + AT_ONCE).map((name) => this.#file(join(at, name), [...path, name])))
          onFound?.(this.result.files.length)
        }
      } catch (error) {
        signal?.throwIfAborted()
        if (path.length === 0) throw error
        this.result.closed.push(at)
        const reason = fromSystemError(error, at)
        this.#skipped(path, reason === error ? fileErrors.unreadable(at, error) : (reason as AppError))
      }
    }
  }

  #skipped(path: readonly string[], reason: AppError): void {
    this.#add(this.#absolute(path), path, { size: 0, mtimeMs: 0, ino: null }, reason.value)
  }

  async #file(absolute: string, path: readonly string[]): Promise<void> {
    const info = await stat(absolute).catch((error: unknown) => {
      // Bytes of a name that are no UTF-8 are shown as U+FFFD, and no file answers to such a name.
      if (absolute.includes('\ufffd')) return fileErrors.badName()
      const reason = fromSystemError(error, absolute)
      // one that vanished since the folder was listed is no longer there: nothing to say about it
      if (reason instanceof AppError && reason.code === 'PATH_MISSING') return null
      this.result.closed.push(absolute)
      return fileErrors.unreadable(absolute, error)
    })
    if (info === null) return
    if (info instanceof AppError) return this.#skipped(path, info)
    const { maxFileBytes } = this.#options.rules
    const tooLarge = info.size > maxFileBytes ? fileErrors.tooLarge(maxFileBytes).value : null
    this.#add(absolute, path, info, isSupported(absolute) ? tooLarge : unsupportedType(absolute).value)
  }

  #add(
    absolute: string,
    path: readonly string[],
    info: { size: number; mtimeMs: number; ino: number | null },
    skip: ErrorValue | null,
  ): void {
    this.result.files.push({
      sourceId: this.#source.id,
      path: absolute,
      relativePath: path.join('/'),
      sizeBytes: info.size,
      modifiedAt: info.mtimeMs,
      inode: info.ino,
      skip,
    })
  }
}

/**
 * Lists the files of a source: folders with all that is below them, but for what {@link Selection} leaves out. Symbolic
 * links are named, never followed. No document is opened.
 *
 * @throws the signal's reason when aborted
 */
export function scan(source: Pick<Source, 'id' | 'path'>, options: ScanOptions): Promise<ScanResult> {
  return new Walk(source, options).run()
}

/**
 * The paths that have to be looked at when these were touched: folders whose ignore files changed as a whole, and
 * nothing twice.
 */
export function widened(paths: Iterable<string>): string[] {
  const all = new Set([...paths].map((path) => (IGNORE_FILES.includes(basename(path)) ? dirname(path) : path)))
  const isBelowAnother = (path: string): boolean => {
    for (let above = dirname(path); above !== dirname(above); above = dirname(above)) if (all.has(above)) return true
    return false
  }
  return [...all].filter((path) => !isBelowAnother(path))
}
