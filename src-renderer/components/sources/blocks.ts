/** A piece of a document that is drawn as one row. */
export interface Block {
  start: number
  text: string
  /** Level of the heading that begins here; 0 for plain text. */
  heading: number
  /** Page that begins with this block, where the format has pages. */
  page: number | null
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
): Block[] {
  const levels = new Map(headings.map(({ level, offset }) => [offset, level]))
  const blocks: Block[] = []
  let nextPage = 0
  let start = 0
  const add = (end: number) => {
    let page: number | null = null
    while (nextPage < pageStarts.length && (pageStarts[nextPage] as number) <= start) page = ++nextPage
    let heading = 0
    for (const [offset, level] of levels) {
      if (offset >= start && offset < Math.max(end, start + 1)) heading = level
      if (offset < end) levels.delete(offset)
      else break
    }
    blocks.push({ start, text: text.slice(start, end), heading, page })
  }
  while (start < text.length) {
    const newline = text.indexOf('\n', start)
    const lineEnd = newline === -1 ? text.length : newline
    const page = pageStarts[nextPage]
    const pageBreak = page !== undefined && page > start && page < lineEnd ? page : lineEnd
    if (pageBreak - start <= LONGEST) {
      add(pageBreak)
      start = pageBreak === newline ? pageBreak + 1 : pageBreak
    } else {
      const space = text.lastIndexOf(' ', start + LONGEST)
      const end = space > start ? space + 1 : start + LONGEST
      add(end)
      start = end
    }
  }
  return blocks
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
