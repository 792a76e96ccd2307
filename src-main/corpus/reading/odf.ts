import { type FormatReader, fileTitle, TextLayout } from './document.ts'
import { fileErrors } from './errors.ts'
import { headerRow } from './tables.ts'
import { elementText, parseXml } from './xml.ts'
import { openZip } from './zip.ts'

/** Text that is not part of the document: what was deleted, comments, how things look. */
const SKIPPED = new Set(['tracked-changes', 'annotation', 'automatic-styles', 'master-styles', 'scripts', 'forms'])
/** Empty cells and rows are repeated to the end of a sheet; nobody fills in more than this. */
const MAX_REPEATED = 100

interface OpenTable {
  name: string
  rows: string[][]
  cell: string[]
  repeatCell: number
  repeatRow: number
}

const repeats = (count: string | undefined): number => Math.min(Number(count ?? 1) || 1, MAX_REPEATED)

/**
 * Lays out `content.xml` (OpenDocument 1.3, part 3). A sheet or a slide is a page. Text boxes inside of a paragraph stand
 * before it.
 */
function addContent(xml: string, layout: TextLayout, onPart: () => void): void {
  const lines: string[] = []
  const tables: OpenTable[] = []
  let skipped = 0
  let lists = 0
  let sheets = false
  let titleFrame = false

  const end = (text: string, level: number | null): void => {
    const table = tables.at(-1)
    if (table) table.cell.push(text)
    else if (level !== null || titleFrame) layout.heading(level ?? 1, text)
    else layout.block(lists > 0 && text.trim() !== '' ? `- ${text.trim()}` : text)
  }
  let level = 1
  parseXml(xml, {
    open(name, attributes) {
      if (skipped > 0 || SKIPPED.has(name)) {
        skipped++
        return
      }
      const last = lines.length - 1
      const table = tables.at(-1)
      if (name === 'p' || name === 'h') {
        lines.push('')
        level = Math.min(9, Number(attributes['text:outline-level'] ?? 1) || 1)
      } else if (name === 's' && last >= 0) lines[last] += ' '.repeat(repeats(attributes['text:c']))
      else if (name === 'tab' && last >= 0) lines[last] += '\t'
      else if (name === 'line-break' && last >= 0) lines[last] += '\n'
      else if (name === 'list-item') lists++
      else if (name === 'spreadsheet') sheets = true
      else if (name === 'page') layout.beginPage()
      else if (name === 'frame') titleFrame = attributes['presentation:class'] === 'title'
      else if (name === 'table') {
        tables.push({ name: attributes['table:name'] ?? '', rows: [], cell: [], repeatCell: 1, repeatRow: 1 })
      } else if (name === 'table-row' && table) {
        table.rows.push([])
        table.repeatRow = repeats(attributes['table:number-rows-repeated'])
      } else if ((name === 'table-cell' || name === 'covered-table-cell') && table) {
        table.cell = []
        table.repeatCell = repeats(attributes['table:number-columns-repeated'])
      }
    },
    text(part) {
      if (skipped === 0 && lines.length > 0) lines[lines.length - 1] += part.replace(/\s+/g, ' ')
    },
    close(name) {
      if (skipped > 0) {
        skipped--
        return
      }
      const table = tables.at(-1)
      if (name === 'p' || name === 'h') end(lines.pop() ?? '', name === 'h' ? level : null)
      else if (name === 'list-item') lists--
      else if (name === 'frame') titleFrame = false
      else if ((name === 'table-cell' || name === 'covered-table-cell') && table) {
        const text = table.cell.join(' ').replace(/\s+/g, ' ').trim()
        for (let i = 0; i < table.repeatCell; i++) table.rows.at(-1)?.push(text)
      } else if (name === 'table-row' && table) {
        const row = table.rows.at(-1) ?? []
        if (row.some((cell) => cell !== '')) for (let i = 1; i < table.repeatRow; i++) table.rows.push(row)
      } else if (name === 'table' && table) {
        tables.pop()
        const around = tables.at(-1)
        if (around) around.cell.push(...table.rows.flat())
        else if (sheets) layout.sheet(table.name, table.rows, headerRow(table.rows))
        else layout.table(table.rows, headerRow(table.rows))
        onPart()
      } else if (name === 'page') onPart()
    },
  })
}

/** OpenDocument texts, sheets and presentations (ODT, ODS, ODP). */
export const readOdf: FormatReader = (bytes, path, onPart) => {
  const archive = openZip(bytes)
  if (/<(?:\w+:)?encryption-data\b/.test(archive.text('META-INF/manifest.xml') ?? '')) throw fileErrors.protected()
  const content = archive.text('content.xml')
  if (content === null) throw fileErrors.damaged('no content.xml')
  const layout = new TextLayout()
  addContent(content, layout, onPart)
  const heading = layout.headings.find((h) => h.level === 1)?.text
  const own = elementText(archive.text('meta.xml'), 'title')
  return layout.document(own || (path.toLowerCase().endsWith('.ods') ? '' : heading) || fileTitle(path))
}
