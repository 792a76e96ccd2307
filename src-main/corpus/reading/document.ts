import { cellSeparator } from '../../contract/index.ts'
import { fileErrors } from './errors.ts'
import type { RecognitionOptions } from './recognition.ts'

/** A heading of a document and where its line begins in the document's text. */
export interface Heading {
  /** 1 is the outermost. */
  level: number
  text: string
  /** UTF-16 units from the start of the document's text. */
  offset: number
}

/** A table in the document's text: one line per row, cells separated by bars. */
export interface Table {
  /** The row that names the columns, as it stands in the text (shortened where it is very long). */
  header: string
  /** Where that row begins, and where the table ends. */
  start: number
  end: number
}

/** What was read: plain text with `\n` line ends, and what is known about its structure. */
export interface ReadDocument {
  title: string
  text: string
  /** Offset of each page's (slide's, sheet's) first character, ascending; empty where the format has no pages. */
  pageStarts: number[]
  pages: number | null
  /** In the order of the text. */
  headings: Heading[]
  /** The tables whose columns have names, in the order of the text: every passage of one repeats the names. */
  tables: Table[]
  /** What could not be read of a file that was read otherwise, in sentences for people. */
  warnings: string[]
  /**
   * The file holds many small documents, one per level-1 heading. Each passage's title is then that heading, and the
   * heading's line is not part of a passage.
   */
  collection: boolean
  /** How many pages text recognition looked at, and for how long; absent where it did not. */
  recognition?: { pages: number; ms: number }
}

/**
 * Reads one format. Knows nothing of the disk: it is given the whole file. A reader that goes through a document part by
 * part calls `onPart` after each, so that a long document is not taken for one that hangs. `recognition`: what text in
 * pictures is recognized with; null: it is not.
 *
 * @throws {AppError} FILE_EMPTY, FILE_PROTECTED, FILE_DAMAGED, FILE_UNSUPPORTED, FILE_TOO_COMPLEX
 */
export type FormatReader = (
  bytes: Uint8Array,
  path: string,
  onPart: () => void,
  recognition: RecognitionOptions | null,
) => ReadDocument | Promise<ReadDocument>

/** The file's name without folders and extension: the title of whatever has no better one. */
export function fileTitle(path: string): string {
  const name = path.split(/[/\\]/).pop() ?? path
  return name.replace(/(?<=.)\.[^.]*$/, '')
}

/** A document without any structure, but for what is known about it. */
export function plainDocument(title: string, text: string, known: Partial<ReadDocument> = {}): ReadDocument {
  return {
    title,
    text,
    pageStarts: [],
    pages: null,
    headings: [],
    tables: [],
    warnings: [],
    collection: false,
    ...known,
  }
}

/** White space of every kind becomes one space, none at the ends. */
export function collapsed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** A row of a table as a line: cells between bars, none at its end. */
export function tableLine(cells: readonly string[]): string {
  const line = cells.join(cellSeparator)
  let end = line.length
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '|')) end--
  return line.slice(0, end)
}

/** A row of names longer than this is shortened where it is repeated. */
const MAX_HEADER = 300
/** No document has more text than this many UTF-16 units (about 16 million words). */
const MAX_TEXT = 100_000_000

/** @throws {AppError} FILE_TOO_COMPLEX when a document has more text than any real one */
export function checkLength(length: number): void {
  if (length > MAX_TEXT) throw fileErrors.tooComplex(`more than ${MAX_TEXT} characters of text`)
}

/**
 * Lays blocks out as one text, an empty line between them, and notes where headings and pages begin. For formats whose
 * text has to be put together (HTML, Office, PDF).
 */
export class TextLayout {
  #text = ''
  /** Nothing stands on the last page yet. */
  #pageBegins = false
  readonly headings: Heading[] = []
  readonly pageStarts: number[] = []
  readonly tables: Table[] = []

  get length(): number {
    return this.#text.length
  }

  /** Adds a block; one without text leaves no trace. Returns the offset at which it begins. */
  block(text: string): number {
    const trimmed = text.trimEnd().replace(/^\s*\n/, '')
    if (trimmed === '') return this.#text.length
    if (this.#text !== '') this.#text += '\n\n'
    const offset = this.#text.length
    if (this.#pageBegins) this.pageStarts[this.pageStarts.length - 1] = offset
    this.#pageBegins = false
    this.#text += trimmed
    checkLength(this.#text.length)
    return offset
  }

  heading(level: number, text: string): void {
    const line = collapsed(text)
    if (line !== '') this.headings.push({ level, text: line, offset: this.block(line) })
  }

  /**
   * Adds a table, a line per row. Columns and rows that are empty throughout are left out.
   *
   * @param header which row names the columns; null: none does
   */
  table(rows: readonly (readonly string[])[], header: number | null): void {
    const used: boolean[] = []
    for (const row of rows) for (const [column, cell] of row.entries()) if (cell !== '') used[column] = true
    this.tableLines(
      rows.map((row) => tableLine(row.filter((_, column) => used[column]))),
      header,
    )
  }

  /** {@link table}, of rows that are lines already ({@link tableLine}). */
  tableLines(lines: readonly string[], header: number | null): void {
    const named = header === null ? undefined : lines[header]
    const offset = this.block(lines.filter((text) => text !== '').join('\n'))
    if (!named) return
    const above = lines.slice(0, header ?? 0).filter((text) => text !== '')
    const start = above.reduce((at, text) => at + text.length + 1, offset)
    this.tables.push({ header: named.slice(0, MAX_HEADER), start, end: this.#text.length })
  }

  /** Adds a sheet: a page that is named by a heading and holds one table. */
  sheet(name: string, rows: readonly (readonly string[])[], header: number | null): void {
    this.beginPage()
    if (rows.some((row) => row.some((cell) => cell !== ''))) this.heading(1, name)
    this.table(rows, header)
  }

  /** Begins a page; its text is the blocks that follow. */
  beginPage(): void {
    this.#pageBegins = true
    this.pageStarts.push(this.#text.length)
  }

  /** What was laid out, as a document. */
  document(title: string, known: Partial<ReadDocument> = {}): ReadDocument {
    const { headings, pageStarts, tables } = this
    return plainDocument(title, this.#text, {
      headings,
      pageStarts,
      tables,
      pages: pageStarts.length === 0 ? null : pageStarts.length,
      ...known,
    })
  }

  toString(): string {
    return this.#text
  }
}
