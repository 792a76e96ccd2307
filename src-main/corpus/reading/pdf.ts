import { getDocumentProxy } from 'unpdf'
import { AppError } from '../../contract/errors.ts'
import type { RecognizedWord } from '../../contract/library.ts'
import { collapsed, type FormatReader, fileTitle, type Heading, TextLayout } from './document.ts'
import { fileErrors } from './errors.ts'
import { documentOptions } from './pdf-files.ts'
import { pageBlocks } from './pdf-lines.ts'
import { PageRecognizer, type RecognitionOptions } from './recognition.ts'

/** What a quick look at a PDF shows. */
export interface PdfLook {
  pages: number
  /** Pages without text, as those that were looked at let expect. */
  barePages: number
  /** None that was looked at has text. */
  scan: boolean
}

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>
type OutlineNode = Awaited<ReturnType<Pdf['getOutline']>>[number]

/** Titles that programs fill in by themselves. */
const MEANINGLESS =
  /^(untitled|document\d*|title|microsoft (word|powerpoint|excel)\b.*|.*\.(docx?|pptx?|xlsx?|odt|rtf|txt|tex|dvi|indd|pdf))$/i
const MAX_OUTLINE = 2000

async function open(bytes: Uint8Array): Promise<Pdf> {
  try {
    return await getDocumentProxy(bytes, documentOptions)
  } catch (error) {
    if (error instanceof Error && error.name === 'PasswordException') throw fileErrors.protected()
    throw fileErrors.damaged(error)
  }
}

/** The outline's entries with the (0-based) pages they point to, in order. */
async function outline(pdf: Pdf): Promise<{ level: number; text: string; page: number }[]> {
  const entries: { level: number; text: string; page: number }[] = []
  const visit = async (nodes: readonly OutlineNode[], level: number): Promise<void> => {
    for (const node of nodes) {
      if (entries.length >= MAX_OUTLINE) return
      const dest = typeof node.dest === 'string' ? await pdf.getDestination(node.dest) : node.dest
      const target: unknown = dest?.[0]
      const page = typeof target === 'number' ? target : target ? await pdf.getPageIndex(target as never) : -1
      const text = collapsed(node.title.replaceAll('\0', ''))
      if (page >= 0 && text) entries.push({ level, text, page })
      await visit(node.items, level + 1)
    }
  }
  try {
    await visit((await pdf.getOutline()) ?? [], 1)
  } catch {
    // a broken outline costs headings, not the document
  }
  return entries
}

/** Finds the outline's titles in the text of their pages, at the beginning of a line; others are left out. */
function located(text: string, pageStarts: number[], entries: Awaited<ReturnType<typeof outline>>): Heading[] {
  const headings: Heading[] = []
  let from = 0
  for (const entry of entries) {
    const start = pageStarts[entry.page]
    if (start === undefined) continue
    const page = text.slice(start, pageStarts[entry.page + 1] ?? text.length)
    const words = entry.text.split(' ').map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    const found = new RegExp(`^[^\\S\\n]*(?:[\\dA-Z.]{1,8}\\s+)?${words.join('\\s+')}`, 'im').exec(page)
    const offset = found ? start + found.index : -1
    if (offset < from) continue
    headings.push({ level: entry.level, text: entry.text, offset })
    from = offset + 1
  }
  return headings
}

async function title(pdf: Pdf, text: string, path: string): Promise<string> {
  const info = (await pdf.getMetadata().catch(() => null))?.info as { Title?: unknown } | undefined
  const named = typeof info?.Title === 'string' ? collapsed(info.Title.replaceAll('\0', '')) : ''
  if (named.length > 2 && !MEANINGLESS.test(named)) return named
  const firstLine = collapsed(/\S[^\n]*/.exec(text)?.[0] ?? '')
  return firstLine.length >= 4 && firstLine.length <= 120 && /\p{L}{3}/u.test(firstLine) ? firstLine : fileTitle(path)
}

/** `Pages 3–7 and 9 have`, `Page 2 has` */
function pagesHave(pages: readonly number[], verb: { one: string; many: string }): string {
  const runs: [from: number, to: number][] = []
  for (const page of pages) {
    const run = runs.at(-1)
    if (run?.[1] === page - 1) run[1] = page
    else runs.push([page, page])
  }
  const parts = runs.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`))
  const listed = parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
  return pages.length === 1 ? `Page ${listed} ${verb.one}` : `Pages ${listed} ${verb.many}`
}

interface Annotation {
  hidden?: boolean
  password?: boolean
  fieldName?: string
  fieldValue?: unknown
  fieldType?: string
  alternativeText?: string
  contentsObj?: { str?: string }
}

/** What was filled into a form, with the fields' names, and what readers wrote on the page. */
function annotationTexts(annotations: readonly Annotation[]): string[] {
  return annotations.flatMap(({ hidden, password, fieldName, fieldType, fieldValue, alternativeText, contentsObj }) => {
    if (hidden || password) return []
    if (fieldType === undefined) return [contentsObj?.str ?? '']
    if (fieldType !== 'Tx' && fieldType !== 'Ch') return []
    const name = collapsed(alternativeText || (fieldName?.split('.').pop() ?? ''))
    const values = [fieldValue].flat().filter((value) => typeof value === 'string' && value.trim() !== '')
    return values.length === 0 ? [] : [`${name}: ${values.join(', ').replace(/\r\n?/g, '\n')}`]
  })
}

/** So many pages are looked at before a file is taken for a scan. */
const PROBED_PAGES = 3

/**
 * A quick look at a PDF: at its first pages and its last one.
 *
 * @throws {AppError} FILE_PROTECTED, FILE_DAMAGED
 */
export async function probePdf(bytes: Uint8Array): Promise<PdfLook> {
  const pdf = await open(bytes)
  const first = Array.from({ length: Math.min(PROBED_PAGES, pdf.numPages) }, (_, i) => i + 1)
  const looked = new Set([...first, pdf.numPages])
  let bare = 0
  for (const number of looked) {
    const content = await pdf
      .getPage(number)
      .then((page) => page.getTextContent())
      .catch(() => null)
    if (!content?.items.some((item) => 'str' in item && item.str.trim() !== '')) bare++
  }
  return { pages: pdf.numPages, barePages: Math.round((bare / looked.size) * pdf.numPages), scan: bare === looked.size }
}

/**
 * The words of a page that is a picture.
 *
 * @throws {AppError} FILE_PROTECTED, FILE_DAMAGED
 */
export async function pageWords(
  bytes: Uint8Array,
  number: number,
  recognition: RecognitionOptions,
): Promise<RecognizedWord[]> {
  const recognizer = new PageRecognizer(bytes.slice(), recognition)
  // what text is read with has to come first, see `openPictures`
  const { numPages } = await open(bytes)
  return number > numPages ? [] : recognizer.words(number)
}

/** What could not be read, and what was read in a way that can go wrong. */
function warningsOf(bare: readonly number[], recognized: readonly number[]): string[] {
  const warnings: string[] = []
  if (bare.length > 0) warnings.push(`${pagesHave(bare, { one: 'has', many: 'have' })} no text.`)
  if (recognized.length > 0) {
    warnings.push(
      `${pagesHave(recognized, { one: 'was', many: 'were' })} read with text recognition (OCR): some words may be wrong.`,
    )
  }
  return warnings
}

/** PDF, page by page. Pages without text stay in the count, so that page numbers are the file's own. */
export const readPdf: FormatReader = async (bytes, path, onPart, recognition) => {
  // opening the document takes the bytes away
  const recognizer = recognition && new PageRecognizer(bytes.slice(), recognition)
  const pdf = await open(bytes)
  const layout = new TextLayout()
  const bare: number[] = []
  const recognized: number[] = []
  const took = { pages: 0, ms: 0 }
  for (let number = 1; number <= pdf.numPages; number++) {
    let blocks: string[] = []
    let filledIn: string[] = []
    try {
      const page = await pdf.getPage(number)
      blocks = pageBlocks((await page.getTextContent()).items.filter((item) => 'str' in item))
      filledIn = annotationTexts(await page.getAnnotations())
      page.cleanup()
      if (blocks.length === 0 && recognizer) {
        const started = performance.now()
        blocks = await recognizer.paragraphs(number)
        took.pages++
        took.ms += performance.now() - started
        if (blocks.length > 0) recognized.push(number)
      }
    } catch (error) {
      if (error instanceof RangeError || error instanceof AppError) throw error
      // a broken page costs its own text only
    }
    blocks.push(...filledIn)
    if (blocks.length === 0) bare.push(number)
    layout.beginPage()
    for (const block of blocks) layout.block(block)
    onPart()
  }
  const text = layout.toString()
  if (text === '') throw fileErrors.empty(recognition ? 'unrecognized' : 'unread')
  return layout.document(await title(pdf, text, path), {
    headings: located(text, layout.pageStarts, await outline(pdf)),
    warnings: warningsOf(bare, recognized),
    ...(took.pages > 0 && { recognition: took }),
  })
}
