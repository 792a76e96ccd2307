import readSheets from 'read-excel-file/node'
import { type FormatReader, fileTitle, TextLayout } from './document.ts'
import { cellText, headerRow } from './tables.ts'
import { checkZip } from './zip.ts'

/** Excel workbooks (Office Open XML): a page per sheet, a line per row. */
export const readXlsx: FormatReader = async (bytes, path, onPart) => {
  checkZip(bytes)
  const layout = new TextLayout()
  for (const { sheet, data } of await readSheets(Buffer.from(bytes))) {
    const rows = data.map((row) => row.map(cellText))
    layout.sheet(sheet, rows, headerRow(rows))
    onPart()
  }
  return layout.document(fileTitle(path))
}
