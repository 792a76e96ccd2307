import { checkLength, collapsed, type FormatReader, fileTitle, TextLayout } from './document.ts'
import { fileErrors } from './errors.ts'
import { mainPart, relations } from './relations.ts'
import { headerRow } from './tables.ts'
import { paragraphs, parseXml } from './xml.ts'
import { type Archive, openZip } from './zip.ts'

/** No sheet has more columns (ECMA-376); a cell further out is not believed. */
const MAX_COLUMNS = 16_384
/** Number formats of dates that every program knows (ECMA-376 part 1, 18.8.30). */
const isDateId = (id: number): boolean => (id >= 14 && id <= 22) || (id >= 45 && id <= 47)
/** A format of one's own is a date's when it has such letters outside of quotes, brackets and escapes. */
const isDateCode = (code: string): boolean => /[ymdhs]/i.test(code.replace(/"[^"]*"|\[[^\]]*\]|\\./g, ''))
/** Parts of a sheet whose text stands beside its cells, with what a paragraph is called there. */
const BESIDE: Readonly<Record<string, string>> = { drawing: 'p', comments: 'comment' }
const DAY_MS = 86_400_000
/** Day 0 of the two ways of counting days. */
const EPOCH = { 1900: Date.UTC(1899, 11, 30), 1904: Date.UTC(1904, 0, 1) } as const

interface Workbook {
  sheets: { name: string; part: string }[]
  epoch: number
  strings: string[]
  /** Whether a cell of this style is a date. */
  dates: boolean[]
}

/** The texts that cells share; how something is pronounced (`rPh`) is left out. */
function sharedStrings(xml: string): string[] {
  const strings: string[] = []
  let inText = false
  let phonetic = false
  parseXml(xml, {
    open(name) {
      if (name === 'si') strings.push('')
      else if (name === 'rPh') phonetic = true
      else if (name === 't') inText = !phonetic
    },
    close(name) {
      if (name === 'rPh') phonetic = false
      else if (name === 't') inText = false
    },
    text(part) {
      if (inText) strings[strings.length - 1] += part
    },
  })
  return strings.map(collapsed)
}

function dateStyles(xml: string): boolean[] {
  const own = new Map<string, boolean>()
  const dates: boolean[] = []
  let inCells = false
  parseXml(xml, {
    open(name, { numFmtId = '0', formatCode = '' }) {
      if (name === 'numFmt') own.set(numFmtId, isDateCode(formatCode))
      else if (name === 'cellXfs') inCells = true
      else if (name === 'xf' && inCells) dates.push(own.get(numFmtId) ?? isDateId(Number(numFmtId)))
    },
    close(name) {
      if (name === 'cellXfs') inCells = false
    },
  })
  return dates
}

function openWorkbook(archive: Archive): Workbook {
  const workbook = mainPart(archive, 'xl/workbook.xml')
  const xml = archive.text(workbook)
  if (xml === null) throw fileErrors.damaged(`no ${workbook}`)
  const parts = relations(archive, workbook)
  const sheets: Workbook['sheets'] = []
  let epoch: number = EPOCH[1900]
  parseXml(xml, {
    open(name, attributes) {
      if (name === 'workbookPr' && /^(1|true)$/.test(attributes['date1904'] ?? '')) epoch = EPOCH[1904]
      const part = name === 'sheet' ? parts.get(attributes['r:id'] ?? '') : undefined
      if (part?.kind === 'worksheet') sheets.push({ name: attributes['name'] ?? '', part: part.target })
    },
  })
  const related = (kind: string): string => {
    const part = [...parts.values()].find((relation) => relation.kind === kind)
    return archive.text(part?.target ?? `xl/${kind}.xml`) ?? ''
  }
  return { sheets, epoch, strings: sharedStrings(related('sharedStrings')), dates: dateStyles(related('styles')) }
}

/** The (0-based) column of a cell such as `AB12`; null where it is not said. */
function columnOf(reference: string | undefined): number | null {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0]
  if (!letters) return null
  let column = 0
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64
  return column - 1
}

/** A number without the noise of binary fractions, a date as ISO 8601 has it. */
function numberText(value: string, date: boolean, epoch: number): string {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number)) return collapsed(value)
  if (!date) return String(Number(number.toPrecision(15)))
  const time = new Date(epoch + Math.round((number * DAY_MS) / 1000) * 1000)
  if (number < 0 || Number.isNaN(time.getTime())) return value
  const [day = '', clock = ''] = time.toISOString().replace('.000Z', '').split('T')
  if (number < 1) return clock
  return clock === '00:00:00' ? day : `${day} ${clock}`
}

function sheetRows(xml: string, { strings, dates, epoch }: Workbook): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let type = 'n'
  let style = 0
  let column = 0
  let value: string | null = null
  let collecting = false
  let phonetic = false
  let length = 0
  parseXml(xml, {
    open(name, attributes) {
      if (name === 'row') {
        row = []
        column = 0
      } else if (name === 'c') {
        column = columnOf(attributes['r']) ?? column
        type = attributes['t'] ?? 'n'
        style = Number(attributes['s'] ?? 0)
        value = null
      } else if (name === 'rPh') phonetic = true
      else if (name === 'v' || name === 't') collecting = !phonetic
    },
    text(part) {
      if (collecting) value = (value ?? '') + part
    },
    close(name) {
      if (name === 'v' || name === 't') collecting = false
      else if (name === 'rPh') phonetic = false
      else if (name === 'row') {
        if (row.length > 0) rows.push(Array.from(row, (cell) => cell ?? ''))
      } else if (name === 'c') {
        if (value !== null && column < MAX_COLUMNS) {
          const text =
            type === 's'
              ? (strings[Number(value)] ?? '')
              : type === 'b'
                ? String(value.trim() === '1')
                : type === 'n'
                  ? numberText(value, dates[style] ?? false, epoch)
                  : collapsed(value)
          row[column] = text
          length += text.length
          checkLength(length)
        }
        column++
      }
    },
  })
  return rows
}

/** Excel workbooks (Office Open XML, ECMA-376): a page per sheet, a line per row that is not empty. */
export const readXlsx: FormatReader = (bytes, path, onPart) => {
  const archive = openZip(bytes)
  const workbook = openWorkbook(archive)
  const layout = new TextLayout()
  for (const { name, part } of workbook.sheets) {
    const rows = sheetRows(archive.text(part) ?? '', workbook)
    layout.sheet(name, rows, headerRow(rows))
    for (const { kind, target } of relations(archive, part).values()) {
      const unit = BESIDE[kind]
      if (unit) layout.block(paragraphs(archive.text(target) ?? '', unit).join('\n'))
    }
    onPart()
  }
  return layout.document(fileTitle(path))
}
