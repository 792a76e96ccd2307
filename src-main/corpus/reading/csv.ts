import Papa from 'papaparse'
import { collapsed, type FormatReader, fileTitle, TextLayout } from './document.ts'
import { decodeText } from './encoding.ts'
import { headerRow } from './tables.ts'

/** Values separated by commas, semicolons or tabs (RFC 4180, and what programs make of it): a line per row. */
export const readCsv: FormatReader = (bytes, path) => {
  const { data } = Papa.parse<string[]>(decodeText(bytes), {
    skipEmptyLines: 'greedy',
    ...(/\.tsv$/i.test(path) ? { delimiter: '\t' } : {}),
  })
  const rows = data.map((row) => row.map(collapsed))
  const layout = new TextLayout()
  layout.table(rows, headerRow(rows))
  return layout.document(fileTitle(path))
}
