/**
 * Patterns as `.gitignore` has them (gitignore(5)). They come from any folder that a person adds, so matching takes time
 * in proportion to pattern times name, whatever both are: no regular expression is made of them.
 */

/** One line of an ignore file. */
export interface Pattern {
  /** Between the slashes; `**` stands for any number of folders. */
  segments: readonly (readonly Token[] | '**')[]
  /** A match takes back what an earlier line said. */
  negated: boolean
  /** Only folders match. */
  folderOnly: boolean
}

/** A character as it is, one of some, any one, or any number of them. */
type Token = string | { ranges: readonly (readonly [string, string])[]; negated: boolean } | '?any' | '*any'

/** Longer lines are no patterns. */
const MAX_LINE = 1000

/** `[a-z]` from the bracket on; null when it is never closed. */
function charClass(glob: string, at: number): { token: Token; next: number } | null {
  let i = at + 1
  const negated = glob[i] === '!' || glob[i] === '^'
  if (negated) i++
  const ranges: [string, string][] = []
  for (let first = true; i < glob.length && (glob[i] !== ']' || first); first = false) {
    if (glob[i] === '\\') i++
    const from = glob[i++] ?? ''
    const isRange = glob[i] === '-' && glob[i + 1] !== undefined && glob[i + 1] !== ']'
    if (isRange) i++
    ranges.push([from, isRange ? (glob[i++] ?? from) : from])
  }
  return glob[i] === ']' ? { token: { ranges, negated }, next: i + 1 } : null
}

function tokens(glob: string): Token[] {
  const list: Token[] = []
  for (let i = 0; i < glob.length; ) {
    const char = glob[i] as string
    const found = char === '[' ? charClass(glob, i) : null
    if (found) {
      list.push(found.token)
      i = found.next
    } else if (char === '*') {
      if (list.at(-1) !== '*any') list.push('*any')
      i++
    } else if (char === '?') {
      list.push('?any')
      i++
    } else {
      const escaped = char === '\\' && i + 1 < glob.length
      list.push(escaped ? (glob[i + 1] as string) : char)
      i += escaped ? 2 : 1
    }
  }
  return list
}

/** The pattern of one line; null for empty lines and comments. */
function parseLine(line: string): Pattern | null {
  let end = line.length
  // white space at the end counts only when it is escaped
  while (end > 0 && /\s/.test(line[end - 1] as string) && line[end - 2] !== '\\') end--
  const trimmed = line.slice(0, end)
  if (trimmed === '' || trimmed.startsWith('#') || trimmed.length > MAX_LINE) return null
  const negated = trimmed.startsWith('!')
  const body = negated ? trimmed.slice(1) : trimmed
  const folderOnly = body.endsWith('/')
  const path = folderOnly ? body.slice(0, -1) : body
  const parts = path.split('/').filter((part, i) => part !== '' || i > 0)
  if (parts.every((part) => part === '')) return null
  const anchored = path.includes('/')
  const segments = parts.map((part) => (part === '**' ? part : tokens(part)))
  // `logs/**` is what lies in the folder, not the folder
  if (parts.length > 1 && parts.at(-1) === '**') segments.push(tokens('*'))
  return { segments: anchored ? segments : ['**', ...segments], negated, folderOnly }
}

/** The patterns of an ignore file, in the order of its lines. */
export function parsePatterns(lines: readonly string[]): Pattern[] {
  return lines.flatMap((line) => parseLine(line) ?? [])
}

const isOne = (token: Token | undefined, char: string): boolean => {
  if (token === undefined || token === '*any') return false
  if (token === '?any') return true
  if (typeof token === 'string') return token === char
  return token.ranges.some(([from, to]) => char >= from && char <= to) !== token.negated
}

/**
 * Whether a list of things matches a list of wanted ones, some of which stand for any number of things: the last such
 * one takes one thing more whenever what follows does not fit.
 */
function matchAll<W, T>(
  wanted: readonly W[],
  things: ArrayLike<T>,
  isAny: (wanted: W) => boolean,
  fits: (wanted: W, thing: T) => boolean,
): boolean {
  let w = 0
  let star = -1
  let resume = 0
  for (let t = 0; t < things.length; ) {
    const next = wanted[w]
    if (next !== undefined && isAny(next)) {
      star = w++
      resume = t
    } else if (next !== undefined && fits(next, things[t] as T)) {
      w++
      t++
    } else if (star >= 0) {
      w = star + 1
      t = ++resume
    } else return false
  }
  while (w < wanted.length && isAny(wanted[w] as W)) w++
  return w === wanted.length
}

const matchesName = (glob: readonly Token[], name: string): boolean =>
  matchAll(glob, name, (token) => token === '*any', isOne)

/**
 * Whether a pattern is about a path.
 *
 * @param path its folders and its name, below the folder that the pattern was found in
 */
export function isMatch({ segments, folderOnly }: Pattern, path: readonly string[], isFolder: boolean): boolean {
  if (folderOnly && !isFolder) return false
  return matchAll(
    segments,
    path,
    (segment) => segment === '**',
    (segment, name) => segment !== '**' && matchesName(segment, name),
  )
}

/** A text as a pattern that stands for nothing but itself. */
export function literalPattern(relativePath: string): string {
  return `/${relativePath.replace(/[\\*?[\]!#\s]/g, '\\$&')}`
}
