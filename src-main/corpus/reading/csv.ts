import Papa from 'papaparse'
import { collapsed, type FormatReader, fileTitle, TextLayout, tableLine } from './document.ts'
import { decodeText } from './encoding.ts'
import { HeaderSearch } from './tables.ts'

/** Text that is parsed at a time, in UTF-16 units. */
const PART = 1 << 20
/** Rows between two signs of life. */
const ROWS = 5000

/** Goes through the rows without ever holding all of them: as lists of cells a large file takes ten times its size. */
function eachRow(text: string, path: string, onPart: () => void, onRow: (row: string[]) => void): void {
  let count = 0
  Papa.parse<string[]>(text, {
    skipEmptyLines: 'greedy',
    chunkSize: PART,
    ...(/\.tsv$/i.test(path) ? { delimiter: '\t' } : {}),
    step({ data }) {
      onRow(data.map(collapsed))
      if (++count % ROWS === 0) onPart()
    },
  })
}

/** Values separated by commas, semicolons or tabs (RFC 4180, and what programs make of it): a line per row. */
export const readCsv: FormatReader = (bytes, path, onPart) => {
  const text = decodeText(bytes)
  const used: boolean[] = []
  const header = new HeaderSearch()
  let lines: string[] = []
  eachRow(text, path, onPart, (row) => {
    for (const [column, cell] of row.entries()) if (cell !== '') used[column] = true
    header.add(row)
    lines.push(tableLine(row))
  })
  if (Array.from(used).includes(undefined as never)) {
    // columns that are empty throughout are left out, and only now it is known which those are
    lines = []
    eachRow(text, path, onPart, (row) => lines.push(tableLine(row.filter((_, column) => used[column]))))
  }
  const layout = new TextLayout()
  layout.tableLines(lines, header.result())
  return layout.document(fileTitle(path))
}
