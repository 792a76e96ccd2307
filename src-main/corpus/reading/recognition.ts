import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { PDFDocumentProxy } from 'pdfjs-dist'
import type { Tesseract } from 'tesseract.js-core/tesseract-core-simd-lstm.js'
import type { RecognizedWord } from '../../contract/library.ts'
import { fromSystemError } from './errors.ts'
import type { GrayImage } from './page-image.ts'

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
/** The level of words in Tesseract's tables. */
const WORD = '5'

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
    const seen = await this.#look(number)
    if (!seen) return []
    return seen.api
      .GetUTF8Text()
      .split(/\n\s*\n/)
      .map((paragraph) => paragraph.replace(/(\p{Ll})-\n(?=\p{Ll})/gu, '$1').trim())
      .filter((paragraph) => paragraph !== '')
  }

  /** The words of a page with their places. @throws as {@link paragraphs} does */
  async words(number: number): Promise<RecognizedWord[]> {
    const seen = await this.#look(number)
    if (!seen) return []
    const { width, height } = seen.image
    let line = ''
    let lines = -1
    return seen.api
      .GetTSVText(0)
      .split('\n')
      .flatMap((row) => {
        // level, page, block, paragraph, line, word; left, top, width, height in pixels; confidence, text
        const cells = row.split('\t')
        const text = cells[11] ?? ''
        if (cells[0] !== WORD || text.trim() === '') return []
        const own = cells.slice(1, 5).join()
        if (own !== line) lines++
        line = own
        const [x = 0, y = 0, w = 0, h = 0] = cells.slice(6, 10).map(Number)
        return [{ text, line: lines, left: x / width, top: y / height, width: w / width, height: h / height }]
      })
  }

  /** Recognizes a page; null where there is nothing to see or hardly anything could be told. */
  async #look(number: number): Promise<{ api: Tesseract['api']; image: GrayImage } | null> {
    const { openPictures, pageImage } = await import('./page-image.ts')
    this.#pdf ??= openPictures(this.#bytes)
    const image = await pageImage(await this.#pdf, number)
    if (!image) return null
    this.#tesseract ??= start(this.#options)
    const { core, api } = await this.#tesseract
    core.FS.writeFile('/input', Buffer.concat([Buffer.from(`P5 ${image.width} ${image.height} 255\n`), image.data]))
    if (api.SetImageFile(1, 0) !== 0) throw new Error('The picture of the page could not be handed over.')
    api.Recognize(null)
    return api.MeanTextConf() < MIN_CONFIDENCE ? null : { api, image }
  }
}
