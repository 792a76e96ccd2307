import type { Block } from './blocks.ts'

/** Whether a file of that name holds Markdown. */
export const isMarkdown = (path: string): boolean => /\.(md|markdown|mdx)$/i.test(path)

/** A stretch of a text that is shown, with where it begins in the document. */
export interface Piece {
  start: number
  text: string
}

/**
 * What only says how something looks: the marks of headings and quotations, of links and pictures (their words stay), of
 * emphasis, strong words and code, escapes, and the line below the names of a table's columns.
 */
const MARKUP =
  /^ {0,3}#{1,6}(?: +|$)|(?<=\S) +#+ *$|^ {0,3}(?:> ?)+|^[ |:]*-{3,}[-| :]*$|!?\[(?=[^\]\n]*\]\()|(?<=\[[^\]\n]*)\]\((?:[^()\s]|\([^()\s]*\))*(?: +"[^"]*")?\)|(?<!\\)\*{1,3}(?=\S)|(?<=[^\s\\])\*{1,3}|(?<![\p{L}\p{N}_\\])_{1,3}(?=\S)|(?<=[^\s\\])_{1,3}(?![\p{L}\p{N}_])|`+|\\(?=[!-/:-@[-`{-~])|<\/?[a-zA-Z][^<>\n]*>/gu

/** The pieces of one line of Markdown that are not markup. */
export function visiblePieces({ start, text }: Pick<Block, 'start' | 'text'>): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const { index, 0: markup } of text.matchAll(MARKUP)) {
    if (index > from) pieces.push({ start: start + from, text: text.slice(from, index) })
    from = index + markup.length
  }
  if (from < text.length) pieces.push({ start: start + from, text: text.slice(from) })
  return pieces
}

/** Which rows are code, as it stands in the file: those in fences, which are left out themselves (`null`). */
export function codeRows(blocks: readonly Pick<Block, 'text'>[]): (boolean | null)[] {
  let fence: string | null = null
  return blocks.map(({ text }) => {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(text)?.[1]
    if (fence === null && mark) {
      fence = mark
      return null
    }
    if (fence !== null && mark?.startsWith(fence)) {
      fence = null
      return null
    }
    return fence !== null
  })
}

/** A line of Markdown as it is read. */
export interface Line {
  start: number
  heading: boolean
  pieces: readonly Piece[]
}

/** The lines of a Markdown text from an offset on, without markup; what is code stays as it is. */
export function visibleLines(text: string, from = 0): Line[] {
  let end = -1
  const lines = text.split('\n').map((line) => {
    const start = end + 1
    end = start + line.length
    return { start, text: line }
  })
  const code = codeRows(lines)
  return lines.flatMap((line, i) => {
    if (code[i] === null || line.start + line.text.length < from) return []
    const pieces = code[i] ? [line] : visiblePieces(line)
    return {
      start: line.start,
      heading: !code[i] && /^ {0,3}#{1,6}(?: |$)/.test(line.text),
      pieces: pieces.flatMap(({ start, text }) => {
        const cut = Math.max(0, from - start)
        return cut < text.length ? { start: start + cut, text: text.slice(cut) } : []
      }),
    }
  })
}
