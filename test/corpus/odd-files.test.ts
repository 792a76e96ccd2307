import { describe, expect, it } from 'vitest'
import { docx, epub, pdf, pptx, xlsx, zip } from '../support/documents.ts'
import { contentReader } from '../support/reading.ts'

const read = contentReader()

const word = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const part = (name: string, text: string): string =>
  `<w:${name} xmlns:w="${word}"><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:${name}>`

/** The members of a ZIP file that was made here, under other names. */
function renamed(archive: Buffer, rename: (name: string) => string): Buffer {
  const members: Record<string, string> = {}
  for (let at = 0; archive.readUInt32LE(at) === 0x04034b50; ) {
    const [size, name] = [archive.readUInt32LE(at + 18), archive.readUInt16LE(at + 26)]
    const start = at + 30 + name
    members[rename(archive.toString('utf8', at + 30, start))] = archive.toString('utf8', start, start + size)
    at = start + size
  }
  return zip(members)
}

describe('Word documents', () => {
  it('have their headers and footers once, after the text', async () => {
    const parts = {
      'word/header1.xml': part('hdr', 'Alba Truffles Ltd'),
      'word/header2.xml': part('hdr', 'Alba Truffles Ltd'),
      'word/footer1.xml': part('ftr', 'Confidential'),
    }
    expect((await read('letter.docx', docx([{ text: 'Dear all' }], '', parts))).text).toBe(
      'Dear all\n\nAlba Truffles Ltd\nConfidential',
    )
    expect((await read('blank.docx', docx([], '', parts))).text).toBe('Alba Truffles Ltd\nConfidential')
  })

  it('have text in fields and above pronunciations, where there is no other', async () => {
    const field = '<w:p><w:fldSimple w:instr="TITLE"><w:r><w:t>Report</w:t></w:r></w:fldSimple></w:p>'
    expect((await read('field.docx', docx([], field))).text).toBe('Report')
  })
})

describe('workbooks', () => {
  it('have the text of boxes and comments after the cells of their sheet', async () => {
    const relation = (id: string, kind: string, target: string): string =>
      `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${kind}" Target="${target}"/>`
    const doc = await read(
      'boxes.xlsx',
      xlsx(
        { Plan: [['Task', 'Day']] },
        {
          'xl/worksheets/_rels/sheet1.xml.rels': `<Relationships>${relation('r1', 'drawing', '../drawings/d.xml')}${relation('r2', 'comments', '../c.xml')}</Relationships>`,
          'xl/drawings/d.xml':
            '<wsDr><sp><txBody><p><r><t>A box</t></r></p><p><r><t>of two lines</t></r></p></txBody></sp></wsDr>',
          'xl/c.xml':
            '<comments><commentList><comment><text><r><t>Ask Ada</t></r></text></comment></commentList></comments>',
        },
      ),
    )
    expect(doc.text).toBe('Plan\n\nTask | Day\n\nA box\nof two lines\n\nAsk Ada')
  })

  it('may name their parts as Windows does, in any case, and as they like', async () => {
    const book = xlsx({ Sheet: [['Name', 'Town']] })
    for (const rename of [
      (name: string) => name.replaceAll('/', '\\'),
      (name: string) => name.replace('sheet1.xml', 'Sheet1.XML'),
    ]) {
      expect((await read('book.xlsx', renamed(book, rename))).text).toBe('Sheet\n\nName | Town')
    }
    const talk = renamed(pptx([{ title: 'Why', body: ['So'] }]), (name) => name.replace('presentation.xml', 'deck.xml'))
    expect((await read('deck.pptx', talk)).text).toBe('Why\n\nSo')
  })
})

describe('books', () => {
  it('are found where their container does not say, and when it lies', async () => {
    const book = epub('A book', ['<p>One</p>', '<p>Two</p>'])
    for (const rename of [
      (name: string) => name.replace('book.opf', 'Content.OPF'),
      (name: string) => name.replace('container.xml', 'nothing.xml'),
    ]) {
      expect((await read('book.epub', renamed(book, rename))).text).toBe('One\n\nTwo')
    }
  })
})

describe('PDF forms and notes', () => {
  it('are read with what was filled in and written on the page', async () => {
    const annotations =
      '<</Type/Annot/Subtype/Widget/FT/Tx/T(form.name)/TU(Your name)/V(Ada Lovelace)/Rect[0 0 9 9]>>' +
      '<</Type/Annot/Subtype/Widget/FT/Tx/T(town)/V(Turin)/Rect[0 0 9 9]>>' +
      '<</Type/Annot/Subtype/Widget/FT/Tx/T(empty)/Rect[0 0 9 9]>>' +
      '<</Type/Annot/Subtype/Widget/FT/Tx/T(pin)/V(1234)/Ff 8192/Rect[0 0 9 9]>>' +
      '<</Type/Annot/Subtype/FreeText/Contents(Please sign)/Rect[0 0 9 9]>>'
    const doc = await read('form.pdf', pdf([['Application']], undefined, annotations))
    expect(doc.text).toBe('Application\n\nPlease sign\n\nYour name: Ada Lovelace\n\ntown: Turin')
    const bare = await read('bare.pdf', pdf([[]], undefined, annotations))
    expect(bare.text).toContain('Your name: Ada Lovelace')
  })
})
