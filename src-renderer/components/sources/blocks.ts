/** A piece of a document that is drawn as one row. */
export interface Block {
  start: number
  text: string
  /** Level of the heading that begins here; 0 for plain text. */
  heading: number
  /** Page that begins with this block, where the format has pages. */
  page: number | null
  /** Whether it is a row of a table: the one that names the columns, or another. */
  row: 'header' | 'row' | null
}

const LONGEST = 1_500

/**
 * Cuts a document into rows: at line ends, at page starts, and inside very long lines at spaces, so that a row is never
 * long to lay out. Every character of the text but the line ends is in exactly one row.
 */
export function toBlocks(
  text: string,
  pageStarts: readonly number[],
  headings: readonly { level: number; offset: number }[],
  tables: readonly { start: number; end: number }[],
): Block[] {
  const blocks: Block[] = []
  let start = 0
  let pages = 0
  let titles = 0
  let table = 0
  while (start < text.length) {
    let page: number | null = null
    while ((pageStarts[pages] ?? text.length) <= start) page = ++pages
    const newline = text.indexOf('\n', start)
    const lineEnd = newline === -1 ? text.length : newline
    const end = cutLine(text, start, Math.min(lineEnd, pageStarts[pages] ?? text.length))
    let heading = 0
    while ((headings[titles]?.offset ?? text.length) <= Math.max(start, end - 1)) {
      const { offset, level } = headings[titles++] as { offset: number; level: number }
      if (offset >= start) heading = level
    }
    while ((tables[table]?.end ?? text.length) <= start) table++
    const { start: first } = tables[table] ?? { start: text.length }
    const row = start < first || end === start ? null : start === first ? 'header' : 'row'
    blocks.push({ start, text: text.slice(start, end), heading, page, row })
    start = end === newline ? end + 1 : end
  }
  return blocks
}

/** The cells of a table's row, with where each begins in the document. */
export function cellsOf(
  { start, text }: Pick<Block, 'start' | 'text'>,
  separator: string,
): { start: number; text: string }[] {
  let at = start
  return text.split(separator).map((cell) => {
    const begin = at
    at += cell.length + separator.length
    return { start: begin, text: cell }
  })
}

/** Where a row that begins at `start` ends: at `end`, or before it at the last space that keeps the row short. */
function cutLine(text: string, start: number, end: number): number {
  if (end - start <= LONGEST) return end
  const space = text.lastIndexOf(' ', start + LONGEST - 1)
  return space > start ? space + 1 : start + LONGEST
}

/** Index of the row that holds an offset: the last one that begins at or before it. */
export function blockAt(blocks: readonly Block[], offset: number): number {
  let low = 0
  let high = blocks.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((blocks[middle] as Block).start <= offset) low = middle
    else high = middle - 1
  }
  return low
}
