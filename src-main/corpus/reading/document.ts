/** A heading of a document and where its line begins in the document's text. */
export interface Heading {
  /** 1 is the outermost. */
  level: number
  text: string
  /** UTF-16 units from the start of the document's text. */
  offset: number
}

/** What was read: plain text with `\n` line ends, and what is known about its structure. */
export interface ReadDocument {
  title: string
  text: string
  /** Offset of each page's first character, ascending; empty where the format has no pages. */
  pageStarts: number[]
  pages: number | null
  /** In the order of the text. */
  headings: Heading[]
  /**
   * The file holds many small documents, one per level-1 heading. Each passage's title is then that heading, and the
   * heading's line is not part of a passage.
   */
  collection: boolean
}

/**
 * Reads one format. Knows nothing of the disk: it is given the whole file. A reader that goes through a document part by
 * part calls `onPart` after each, so that a long document is not taken for one that hangs.
 *
 * @throws {AppError} FILE_EMPTY, FILE_PROTECTED, FILE_DAMAGED, FILE_UNSUPPORTED, FILE_TOO_COMPLEX
 */
export type FormatReader = (bytes: Uint8Array, path: string, onPart: () => void) => ReadDocument | Promise<ReadDocument>

/** The file's name without folders and extension: the title of whatever has no better one. */
export function fileTitle(path: string): string {
  const name = path.split(/[/\\]/).pop() ?? path
  return name.replace(/(?<=.)\.[^.]*$/, '')
}

/** White space of every kind becomes one space, none at the ends. */
export function collapsed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/**
 * Lays blocks out as one text, an empty line between them, and notes where headings and pages begin. For formats whose
 * text has to be put together (HTML, DOCX, PDF).
 */
export class TextLayout {
  #text = ''
  readonly headings: Heading[] = []
  readonly pageStarts: number[] = []

  get length(): number {
    return this.#text.length
  }

  /** Adds a block; one without text leaves no trace. Returns the offset at which it begins. */
  block(text: string): number {
    const trimmed = text.trimEnd().replace(/^\s*\n/, '')
    if (trimmed === '') return this.#text.length
    if (this.#text !== '') this.#text += '\n\n'
    const offset = this.#text.length
    this.#text += trimmed
    return offset
  }

  heading(level: number, text: string): void {
    const line = collapsed(text)
    if (line !== '') this.headings.push({ level, text: line, offset: this.block(line) })
  }

  /** Begins a page; its text is the blocks that follow. */
  page(blocks: readonly string[]): void {
    const before = this.#text.length
    const [first, ...rest] = blocks.filter((block) => /\S/.test(block))
    this.pageStarts.push(first === undefined ? before : this.block(first))
    for (const block of rest) this.block(block)
  }

  toString(): string {
    return this.#text
  }
}
