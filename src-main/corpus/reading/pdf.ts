import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getDocumentProxy } from 'unpdf'
import { collapsed, type FormatReader, fileTitle, type Heading, TextLayout } from './document.ts'
import { fileErrors } from './errors.ts'
import { pageBlocks, type TextItem } from './pdf-lines.ts'

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>
type OutlineNode = Awaited<ReturnType<Pdf['getOutline']>>[number]

/** Titles that programs fill in by themselves. */
const MEANINGLESS =
  /^(untitled|document\d*|title|microsoft (word|powerpoint|excel)\b.*|.*\.(docx?|pptx?|xlsx?|odt|rtf|txt|tex|dvi|indd|pdf))$/i
const MAX_OUTLINE = 2000

/**
 * Character maps of the East Asian encodings that a PDF may name instead of bringing its own. They come with pdfjs-dist,
 * of the version that unpdf is made of; nothing else is ever given out, and nothing is fetched.
 */
class CharacterMaps {
  static readonly #dir = join(dirname(fileURLToPath(import.meta.resolve('pdfjs-dist/package.json'))), 'cmaps')

  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    if (kind !== 'cMapUrl' || !/^[\w-]+\.bcmap$/.test(filename)) throw new Error(`${filename} is not at hand.`)
    return new Uint8Array(await readFile(join(CharacterMaps.#dir, filename)))
  }
}

async function open(bytes: Uint8Array): Promise<Pdf> {
  try {
    return await getDocumentProxy(bytes, {
      verbosity: 0,
      cMapUrl: 'cmaps/',
      cMapPacked: true,
      BinaryDataFactory: CharacterMaps,
      useWorkerFetch: false,
    })
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

/** `Pages 3–7 and 9 have no text.` */
function pagesWithoutText(pages: readonly number[]): string {
  const runs: [from: number, to: number][] = []
  for (const page of pages) {
    const run = runs.at(-1)
    if (run?.[1] === page - 1) run[1] = page
    else runs.push([page, page])
  }
  const parts = runs.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`))
  const listed = parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
  return pages.length === 1 ? `Page ${listed} has no text.` : `Pages ${listed} have no text.`
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
 * Whether a PDF seems to have text: some of its first pages or its last one do.
 *
 * @throws {AppError} FILE_PROTECTED, FILE_DAMAGED
 */
export async function probePdf(bytes: Uint8Array): Promise<boolean> {
  const pdf = await open(bytes)
  const first = Array.from({ length: Math.min(PROBED_PAGES, pdf.numPages) }, (_, i) => i + 1)
  for (const number of new Set([...first, pdf.numPages])) {
    const content = await pdf
      .getPage(number)
      .then((page) => page.getTextContent())
      .catch(() => null)
    if (content?.items.some((item) => 'str' in item && item.str.trim() !== '')) return true
  }
  return false
}

/** PDF, page by page. Pages without text stay in the count, so that page numbers are the file's own. */
export const readPdf: FormatReader = async (bytes, path, onPart) => {
  const pdf = await open(bytes)
  const layout = new TextLayout()
  const bare: number[] = []
  for (let number = 1; number <= pdf.numPages; number++) {
    let items: TextItem[] = []
    let filledIn: string[] = []
    try {
      const page = await pdf.getPage(number)
      items = (await page.getTextContent()).items.filter((item) => 'str' in item)
      filledIn = annotationTexts(await page.getAnnotations())
      page.cleanup()
    } catch (error) {
      if (error instanceof RangeError) throw error
      // a broken page costs its own text only
    }
    const blocks = [...pageBlocks(items), ...filledIn]
    if (blocks.length === 0) bare.push(number)
    layout.beginPage()
    for (const block of blocks) layout.block(block)
    onPart()
  }
  const text = layout.toString()
  if (text === '') throw fileErrors.empty(true)
  return layout.document(await title(pdf, text, path), {
    headings: located(text, layout.pageStarts, await outline(pdf)),
    warnings: bare.length === 0 ? [] : [pagesWithoutText(bare)],
  })
}
