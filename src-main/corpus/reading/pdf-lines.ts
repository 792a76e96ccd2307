import { inReadingOrder, type PlacedText } from '../../contract/reading-order.ts'

interface TextItem extends PlacedText {
  height: number
}

interface Line {
  text: string
  /** Font size, and where the line begins across the reading direction and along it, in points. */
  size: number
  position: number
  start: number
}

/** A gap between baselines of more than this many font sizes begins a new paragraph. */
const PARAGRAPH_GAP = 1.75
/** A line that begins this many font sizes further in than the one before begins a new paragraph. */
const INDENT = 0.9

function toLines(items: readonly TextItem[]): Line[] {
  const lines: Line[] = []
  let current: Line | null = null
  for (const item of items) {
    if (item.str !== '') {
      if (!current) {
        const [a = 0, b = 0, , , x = 0, y = 0] = item.transform
        const upright = Math.abs(a) >= Math.abs(b)
        const size = Math.hypot(a, b) || item.height || 10
        // rotated text runs along y, and its lines follow each other along x
        current = { text: '', size, position: upright ? y : -x, start: upright ? x : y }
        lines.push(current)
      }
      current.text += item.str
    }
    if (item.hasEOL) current = null
  }
  return lines.filter((line) => /\S/.test(line.text))
}

/** CJK scripts do not put a space where a line ends. */
const WIDE = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/

function joined(above: string, below: string): string {
  const first = below[0] ?? ''
  if (/\u00ad$/.test(above)) return above.slice(0, -1) + below
  if (/\p{Ll}[-\u2010]$/u.test(above) && /\p{Ll}/u.test(first)) return above.slice(0, -1) + below
  if (WIDE.test(above.at(-1) ?? '') && WIDE.test(first) && !/[\uac00-\ud7af]/.test(first)) return above + below
  return `${above} ${below}`
}

function beginsParagraph(line: Line, above: Line): boolean {
  const gap = above.position - line.position
  if (gap < -line.size / 2 || gap > PARAGRAPH_GAP * Math.max(line.size, above.size)) return true
  if (Math.abs(line.size - above.size) > 0.15 * above.size) return true
  if (/^\s*(?:[-•‣▪●◦*]|\(?\d{1,2}[.)])\s/.test(line.text)) return true
  return line.start - above.start > INDENT * line.size && /[.:!?]["')\u201d]?\s*$/.test(above.text)
}

/**
 * Puts the runs of a page together: lines first, then paragraphs with their lines joined and words that were hyphenated
 * at a line's end made whole, in the order of {@link inReadingOrder}.
 */
export function pageBlocks(items: readonly TextItem[]): string[] {
  const blocks: string[] = []
  let above: Line | null = null
  for (const line of toLines(inReadingOrder(items))) {
    const text = line.text.replace(/\0/g, '').trim()
    const last = blocks.length - 1
    if (above && !beginsParagraph(line, above)) blocks[last] = joined(blocks[last] ?? '', text)
    else blocks.push(text)
    above = line
  }
  return blocks.map((block) => block.replace(/\u00ad/g, ''))
}
