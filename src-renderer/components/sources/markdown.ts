import type { Block } from './blocks.ts'

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
export function codeRows(blocks: readonly Block[]): (boolean | null)[] {
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
