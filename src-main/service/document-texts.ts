import { stat } from 'node:fs/promises'
import type { DocumentText } from '../contract/index.ts'
import { type DocumentReader, publicFile } from '../corpus/index.ts'
import type { FileRow } from '../store/index.ts'
import { unreachable } from './original.ts'

/** So many texts are kept. */
const KEPT = 4

/** The texts of documents as people read them, the last ones kept until their files change. */
export class DocumentTexts {
  readonly #reader: () => DocumentReader
  readonly #known = new Map<string, { modifiedAt: number; text: Promise<DocumentText> }>()

  constructor(reader: () => DocumentReader) {
    this.#reader = reader
  }

  /** @throws {AppError} PATH_MISSING, PATH_UNREADABLE and the FILE_ codes */
  async of(file: FileRow): Promise<DocumentText> {
    const { mtimeMs: modifiedAt } = await stat(file.path).catch((cause: unknown) => {
      throw unreachable(file.relativePath, cause)
    })
    const known = this.#known.get(file.id)
    if (known?.modifiedAt === modifiedAt) return known.text
    const text = this.#read(file)
    this.#known.delete(file.id)
    this.#known.set(file.id, { modifiedAt, text })
    text.catch(() => this.#known.delete(file.id))
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT) break
      this.#known.delete(oldest)
    }
    return text
  }

  async #read(file: FileRow): Promise<DocumentText> {
    const { text, pageStarts, headings, tables } = await this.#reader().read(file.path)
    return {
      file: publicFile(file),
      text,
      pageStarts,
      headings,
      tables: tables.map(({ start, end }) => ({ start, end })),
    }
  }
}
