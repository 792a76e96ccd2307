import { basename } from 'node:path'
import type { LibraryRules } from '../contract/index.ts'
import { isMatch, type Pattern, parsePatterns } from './patterns.ts'

/** Why something in a folder is not even looked at: nobody wants to hear about each of these. */
export const leftOutReasons = ['hidden', 'system', 'ignored', 'excluded'] as const
export type LeftOut = (typeof leftOutReasons)[number]

/** Files that say what is to be ignored in their folder and below; what the later one says counts more. */
export const IGNORE_FILES: readonly string[] = ['.gitignore', '.lagottoignore']

/** Folders and files that programs keep for themselves. */
const SYSTEM = new Set(['node_modules', '__pycache__', '__macosx', 'system volume information', 'lost+found'])
const SYSTEM_FILES = new Set(['thumbs.db', 'desktop.ini'])

/** What the ignore files of a folder and of those above it say. */
export interface IgnoreChain {
  /** How many folders there are above this one, up to the source. */
  depth: number
  patterns: readonly Pattern[]
  above: IgnoreChain | null
}

/** Adds what the ignore files of a folder say (their texts, in the order of {@link IGNORE_FILES}). */
export function withIgnoreFiles(
  above: IgnoreChain | null,
  depth: number,
  texts: readonly string[],
): IgnoreChain | null {
  const patterns = parsePatterns(texts.flatMap((text) => text.split('\n')))
  return patterns.length === 0 ? above : { depth, patterns, above }
}

/** The last line of the nearest file that is about the path decides. */
function isIgnored(chain: IgnoreChain | null, path: readonly string[], isFolder: boolean): boolean {
  for (let level = chain; level !== null; level = level.above) {
    const below = path.slice(level.depth)
    const decisive = level.patterns.findLast((pattern) => isMatch(pattern, below, isFolder))
    if (decisive) return !decisive.negated
  }
  return false
}

const lower = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase())

/** Whether nothing that happens to this path matters: hidden files, and what programs lay beside a file that is open. */
export function isNoise(path: string): boolean {
  const name = basename(path)
  return (name.startsWith('.') && !IGNORE_FILES.includes(name)) || name.startsWith('~$')
}

/** Decides which files and folders of a source belong to the library. A person's own patterns know no case. */
export class Selection {
  readonly #include: readonly Pattern[]
  readonly #exclude: readonly Pattern[]

  constructor({ include, exclude }: LibraryRules) {
    this.#include = parsePatterns(lower(include))
    this.#exclude = parsePatterns(lower(exclude))
  }

  /**
   * Why the file or folder is left out; null when it is not.
   *
   * @param path its folders and its name, below the source
   */
  leftOut(path: readonly string[], isFolder: boolean, chain: IgnoreChain | null): LeftOut | null {
    const name = path.at(-1) ?? ''
    if (name.startsWith('.')) return 'hidden'
    if (/^(?:~\$|\$)/.test(name) || SYSTEM.has(name.toLowerCase()) || SYSTEM_FILES.has(name.toLowerCase())) {
      return 'system'
    }
    const own = lower(path)
    const decisive = this.#exclude.findLast((pattern) => isMatch(pattern, own, isFolder))
    if (decisive && !decisive.negated) return 'excluded'
    if (!isFolder && this.#include.length > 0 && !this.#includes(own)) return 'excluded'
    return isIgnored(chain, path, isFolder) ? 'ignored' : null
  }

  #includes(path: readonly string[]): boolean {
    return path.some((_, i) =>
      this.#include.some((pattern) => isMatch(pattern, path.slice(0, i + 1), i < path.length - 1)),
    )
  }
}
