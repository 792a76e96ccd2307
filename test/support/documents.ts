import { crc32, deflateRawSync } from 'node:zlib'

/** A ZIP file (APPNOTE.TXT 4.3): members stored as they are, or packed; it may lie about their unpacked size. */
export function zip(members: Record<string, string>, claimedBytes?: number, packed = false): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(members)) {
    const original = Buffer.from(content)
    const data = packed ? deflateRawSync(original) : original
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(packed ? 8 : 0, 4)
    common.writeUInt32LE(crc32(original), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(claimedBytes ?? original.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(offset, 10)
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, rest, Buffer.from(name))
    parts.push(local)
    offset += local.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, list, end])
}

const contentTypes =
  '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
const officeRelationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

/** The relations of a part, with the ids `r1`, `r2` and so on. */
function relations(targets: readonly [kind: string, target: string][]): string {
  const list = targets.map(
    ([kind, target], i) => `<Relationship Id="r${i + 1}" Type="${officeRelationships}/${kind}" Target="${target}"/>`,
  )
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${list.join('')}</Relationships>`
}

/** A presentation whose slides are stored in reverse order. */
export function pptx(
  slides: readonly { title: string; body: readonly string[]; table?: readonly string[][]; notes?: string }[],
): Buffer {
  const paragraph = (text: string): string => `<a:p><a:r><a:t>${text}</a:t></a:r></a:p>`
  const shape = (type: string, texts: readonly string[]): string =>
    `<p:sp><p:nvSpPr><p:nvPr><p:ph type="${type}"/></p:nvPr></p:nvSpPr><p:txBody>${texts.map(paragraph).join('')}</p:txBody></p:sp>`
  const members: Record<string, string> = { '[Content_Types].xml': contentTypes }
  const name = (index: number): string => `slides/slide${slides.length - index}.xml`
  for (const [index, { title, body, table, notes }] of slides.entries()) {
    const rows = table?.map((row) => `<a:tr>${row.map((cell) => `<a:tc>${paragraph(cell)}</a:tc>`).join('')}</a:tr>`)
    const frame = rows ? `<p:graphicFrame><a:tbl>${rows.join('')}</a:tbl></p:graphicFrame>` : ''
    members[`ppt/${name(index)}`] =
      `<p:sld>${shape('title', [title])}${shape('body', body)}${frame}${shape('sldNum', ['7'])}</p:sld>`
    if (notes === undefined) continue
    members[`ppt/notesSlides/notes${index}.xml`] =
      `<p:notes>${shape('body', [notes])}${shape('sldNum', ['7'])}</p:notes>`
    members[`ppt/slides/_rels/slide${slides.length - index}.xml.rels`] = relations([
      ['notesSlide', `../notesSlides/notes${index}.xml`],
    ])
  }
  const ids = slides.map((_, i) => `<p:sldId id="${256 + i}" r:id="r${i + 1}"/>`).join('')
  members['ppt/presentation.xml'] = `<p:presentation><p:sldIdLst>${ids}</p:sldIdLst></p:presentation>`
  members['ppt/_rels/presentation.xml.rels'] = relations(slides.map((_, i) => ['slide', name(i)]))
  return zip(members)
}

/** A workbook of sheets of text and numbers. */
export function xlsx(
  sheets: Record<string, readonly (readonly (string | number)[])[]>,
  more: Record<string, string> = {},
): Buffer {
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const names = Object.keys(sheets)
  const list = names.map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="r${i + 1}"/>`).join('')
  const members: Record<string, string> = {
    '[Content_Types].xml': contentTypes,
    '_rels/.rels': relations([['officeDocument', 'xl/workbook.xml']]),
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${officeRelationships}"><sheets>${list}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(names.map((_, i) => ['worksheet', `worksheets/sheet${i + 1}.xml`])),
  }
  for (const [index, rows] of Object.values(sheets).entries()) {
    const cells = rows.map((row, r) => {
      const values = row.map((value, column) => {
        const at = `${String.fromCharCode(65 + column)}${r + 1}`
        return typeof value === 'number'
          ? `<c r="${at}"><v>${value}</v></c>`
          : `<c r="${at}" t="inlineStr"><is><t>${value}</t></is></c>`
      })
      return `<row r="${r + 1}">${values.join('')}</row>`
    })
    members[`xl/worksheets/sheet${index + 1}.xml`] =
      `<worksheet xmlns="${main}"><sheetData>${cells.join('')}</sheetData></worksheet>`
  }
  return zip({ ...members, ...more })
}

/** An OpenDocument file with the given content of its body. */
export function odf(
  kind: 'text' | 'spreadsheet' | 'presentation',
  body: string,
  more: Record<string, string> = {},
  declarations = '',
): Buffer {
  return zip({
    mimetype: `application/vnd.oasis.opendocument.${kind}`,
    'content.xml': `<?xml version="1.0"?>${declarations}<office:document-content><office:body><office:${kind}>${body}</office:${kind}></office:body></office:document-content>`,
    ...more,
  })
}

/** A book whose chapters are stored in reverse order. */
export function epub(title: string, chapters: readonly string[]): Buffer {
  const name = (index: number): string => `text/${chapters.length - index}.xhtml`
  const items = chapters.map((_, i) => `<item id="c${i}" href="${name(i)}"/>`).reverse()
  const members: Record<string, string> = {
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
    'OEBPS/book.opf': `<package><metadata><dc:title>${title}</dc:title></metadata><manifest>${items.join('')}</manifest><spine>${chapters.map((_, i) => `<itemref idref="c${i}"/>`).join('')}</spine></package>`,
  }
  for (const [index, body] of chapters.entries()) {
    members[`OEBPS/${name(index)}`] = `<?xml version="1.0"?><html><head><title/></head><body>${body}</body></html>`
  }
  return zip(members)
}

/** A Word document of paragraphs; those with a style get it. `markup` stands after them. */
export function docx(
  paragraphs: readonly { text: string; style?: string }[],
  markup = '',
  more: Record<string, string> = {},
): Buffer {
  const word = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
  const relationships = 'http://schemas.openxmlformats.org/package/2006/relationships'
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const body = paragraphs
    .map(({ text, style }) => {
      const properties = style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : ''
      return `<w:p>${properties}<w:r><w:t>${text}</w:t></w:r></w:p>`
    })
    .join('')
  const styles = [1, 2]
    .map((n) => `<w:style w:type="paragraph" w:styleId="Heading${n}"><w:name w:val="heading ${n}"/></w:style>`)
    .join('')
  return zip({
    '_rels/.rels': `<Relationships xmlns="${relationships}"><Relationship Id="r1" Type="${office}/officeDocument" Target="word/document.xml"/></Relationships>`,
    'word/_rels/document.xml.rels': `<Relationships xmlns="${relationships}"><Relationship Id="r1" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
    'word/styles.xml': `<w:styles xmlns:w="${word}">${styles}</w:styles>`,
    'word/document.xml': `<w:document xmlns:w="${word}"><w:body>${body}${markup}</w:body></w:document>`,
    '[Content_Types].xml':
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
    ...more,
  })
}

/**
 * A PDF with the given lines on each page, 14 points apart; an empty line leaves a gap. A line of two halves has its
 * second one 240 points further right.
 *
 * @param annotations of the first page, as they stand in the file
 * @param outline its entries, with the (0-based) pages that they point to
 */
export function pdf(
  pages: readonly (readonly (string | readonly [left: string, right: string])[])[],
  title?: string,
  annotations = '',
  outline: readonly { text: string; page: number }[] = [],
): Buffer {
  const escaped = (text: string): string => text.replace(/[\\()]/g, '\\$&')
  const first = 4
  const kids = pages.map((_, i) => `${first + 2 * i} 0 R`).join(' ')
  const objects = [
    `<</Type/Catalog/Pages 2 0 R${outline.length > 0 ? `/Outlines ${first + 2 * pages.length} 0 R` : ''}>>`,
    `<</Type/Pages/Kids[${kids}]/Count ${pages.length}>>`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ]
  for (const lines of pages) {
    const moves = lines
      .map((line) => {
        const [left, right] = typeof line === 'string' ? [line] : line
        const half = right === undefined ? '0 -14 Td' : `240 0 Td (${escaped(right)}) Tj -240 -14 Td`
        return `(${escaped(left)}) Tj ${half}`
      })
      .join('\n')
    const stream = `BT /F1 12 Tf 72 720 Td\n${moves}\nET`
    objects.push(
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents ${objects.length + 2} 0 R${objects.length === 3 ? `/Annots[${annotations}]` : ''}>>`,
      `<</Length ${stream.length}>>\nstream\n${stream}\nendstream`,
    )
  }
  if (outline.length > 0) {
    const root = objects.length + 1
    objects.push(`<</First ${root + 1} 0 R/Last ${root + outline.length} 0 R/Count ${outline.length}>>`)
    for (const [i, { text, page }] of outline.entries()) {
      const next = i + 1 < outline.length ? `/Next ${root + i + 2} 0 R` : ''
      objects.push(`<</Title(${escaped(text)})/Parent ${root} 0 R${next}/Dest[${first + 2 * page} 0 R/Fit]>>`)
    }
  }
  if (title) objects.push(`<</Title(${escaped(title)})>>`)
  let text = '%PDF-1.4\n'
  const offsets = objects.map((object, i) => {
    const at = text.length
    text += `${i + 1} 0 obj\n${object}\nendobj\n`
    return at
  })
  const xref = text.length
  const rows = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')
  const info = title ? `/Info ${objects.length} 0 R` : ''
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<</Size ${objects.length + 1}/Root 1 0 R${info}>>\nstartxref\n${xref}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}

/** A list in a list in a list: the parser takes minutes for it. */
export const endlessMarkdown = Array.from({ length: 1000 }, (_, i) => `${' '.repeat(2 * i)}- item`).join('\n')

/** The lines of two columns of running text, next to each other. */
export const twoColumns = [
  ['Truffles grow under oaks, and', 'Water was its first work: it'],
  ['the dog finds them by smell. It', 'fetched ducks out of the cold'],
  ['is led by a person who knows', 'lagoons, until these were dried'],
  ['the woods, and who gives it', 'and the dogs had to look for'],
  ['bread for every one it finds.', 'other work in the hills.'],
] as const
