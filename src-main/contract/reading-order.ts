/** A run of text on a PDF page, as pdf.js gives it. */
export interface PlacedText {
  str: string
  /** `ltr`, `rtl` or `ttb` */
  dir: string
  /** [a, b, c, d, x, y]: maps the run's own coordinates to the page's, in points. */
  transform: number[]
  /** In points. */
  width: number
  /** Whether a line ends here. */
  hasEOL: boolean
}

/** A stretch along a line, in points. */
interface Span {
  left: number
  right: number
}

/** Runs that follow each other in the file on one baseline. */
interface Row<T> {
  items: T[]
  baseline: number
  /** Font size, in points. */
  size: number
  /** Where there is text, from left to right: apart by at least a gutter. */
  spans: Span[]
}

/** Rows under each other that leave a gutter free: those from `start` until `end`. */
interface Band {
  start: number
  end: number
  gutter: Span
}

/** Runs this close to a baseline, in font sizes, stand on it: indices do. */
const ON_BASELINE = 0.5
/** What is free between two columns, in font sizes, at the least. */
const GUTTER = 0.8
/** A band ends where its next row is further down, in font sizes. */
const ROW_GAP = 2.5
/** So many rows have text on both sides of a gutter. Fewer can be a letterhead or a list of authors. */
const MIN_ROWS = 4
/** No band has more rows than this: no page that people read does. */
const MAX_ROWS = 500
/** Running text is this wide, in font sizes, at the least: about 20 Latin letters. */
const MIN_WIDTH = 10
/** A line of running text takes this share of its column; lines that end a paragraph do not. */
const FULL_LINE = 0.75
/** At least this share of the lines of running text is full. */
const FULL_LINES = 0.6
/** At least this share begins in the middle of a sentence: cells of a table seldom do. */
const CONTINUED_LINES = 0.25
/** At most this share of the lines has a gap inside, as the rows of a table have. */
const GAPPED_LINES = 0.25

const hasText = (item: PlacedText): boolean => item.str.trim() !== ''
const left = (item: PlacedText): number => item.transform[4] ?? 0
const baseline = (item: PlacedText): number => item.transform[5] ?? 0
const size = ({ transform: [a = 0, b = 0] }: PlacedText): number => Math.hypot(a, b)
const upright = ({ transform: [a = 0, b = 0] }: PlacedText): boolean => a > 0 && Math.abs(b) < 0.01 * a

/** Where items have text, from left to right. */
function spansOf(items: readonly PlacedText[], fontSize: number): Span[] {
  const spans: Span[] = []
  const sorted = items.filter(hasText).sort((a, b) => left(a) - left(b))
  for (const item of sorted) {
    const right = left(item) + item.width
    const last = spans.at(-1)
    if (last && left(item) - last.right < GUTTER * fontSize) last.right = Math.max(last.right, right)
    else spans.push({ left: left(item), right })
  }
  return spans
}

/** Rows in the file's order. What is not upright is a row without spans. */
function toRows<T extends PlacedText>(items: readonly T[]): Row<T>[] {
  const rows: Row<T>[] = []
  let current: Row<T> | null = null
  for (const item of items) {
    const fits =
      current !== null &&
      (!hasText(item) ||
        (upright(item) &&
          Math.abs(baseline(item) - current.baseline) < ON_BASELINE * Math.max(current.size, size(item))))
    if (current && fits) {
      current.items.push(item)
      current.size = Math.max(current.size, size(item))
    } else {
      current = { items: [item], baseline: upright(item) ? baseline(item) : Number.NaN, size: size(item), spans: [] }
      rows.push(current)
    }
  }
  for (const row of rows) if (!Number.isNaN(row.baseline)) row.spans = spansOf(row.items, row.size)
  return rows
}

/** The widest gap of a row; null: it has none. */
function widestGap({ spans }: Row<unknown>): Span | null {
  const gaps = spans.slice(1).map((span, i) => ({ left: spans[i]?.right ?? 0, right: span.left }))
  return gaps.reduce<Span | null>((best, gap) => {
    return best && best.right - best.left >= gap.right - gap.left ? best : gap
  }, null)
}

const middle = ({ left, right }: Span): number => (left + right) / 2

/** What a row leaves free of a gutter; null: it runs across, or leaves too little. */
function narrowed(gutter: Span, { spans, size }: Row<unknown>): Span | null {
  const at = middle(gutter)
  const rest = { ...gutter }
  for (const span of spans) {
    if (middle(span) < at) rest.left = Math.max(rest.left, span.right)
    else rest.right = Math.min(rest.right, span.left)
  }
  return rest.right - rest.left >= GUTTER * size ? rest : null
}

/** The band that begins with a row; null: the row has no gap. */
function bandFrom(rows: readonly Row<unknown>[], start: number): Band | null {
  let above = rows[start]
  let gutter = above ? widestGap(above) : null
  if (!above || !gutter) return null
  let end = start + 1
  for (const row of rows.slice(end, end + MAX_ROWS)) {
    const step = above.baseline - row.baseline
    const follows = row.spans.length > 0 && step > 0 && step <= ROW_GAP * row.size
    const rest: Span | null = follows ? narrowed(gutter, row) : null
    if (!rest) break
    gutter = rest
    above = row
    end++
  }
  return { start, end, gutter }
}

/** The items of a row on each side of a gutter; the last one of a side ends a line. */
function sidesOf<T extends PlacedText>(row: Row<T>, gutter: Span): [T[], T[]] {
  const sides: [T[], T[]] = [[], []]
  let side: 0 | 1 = 0
  for (const item of row.items) {
    if (hasText(item)) side = left(item) < middle(gutter) ? 0 : 1
    sides[side].push(item)
  }
  return sides.map((items) => items.map((item, i) => (i === items.length - 1 ? { ...item, hasEOL: true } : item))) as [
    T[],
    T[],
  ]
}

/** Whether lines under each other look like running text, not like the cells of a table or the entries of a list. */
function isRunningText(lines: readonly PlacedText[][], fontSize: number): boolean {
  const spans = lines.map((line) => spansOf(line, fontSize))
  const widths = spans.map((line) => (line.at(-1)?.right ?? 0) - (line[0]?.left ?? 0))
  const start = Math.min(...spans.map((line) => line[0]?.left ?? 0))
  const width = Math.max(...spans.map((line) => line.at(-1)?.right ?? 0)) - start
  const share = (count: number): number => count / lines.length
  const continued = lines.filter((line) => /^\s*[\p{Ll}\p{Lo}]/u.test(line.map(({ str }) => str).join('')))
  return (
    width >= MIN_WIDTH * fontSize &&
    share(widths.filter((own) => own >= FULL_LINE * width).length) >= FULL_LINES &&
    share(continued.length) >= CONTINUED_LINES &&
    share(spans.filter((line) => line.length > 1).length) <= GAPPED_LINES
  )
}

/** What all rows leave free of the widest gap of the first row that has one; null: there is none. */
function gutterThrough(rows: readonly Row<unknown>[]): Span | null {
  let gutter = rows.map(widestGap).find((gap) => gap !== null) ?? null
  for (const row of rows) gutter = gutter && narrowed(gutter, row)
  return gutter
}

/** Whether enough rows have text on both sides of a gutter for columns. */
const haveColumns = (sides: readonly [PlacedText[], PlacedText[]][]): boolean =>
  sides.filter((row) => row.every((side) => side.some(hasText))).length >= MIN_ROWS

/**
 * The columns on both sides of a gutter, from left to right, as lines of items; null: they are not all running text. A side
 * that is no single column can hold several.
 *
 * @param sides of each row
 */
function columnsOf<T extends PlacedText>(sides: readonly [T[], T[]][], fontSize: number): T[][][] | null {
  const columns: T[][][] = []
  for (const side of [0, 1] as const) {
    const lines = sides.flatMap((row) => (row[side].some(hasText) ? [row[side]] : []))
    const inner = isRunningText(lines, fontSize) ? [lines] : columnsWithin(lines.flatMap(toRows), fontSize)
    if (!inner) return null
    columns.push(...inner)
  }
  return columns
}

/** The same of rows that lie on one side of a gutter, if another one runs through all of them. */
function columnsWithin<T extends PlacedText>(rows: readonly Row<T>[], fontSize: number): T[][][] | null {
  const gutter = gutterThrough(rows)
  const sides = gutter ? rows.map((row) => sidesOf(row, gutter)) : []
  return haveColumns(sides) ? columnsOf(sides, fontSize) : null
}

/**
 * The runs of a page in the order in which they are read. The order is the file's own, but for columns that the file has
 * row by row (first line of the left one, first line of the next one, …, second line of the left one, …): there they come one
 * after the other, from left to right, between lines that run across them. Tables stay row by row. Pages with text that does
 * not run from left to right stay as they are.
 */
export function inReadingOrder<T extends PlacedText>(items: readonly T[]): T[] {
  if (items.some((item) => item.dir !== 'ltr' && hasText(item))) return [...items]
  const rows = toRows(items)
  const ordered: T[] = []
  let at = 0
  while (at < rows.length) {
    const band = bandFrom(rows, at)
    const sides = band ? rows.slice(band.start, band.end).map((row) => sidesOf(row, band.gutter)) : []
    const whole = band !== null && haveColumns(sides)
    const end = whole ? band.end : at + 1
    const columns = whole ? columnsOf(sides, rows[at]?.size ?? 0) : null
    ordered.push(...(columns?.flat(2) ?? rows.slice(at, end).flatMap((row) => row.items)))
    at = end
  }
  return ordered
}
