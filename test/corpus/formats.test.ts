import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AppError } from '../../src-main/contract/index.ts'
import { chunkDocument, type ReadDocument } from '../../src-main/corpus/index.ts'
import { epub, odf, pdf, pptx, twoColumns, xlsx, zip } from '../support/documents.ts'
import { contentReader } from '../support/reading.ts'

const read = contentReader()
const codeOf = (reading: Promise<unknown>): Promise<string> =>
  reading.then(
    () => 'read',
    (error) => (error instanceof AppError ? error.code : String(error)),
  )
const outline = (doc: ReadDocument): [number, string][] =>
  doc.headings.map(({ level, offset }) => [level, doc.text.slice(offset).split('\n')[0] ?? ''])
const pagesOf = (doc: ReadDocument): string[] =>
  doc.pageStarts.map((start, i) => doc.text.slice(start, doc.pageStarts[i + 1]).trim())

describe('PPTX', () => {
  it('has a page per slide: title, text, table, notes, in the order of the presentation', async () => {
    const doc = await read(
      'talk.pptx',
      pptx([
        { title: 'Why', body: ['First point', 'Second point'], notes: 'Say hello.' },
        { title: 'How', body: [], table: [['Year', 'Place'], ['2020', 'Alba']] }, // biome-ignore format: a table
      ]),
    )
    expect(doc.title).toBe('Why')
    expect(doc.pages).toBe(2)
    expect(pagesOf(doc)).toEqual(['Why\n\nFirst point\nSecond point\n\nSay hello.', 'How\n\nYear | Place\n2020 | Alba'])
    expect(outline(doc)).toEqual([
      [1, 'Why'],
      [1, 'How'],
    ])
    expect(doc.tables.map(({ header }) => header)).toEqual(['Year | Place'])
  })
})

describe('XLSX', () => {
  it('has a page per sheet and a line per row', async () => {
    const doc = await read(
      'book.xlsx',
      xlsx({
        Wine: [
          ['Region', 'Bottles', 'Price'],
          ['Langhe', 12, 0.1 + 0.2],
          ['Mosel', 7, 14],
        ],
        Empty: [],
        More: [['only a note']],
      }),
    )
    expect(doc.pages).toBe(3)
    expect(pagesOf(doc)).toEqual([
      'Wine\n\nRegion | Bottles | Price\nLanghe | 12 | 0.3\nMosel | 7 | 14',
      '',
      'More\n\nonly a note',
    ])
    expect(doc.tables.map(({ header, start }) => [header, doc.text.slice(start, start + 6)])).toEqual([
      ['Region | Bottles | Price', 'Region'],
    ])
  })

  it('has dates, truths, formulas, and cells that do not say where they are', async () => {
    const cells =
      '<c s="1"><v>45000</v></c><c s="2"><v>45000.5</v></c><c t="b"><v>1</v></c><c><f>1+1</f><v>2</v></c><c t="s"><v>99</v></c><c t="s"><v>0</v></c>'
    const doc = await read(
      'odd.xlsx',
      xlsx(
        { S: [] },
        {
          'xl/worksheets/sheet1.xml': `<worksheet><sheetData><row>${cells}</row></sheetData></worksheet>`,
          'xl/sharedStrings.xml': '<sst><si><r><t>東</t></r><r><t>京</t></r><rPh><t>トウ</t></rPh></si></sst>',
          'xl/styles.xml':
            '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="[Red]dd/mm hh:mm"/></numFmts><cellXfs><xf/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></styleSheet>',
        },
      ),
    )
    expect(doc.text).toBe('S\n\n2023-03-15 | 2023-03-15 12:00:00 | true | 2 | 東京')
  })

  it('repeats the names of the columns in every passage', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => [`Town ${i}`, i, 'a district far away'])
    const doc = await read('towns.xlsx', xlsx({ Towns: [['Name', 'Number', 'Where'], ...rows] }))
    const passages = chunkDocument(doc, { libraryId: 'l', fileId: 'f', path: 'towns.xlsx' })
    expect(passages.length).toBeGreaterThan(5)
    for (const { text, headings } of passages) {
      expect(`${headings.join('\n')}\n${text}`).toContain('Name | Number | Where')
      expect(headings[0]).toBe('Towns')
    }
    expect(passages[0]?.headings).toEqual(['Towns'])
  })
})

describe('OpenDocument', () => {
  it('texts have headings, lists and tables', async () => {
    const doc = await read(
      'letter.odt',
      odf(
        'text',
        `<text:h text:outline-level="1">A letter</text:h><text:p>Dear<text:s text:c="2"/>all,<text:line-break/>hello.</text:p>
         <text:list><text:list-item><text:p>one</text:p></text:list-item></text:list>
         <text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>
         <table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row>
         <table:table-row><table:table-cell><text:p>1</text:p></table:table-cell><table:table-cell><text:p>2</text:p></table:table-cell></table:table-row></table:table>`,
      ),
    )
    expect(doc.text).toBe('A letter\n\nDear  all,\nhello.\n\n- one\n\na | b\n1 | 2')
    expect(outline(doc)).toEqual([[1, 'A letter']])
    expect(doc.title).toBe('A letter')
    expect(doc.tables.map(({ header }) => header)).toEqual(['a | b'])
  })

  it('sheets and slides are pages', async () => {
    const cell = (text: string, more = ''): string =>
      `<table:table-cell ${more}><text:p>${text}</text:p></table:table-cell>`
    const row = (...cells: string[]): string => `<table:table-row>${cells.join('')}</table:table-row>`
    const empty =
      '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
    const sheets = await read(
      'sums.ods',
      odf(
        'spreadsheet',
        `<table:table table:name="Sums">${row(cell('x'), cell('y'))}${row(cell('1', 'table:number-columns-repeated="2"'))}${empty}</table:table>`,
      ),
    )
    expect([sheets.text, sheets.pages]).toEqual(['Sums\n\nx | y\n1 | 1', 1])
    const slide = (title: string, text: string): string =>
      `<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>${title}</text:p></draw:text-box></draw:frame><draw:frame><draw:text-box><text:p>${text}</text:p></draw:text-box></draw:frame></draw:page>`
    const slides = await read('talk.odp', odf('presentation', slide('One', 'first') + slide('Two', 'second')))
    expect(pagesOf(slides)).toEqual(['One\n\nfirst', 'Two\n\nsecond'])
    expect(outline(slides)).toEqual([
      [1, 'One'],
      [1, 'Two'],
    ])
  })

  it('says when it is encrypted', async () => {
    const manifest = '<manifest:manifest><manifest:encryption-data/></manifest:manifest>'
    expect(await codeOf(read('secret.odt', odf('text', 'x', { 'META-INF/manifest.xml': manifest })))).toBe(
      'FILE_PROTECTED',
    )
  })
})

describe('EPUB', () => {
  it('is read in the order of its spine', async () => {
    const doc = await read(
      'book.epub',
      epub('A Book', [
        '<h1>Second file, first chapter</h1><p>It begins<a id="x"/> here.</p>',
        '<h1>Then</h1><p>It goes on.</p>',
      ]),
    )
    expect(doc.title).toBe('A Book')
    expect(doc.text).toBe('Second file, first chapter\n\nIt begins here.\n\nThen\n\nIt goes on.')
    expect(outline(doc).map(([, text]) => text)).toEqual(['Second file, first chapter', 'Then'])
  })
})

describe('RTF', () => {
  it('is read with its headings, tables and characters', async () => {
    const doc = await read(
      'old.rtf',
      String.raw`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Times;}{\f1\fcharset238 Times CE;}}{\info{\title My title}}{\*\generator x;}
{\pard\outlinelevel0 A heading\par}\pard Caf\'e9 \u8364?5 \emdash  {\b bold}, {\f1 \'e8e\'9atina}\par
{\pict 0102}\trowd\intbl a\cell b\cell\row\intbl 1\cell 2\cell\row\pard after\par}`,
    )
    expect(doc.title).toBe('My title')
    expect(doc.text).toBe('A heading\n\nCafé €5 — bold, čeština\n\na | b\n1 | 2\n\nafter')
    expect(outline(doc)).toEqual([[1, 'A heading']])
  })

  it('is found out behind another name', async () => {
    expect((await read('really.docx', String.raw`{\rtf1 hello}`)).text).toBe('hello')
  })

  it('never fails on what programs may write', async () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '\\par ',
      "\\'e9",
      '\\u99999?',
      '\\*',
      '\\',
      'text',
      '\\cell',
      '\\row',
      '\\f7',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        expect(['read', 'FILE_EMPTY']).toContain(await codeOf(read('fuzz.rtf', `{\\rtf1 ${pieces.join('')}`)))
      }),
      { numRuns: 40 },
    )
  })
})

describe('CSV and TSV', () => {
  it.each([
    ['a.csv', 'name,note\n"Smith, A.","two\nlines"\nB,c\n'],
    ['b.csv', 'name;note\n"Smith, A.";two lines\n;\nB;c\n'],
    ['c.tsv', 'name\tnote\nSmith, A.\ttwo lines\nB\tc\n'],
  ])('%s is a line per row', async (name, content) => {
    const doc = await read(name, content)
    expect(doc.text).toBe('name | note\nSmith, A. | two lines\nB | c')
    expect(doc.tables.map(({ header }) => header)).toEqual(['name | note'])
  })

  it('without names of columns repeats none, and is understood in Shift_JIS', async () => {
    expect((await read('numbers.csv', '1,2\n3,4\n')).tables).toEqual([])
    expect((await read('people.csv', iconv.encode('名前,住所\n佐藤太郎,東京\n', 'shift_jis'))).text).toBe(
      '名前 | 住所\n佐藤太郎 | 東京',
    )
  })
})

describe('e-mail', () => {
  const message = [
    'From: Ann <ann@example.org>',
    'To: Ben <ben@example.org>',
    'Subject: =?utf-8?q?Caf=C3=A9?=',
    'Date: Mon, 20 Jul 2015 10:00:00 +0200',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'See you at the caf=E9.',
    '--b',
    'Content-Type: application/pdf; name="menu.pdf"',
    'Content-Disposition: attachment; filename="menu.pdf"',
    '',
    'x',
    '--b--',
    '',
  ].join('\r\n')

  it('has a subject, a head, a text and a list of what is attached', async () => {
    const doc = await read('mail.eml', message)
    expect(doc.title).toBe('Café')
    expect(doc.text).toBe(
      'Café\n\nFrom: Ann <ann@example.org>\nTo: Ben <ben@example.org>\nDate: 2015-07-20T08:00:00.000Z\n\nSee you at the café.\n\nAttachments:\n- menu.pdf (application/pdf)',
    )
  })

  it('in a mailbox is an article of a collection', async () => {
    const plain = 'Subject: Two\n\nFirst line.\n\n>From here on.\n'
    const doc = await read(
      'mails.mbox',
      `From a@b Mon Jul 20 01:01:07 2015\n${message}\nFrom c@d Mon Jul 20 01:02:07 2015\n${plain}`,
    )
    expect(doc.collection).toBe(true)
    expect(outline(doc)).toEqual([
      [1, 'Café'],
      [1, 'Two'],
    ])
    expect(doc.text).toContain('\nFrom here on.')
  })

  it('of markup only is read as text', async () => {
    const doc = await read('page.eml', 'Subject: s\nContent-Type: text/html\n\n<h2>News</h2><p>Some <b>text</b></p>')
    expect(doc.text).toBe('s\n\nNews\n\nSome text')
  })
})

describe('notebooks', () => {
  it.each([4, 3])('of version %i have text, code and what it printed', async (version) => {
    const cells = [
      { cell_type: 'markdown', source: ['intro\n', '\n', '## Load *data*\n'] },
      {
        cell_type: 'code',
        [version === 4 ? 'source' : 'input']: 'print(1)',
        outputs: [{ text: ['1\n'] }, { data: { 'text/plain': 'x', 'image/png': 'AAAA' } }],
      },
    ]
    const doc = await read('a.ipynb', JSON.stringify(version === 4 ? { cells } : { worksheets: [{ cells }] }))
    expect(doc.text).toBe('intro\n\n## Load *data*\n\nprint(1)\n\n1\n\nx')
    expect(doc.headings).toEqual([{ level: 2, text: 'Load data', offset: 7 }])
  })

  it('that are broken say so', async () => {
    expect(await codeOf(read('b.ipynb', '{"cells": ['))).toBe('FILE_DAMAGED')
    expect(await codeOf(read('c.ipynb', 'null'))).toBe('FILE_EMPTY')
  })
})

describe('LaTeX and source code', () => {
  it('LaTeX has its sections as headings', async () => {
    const source = '\\title{On \\emph{dogs}}\n\\section{Noses}\\label{a}\ntext\n\\subsection*{Of {small} ones}\n'
    const doc = await read('paper.tex', source)
    expect([doc.title, doc.text]).toEqual(['On dogs', source])
    expect(doc.headings.map(({ level, text }) => [level, text])).toEqual([
      [3, 'Noses'],
      [4, 'Of small ones'],
    ])
  })

  it('code is text that keeps its whole name', async () => {
    const doc = await read('main.rs', 'fn main() {}\n')
    expect([doc.title, doc.text]).toEqual(['main.rs', 'fn main() {}\n'])
  })
})

describe('PDF', () => {
  it('has the entries of its outline as headings, where their words stand', async () => {
    const pages = [['A cover'], ['1 The harbor', 'Boats and piers.'], ['The town', 'Streets.']]
    const entries = [
      { text: 'The Harbor', page: 1 },
      { text: 'Not on its page', page: 1 },
      { text: 'The town', page: 2 },
    ]
    const doc = await read('book.pdf', pdf(pages, 'A book', '', entries))
    expect(doc.headings.map(({ text }) => text)).toEqual(['The Harbor', 'The town'])
    expect(outline(doc)).toEqual([
      [1, expect.stringMatching(/^1 The harbor/)],
      [1, expect.stringMatching(/^The town/)],
    ])
  })

  it('is read column by column where the file has the columns row by row', async () => {
    const across = 'A breed of dogs that has changed its work in the course of time, as many have'
    expect((await read('columns.pdf', pdf([[across, '', ...twoColumns]]))).text).toBe(
      [
        across,
        'Truffles grow under oaks, and the dog finds them by smell. It is led by a person who knows the woods, and who gives it bread for every one it finds.',
        'Water was its first work: it fetched ducks out of the cold lagoons, until these were dried and the dogs had to look for other work in the hills.',
      ].join('\n\n'),
    )
    const table = twoColumns.map(([left], i) => [left.slice(0, 8), `${i} g`] as const)
    expect((await read('table.pdf', pdf([table]))).text).toMatch(/^Truffles\s+0 g\s+the dog\s+1 g/)
  })

  it('names the pages that have no text', async () => {
    expect((await read('some.pdf', pdf([['a'], [], [], ['b'], []]))).warnings).toEqual([
      'Pages 2–3 and 5 have no text.',
    ])
    expect((await read('one.pdf', pdf([['a'], []]))).warnings).toEqual(['Page 2 has no text.'])
    expect((await read('all.pdf', pdf([['a']]))).warnings).toEqual([])
  })
})

describe('what is not what its name says', () => {
  it('is read as what it is', async () => {
    expect((await read('page.pdf', '<!DOCTYPE html><title>T</title><p>A page')).text).toBe('A page')
    expect((await read('scan.docx', pdf([['A report']]))).text).toBe('A report')
    expect((await read('notes.txt', pptx([{ title: 'A slide', body: [] }]))).text).toBe('A slide')
  })

  it('is refused when it is no document', async () => {
    expect(await codeOf(read('a.zip', zip({ '../../out.txt': 'x' })))).toBe('FILE_UNSUPPORTED')
    const container = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)])
    expect(await codeOf(read('old.doc', container))).toBe('FILE_UNSUPPORTED')
    expect(await codeOf(read('nothing.pdf', ''))).toBe('FILE_EMPTY')
  })
})

describe('hostile files', () => {
  it.each([
    ['a bomb', 'bomb.epub', () => zip({ mimetype: 'application/epub+zip', 'a.xhtml': 'x' }, 2_000_000_000)],
    [
      'a member that unpacks to more than it says',
      'lie.docx',
      () => zip({ 'word/document.xml': ' '.repeat(1_000_000) }, 10, true),
    ],
    ['elements inside each other', 'deep.odt', () => odf('text', '<text:span>'.repeat(100_000))],
    ['groups inside each other', 'deep.rtf', () => `{\\rtf1${'{'.repeat(100_000)}`],
  ])('%s is too complex', async (_, name, content) => {
    expect(await codeOf(read(name, content()))).toBe('FILE_TOO_COMPLEX')
  })

  it('an e-mail of parts inside each other ends', async () => {
    const part = (i: number): string =>
      i === 100 ? 'the end' : `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n${part(i + 1)}\n--b${i}--`
    expect(await codeOf(read('deep.eml', `Subject: s\n${part(0)}\n`))).toBe('FILE_DAMAGED')
  })

  it('what a file points to is not fetched', async () => {
    const seen: (string | undefined)[] = []
    const server = createServer((request, response) => {
      seen.push(request.url)
      response.end('secret')
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const html = `<html><head><link rel="stylesheet" href="${url}/css"><script src="${url}/js"></script></head><body><p>Here.</p><img src="${url}/png"><iframe src="${url}/page"></iframe></body></html>`
    const entity = `<!DOCTYPE a [<!ENTITY x SYSTEM "${url}/entity"><!ENTITY y SYSTEM "file:///etc/passwd">]>`
    const link = `<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(${url}/pdf)>>>>`
    const texts = [
      await read('page.html', html),
      await read('mail.eml', `Subject: Here.\nContent-Type: text/html\n\n${html}`),
      await read('book.epub', epub('Here.', [html])),
      await read('letter.odt', odf('text', '<text:p>Here. &x;&y;</text:p>', {}, entity)),
      await read('note.md', `Here. ![](${url}/md)`),
      await read('report.pdf', pdf([['Here.']], 'A report', link)),
    ].map(({ text }) => text)
    for (const text of texts) expect(text).toContain('Here.')
    expect(texts.join()).not.toMatch(/secret|root:/)
    expect(seen).toEqual([])
  })

  it('entities that stand for more and more of each other are not expanded', async () => {
    const laughs = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    const doc = await read('laughs.odt', odf('text', '<text:p>so &b; it is</text:p>', {}, laughs))
    expect(doc.text).not.toContain('ha')
  })
})
