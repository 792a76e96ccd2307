import { isProbablyReaderable, Readability } from '@mozilla/readability'
import { parseHTML } from 'linkedom'
import { collapsed, type FormatReader, fileTitle, TextLayout } from './document.ts'
import { decodeText } from './encoding.ts'
import { headerRow } from './tables.ts'

/** Deeper tags are dropped (their text stays): parsers and the walk below are recursive. */
const MAX_DEPTH = 200
/** Readability's article is taken for the page only if it holds at least this share of the page's text. */
const ARTICLE_SHARE = 0.5

const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '))
const SKIPPED = new Set(
  'TITLE SCRIPT STYLE NOSCRIPT TEMPLATE SVG HEAD IFRAME OBJECT SELECT BUTTON CANVAS MATH'.split(' '),
)
const BLOCKS = new Set(
  `ADDRESS ARTICLE ASIDE BLOCKQUOTE BODY CAPTION CENTER DD DETAILS DIALOG DIV DL DT FIELDSET FIGCAPTION FIGURE FOOTER
   FORM H1 H2 H3 H4 H5 H6 HEADER HR HTML LI MAIN NAV OL P PRE SECTION SUMMARY TABLE TBODY TFOOT THEAD TR UL`.split(
    /\s+/,
  ),
)

/** What a table holds that only arranges a page. */
const LAYOUT = 'table, h1, h2, h3, h4, h5, h6'

/** Elements whose content is no markup. */
const RAW = new Set(['script', 'style'])
const TAG_NAME = /<(\/?)([a-zA-Z][\w:-]*)/y

/** Finds marks in a text; one that does not come any more is not looked for again, so that all searches stay linear. */
class Marks {
  readonly #text: string
  /** Null: does not come any more. */
  readonly #patterns = new Map<string, RegExp | null>()

  constructor(text: string) {
    this.#text = text
  }

  /** The mark's end, in any case; -1 when it does not follow. */
  after(mark: string, from: number): number {
    const pattern = this.#patterns.get(mark) === undefined ? new RegExp(mark, 'gi') : this.#patterns.get(mark)
    if (!pattern) return -1
    pattern.lastIndex = from
    const found = pattern.test(this.#text)
    this.#patterns.set(mark, found ? pattern : null)
    return found ? pattern.lastIndex : -1
  }
}

/**
 * Removes scripts, styles, comments and every tag that is nested too deeply, in one pass over the text and before any
 * parsing. The title is what stands in the first element of that name, as markup.
 */
function flattened(html: string): { source: string; title: string } {
  const marks = new Marks(html)
  const kept: string[] = []
  let depth = 0
  let title: string | null = null
  let at = 0
  for (;;) {
    const open = html.indexOf('<', at)
    if (open < 0) break
    kept.push(html.slice(at, open))
    TAG_NAME.lastIndex = open
    const tag = TAG_NAME.exec(html)
    const name = tag?.[2]?.toLowerCase()
    const isDeclaration = html[open + 1] === '!' || html[open + 1] === '?'
    const end = tag || isDeclaration ? marks.after('>', open) : -1
    if (end < 0) {
      kept.push('<')
      at = open + 1
    } else if (name === undefined) {
      const comment = html.startsWith('<!--', open) ? marks.after('-->', open + 4) : -1
      at = comment < 0 ? end : comment
    } else if (RAW.has(name) && !tag?.[1]) {
      const close = marks.after(`</${name}`, end)
      at = close < 0 ? html.length : marks.after('>', close)
      if (at < 0) at = html.length
    } else {
      at = end
      const whole = html.slice(open, end)
      if (name === 'title' && !tag?.[1] && title === null) {
        const close = marks.after('</title', end)
        title = close < 0 ? '' : html.slice(end, close - '</title'.length)
      }
      if (VOID.has(name) || whole.endsWith('/>')) kept.push(whole)
      else if (!tag?.[1]) kept.push(++depth > MAX_DEPTH ? ' ' : whole)
      else {
        depth = Math.max(0, depth - 1)
        kept.push(depth >= MAX_DEPTH ? ' ' : whole)
      }
    }
  }
  kept.push(html.slice(at))
  return { source: kept.join(''), title: title ?? '' }
}

/** Walks a tree and lays its blocks out as text: headings, paragraphs, list items, table rows, preformatted text. */
function layOut(root: Element, layout: TextLayout): void {
  let line = ''
  const flush = (): void => {
    layout.block(
      line
        .replace(/[^\S\n]+/g, ' ')
        .replace(/ ?\n ?/g, '\n')
        .trim(),
    )
    line = ''
  }
  const walk = (node: Node): void => {
    if (node.nodeType === 3) line += (node.nodeValue ?? '').replace(/\s+/g, ' ')
    if (node.nodeType !== 1) return
    const element = node as Element
    const name = element.tagName.toUpperCase()
    if (SKIPPED.has(name) || element.hasAttribute('hidden')) return
    const level = /^H([1-6])$/.exec(name)?.[1]
    if (level) {
      flush()
      layout.heading(Number(level), element.textContent ?? '')
    } else if (name === 'PRE') {
      flush()
      layout.block(element.textContent ?? '')
    } else if (name === 'TABLE' && !element.querySelector(LAYOUT)) {
      flush()
      addTable(element, layout)
    } else if (name === 'UL' || name === 'OL') {
      // a list stays one block, its items on lines of their own
      if (!element.parentElement?.closest('li')) flush()
      for (const child of element.childNodes) walk(child)
      if (!element.parentElement?.closest('li')) flush()
    } else if (name === 'LI') {
      line = `${line.trimEnd()}${line.trim() === '' ? '' : '\n'}- `
      for (const child of element.childNodes) walk(child)
    } else if (name === 'BR') {
      line += '\n'
    } else if (BLOCKS.has(name) && !element.closest('li')) {
      flush()
      for (const child of element.childNodes) walk(child)
      flush()
    } else {
      if (BLOCKS.has(name) || name === 'TD' || name === 'TH') line += ' '
      for (const child of element.childNodes) walk(child)
      if (BLOCKS.has(name) || name === 'TD' || name === 'TH') line += ' '
    }
  }
  walk(root)
  flush()
}

/** The row that names the columns is marked as such; in many tables it is not, but looks like one. */
function addTable(table: Element, layout: TextLayout): void {
  layout.block(collapsed(table.querySelector('caption')?.textContent ?? ''))
  const rows = [...table.querySelectorAll('tr')].map((row) => [...row.querySelectorAll('td, th')])
  const texts = rows.map((row) => row.map((cell) => collapsed(cell.textContent ?? '')))
  const marked = rows.length > 1 && rows[0]?.every((cell) => cell.tagName.toUpperCase() === 'TH')
  const wide = (rows[0]?.length ?? 0) > 2
  layout.table(texts, marked ? 0 : wide ? headerRow(texts) : null)
}

function laidOut(root: Element | null | undefined): TextLayout {
  const layout = new TextLayout()
  if (root) layOut(root, layout)
  return layout
}

/** Lays out markup that a program wrote (DOCX, EPUB, e-mail): all of it is content. */
export function layOutMarkup(html: string, layout: TextLayout): void {
  const { document } = parseHTML(`<html><body>${flattened(html).source}</body></html>`)
  if (document.body) layOut(document.body, layout)
}

/** A web page: its article without menus and the like where one stands out, else all of its text. */
export const readHtml: FormatReader = (bytes, path) => {
  const start = Buffer.from(bytes.subarray(0, 2048)).toString('latin1')
  const { source, title: marked } = flattened(decodeText(bytes, /<meta[^>]+charset=["']?([\w-]+)/i.exec(start)?.[1]))
  const body = /<body\b/i.test(source) ? source : `<body>${source}</body>`
  const { document } = parseHTML(/<html\b/i.test(body) ? body : `<html>${body}</html>`)
  const whole = laidOut(document.body ?? document.documentElement)
  let layout = whole
  if (isProbablyReaderable(document)) {
    // Readability takes the tree apart, so everything else was read from it before
    const article = new Readability<Element>(document, { serializer: (node) => node as Element, disableJSONLD: true })
    const found = laidOut(article.parse()?.content)
    if (found.length >= whole.length * ARTICLE_SHARE) layout = found
  }
  const named = collapsed(marked)
  const title = named ? collapsed(parseHTML(`<p>${named}</p>`).document.querySelector('p')?.textContent ?? '') : ''
  return layout.document(title || whole.headings.find((h) => h.level === 1)?.text || fileTitle(path))
}
