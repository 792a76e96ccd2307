import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { PDFDocumentProxy } from 'pdfjs-dist'
import type { Tesseract } from 'tesseract.js-core/tesseract-core-simd-lstm.js'
import { fromSystemError } from './errors.ts'

/** What text is recognized with. */
export interface RecognitionOptions {
  /** Tesseract's names of the languages that documents are written in, the likeliest one first. */
  languages: readonly string[]
  /** Folder of their data: `eng.traineddata.gz` and so on. */
  folder: string
}

/** Mean confidence, of 100, below which what was recognized are no words. */
const MIN_CONFIDENCE = 35
/** Tesseract's engine: its neural network alone. */
const LSTM_ONLY = 1

async function start({ languages, folder }: RecognitionOptions): Promise<Tesseract> {
  const { default: load } = await import('tesseract.js-core/tesseract-core-simd-lstm.js')
  const core = await load({})
  for (const language of languages) {
    const path = join(folder, `${language}.traineddata.gz`)
    const packed = await readFile(path).catch((error: unknown) => {
      throw fromSystemError(error, path)
    })
    core.FS.writeFile(`/${language}.traineddata`, gunzipSync(packed))
  }
  const api = new core.TessBaseAPI()
  if (api.Init('/', languages.join('+'), LSTM_ONLY) !== 0) throw new Error('The data of a language is damaged.')
  return { core, api }
}

/**
 * Recognizes the text of pages that are pictures. Tesseract runs in this thread: it ends with it, and has no way to the
 * network or the disk. It is started, and the file opened for it, when the first page comes.
 */
export class PageRecognizer {
  readonly #bytes: Uint8Array
  readonly #options: RecognitionOptions
  #pdf: Promise<PDFDocumentProxy> | null = null
  #tesseract: Promise<Tesseract> | null = null

  /** @param bytes of the PDF, which nobody else may need */
  constructor(bytes: Uint8Array, options: RecognitionOptions) {
    this.#bytes = bytes
    this.#options = options
  }

  /**
   * The paragraphs of a page, their lines as they are; none where hardly anything could be told.
   *
   * @throws {AppError} PATH_MISSING when a language's data is not there
   */
  async paragraphs(number: number): Promise<string[]> {
    const { openPictures, pageImage } = await import('./page-image.ts')
    this.#pdf ??= openPictures(this.#bytes)
    const image = await pageImage(await this.#pdf, number)
    if (!image) return []
    this.#tesseract ??= start(this.#options)
    const { core, api } = await this.#tesseract
    core.FS.writeFile('/input', Buffer.concat([Buffer.from(`P5 ${image.width} ${image.height} 255\n`), image.data]))
    if (api.SetImageFile(1, 0) !== 0) throw new Error('The picture of the page could not be handed over.')
    api.Recognize(null)
    if (api.MeanTextConf() < MIN_CONFIDENCE) return []
    return api
      .GetUTF8Text()
      .split(/\n\s*\n/)
      .map((paragraph) => paragraph.replace(/(\p{Ll})-\n(?=\p{Ll})/gu, '$1').trim())
      .filter((paragraph) => paragraph !== '')
  }
}
