import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import { afterAll, describe, expect, it } from 'vitest'
import { AppError } from '../../src-main/contract/index.ts'
import { createReaderPool, type ReadDocument, supportedExtensions } from '../../src-main/corpus/index.ts'
import { dataDir } from '../support/data.ts'
import { docx, endlessMarkdown, pdf, zip } from '../support/documents.ts'
import { temporaryFolder } from '../support/folder.ts'

const folder = temporaryFolder()
const reader = createReaderPool({ workers: 1 })
afterAll(() => reader.close())

const written = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const read = (name: string, content: string | Uint8Array): Promise<ReadDocument> => reader.read(written(name, content))
const codeOf = (reading: Promise<unknown>): Promise<string> =>
  reading.then(
    () => 'read',
    (error) => (error instanceof AppError ? error.code : String(error)),
  )
/** Each heading with what stands in the text at its offset. */
const headingLines = (doc: ReadDocument): [number, string, string][] =>
  doc.headings.map(({ level, text, offset }) => [level, text, doc.text.slice(offset).split('\n')[0] ?? ''])

describe('plain text', () => {
  it('is taken as it is, with one kind of line end', async () => {
    const doc = await read('Shopping list.txt', 'milk\r\nbread\rsalt\n')
    expect(doc).toEqual({
      title: 'Shopping list',
      text: 'milk\nbread\nsalt\n',
      pageStarts: [],
      pages: null,
      headings: [],
      tables: [],
      warnings: [],
      collection: false,
    })
  })

  it.each([
    ['utf-8', { addBOM: true }],
    ['utf-16le', { addBOM: true }],
    ['utf-16be', { addBOM: true }],
    ['utf-16le', { addBOM: false }],
    ['utf-16be', { addBOM: false }],
    ['windows-1252', {}],
  ])('is understood in %s %o', async (encoding, options) => {
    const text = 'Die Straße führt über die Brücke, dann geht es den Fluss entlang. Schöne Grüße aus München.\n'
    const doc = await read('encoded.txt', iconv.encode(text, encoding, options))
    expect(doc.text).toBe(text)
  })

  it('is not what holds other bytes', async () => {
    expect(
      await codeOf(
        read(
          'picture.txt',
          new Uint8Array(1000).map((_, i) => (i * i * 7) % 256),
        ),
      ),
    ).toBe('FILE_UNSUPPORTED')
  })
})

describe('Markdown', () => {
  it('keeps its source and knows its headings', async () => {
    const source =
      '---\ntitle: "My notes"\n---\n# One *two* `three`\n\ntext\n\n```sh\n# no heading\n```\n\nSetext\n------\n\n   ### Indented\n'
    const doc = await read('notes.md', source)
    expect(doc.title).toBe('My notes')
    expect(doc.text).toBe(source)
    expect(headingLines(doc)).toEqual([
      [1, 'One two three', '# One *two* `three`'],
      [2, 'Setext', 'Setext'],
      [3, 'Indented', '### Indented'],
    ])
  })

  it('is named by its first heading, else by its file, and drops pictures inside the text', async () => {
    const doc = await read('a.md', `intro\n\n# Title\n\n![x](data:image/png;base64,${'A'.repeat(5000)})\n`)
    expect(doc.title).toBe('Title')
    expect(doc.text.length).toBeLessThan(100)
    expect((await read('plain.md', 'nothing')).title).toBe('plain')
  })
})

describe('HTML', () => {
  it('becomes blocks of text: headings, lists, tables, preformatted text', async () => {
    const doc = await read(
      'page.html',
      `<!doctype html><html><head><title>A &amp; B</title><style>p{}</style></head><body>
       <h1>First</h1><p>One<br>two  <b>three</b></p><ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>
       <table><tr><th>x</th><th></th><th>y</th></tr><tr><td>1</td><td></td><td>2</td></tr></table>
       <h2>Second</h2><pre>  code\n    more</pre><script>alert("<p>no</p>")</script><p hidden>no</p></body></html>`,
    )
    expect(doc.title).toBe('A & B')
    expect(doc.text).toBe('First\n\nOne\ntwo three\n\n- a\n- b\n- c\n\nx | y\n1 | 2\n\nSecond\n\n  code\n    more')
    expect(headingLines(doc)).toEqual([
      [1, 'First', 'First'],
      [2, 'Second', 'Second'],
    ])
  })

  it('reads the article of a page without what surrounds it', async () => {
    const menu = '<nav><ul><li><a href="/">Home</a></li><li><a href="/x">Imprint</a></li></ul></nav>'
    const paragraph = `<p>${'The river rises in the hills, and the town lies where it meets the sea. '.repeat(6)}</p>`
    const doc = await read(
      'article.html',
      `<body>${menu}<article><h2>Rivers</h2>${paragraph.repeat(5)}</article></body>`,
    )
    expect(doc.text).toContain('The river rises')
    expect(doc.text).not.toContain('Imprint')
    expect(doc.headings.map((heading) => heading.text)).toEqual(['Rivers'])
  })

  it('reads pages without head, body or closing tags, in the encoding they declare', async () => {
    expect((await read('bare.htm', 'just <i>text')).text).toBe('just text')
    const bytes = iconv.encode('<meta charset="iso-8859-2"><p>Zażółć gęślą jaźń', 'iso-8859-2')
    expect((await read('polish.html', bytes)).text).toBe('Zażółć gęślą jaźń')
  })

  it('is not impressed by depth', async () => {
    const deep = `${'<div>'.repeat(100_000)}at the bottom${'</div>'.repeat(100_000)}<p>after</p>`
    expect((await read('deep.html', deep)).text).toBe('at the bottom\n\nafter')
  })
})

describe('PDF', () => {
  it('is read page by page, lines joined to paragraphs and words made whole', async () => {
    const doc = await read(
      'report.pdf',
      pdf([['The first para-', 'graph of a page', 'goes on.', '', 'The second one.'], [], ['Page three.']]),
    )
    expect(doc.text).toBe('The first paragraph of a page goes on.\n\nThe second one.\n\nPage three.')
    expect(doc.pages).toBe(3)
    expect(doc.pageStarts.map((start) => doc.text.slice(start).trim().slice(0, 8))).toEqual([
      'The firs',
      'Page thr',
      'Page thr',
    ])
  })

  it('is named by its own title unless that says nothing', async () => {
    expect((await read('a.pdf', pdf([['Annual figures', '', 'x']], 'Report 2024'))).title).toBe('Report 2024')
    expect((await read('b.pdf', pdf([['Annual figures', '', 'x']], 'Microsoft Word - x.doc'))).title).toBe(
      'Annual figures',
    )
  })

  it('without text is said to be one, broken ones to be broken', async () => {
    expect(await codeOf(read('scan.pdf', pdf([[], []])))).toBe('FILE_EMPTY')
    expect(await codeOf(read('broken.pdf', 'no PDF at all'))).toBe('FILE_DAMAGED')
  })
})

describe('DOCX', () => {
  it('is read with its headings', async () => {
    const doc = await read(
      'letter.docx',
      docx([
        { text: 'A letter', style: 'Heading1' },
        { text: 'Dear all,' },
        { text: 'Why', style: 'Heading2' },
        { text: 'So.' },
      ]),
    )
    expect(doc.title).toBe('A letter')
    expect(doc.text).toBe('A letter\n\nDear all,\n\nWhy\n\nSo.')
    expect(headingLines(doc)).toEqual([
      [1, 'A letter', 'A letter'],
      [2, 'Why', 'Why'],
    ])
  })

  it('that is broken, encrypted or a bomb says so', async () => {
    expect(await codeOf(read('broken.docx', 'PK nothing'))).toBe('FILE_DAMAGED')
    expect(await codeOf(read('other.docx', zip({ 'a.txt': 'not a Word file' })))).toBe('FILE_DAMAGED')
    const container = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)])
    const encrypted = Buffer.concat([container, Buffer.from('EncryptedPackage', 'utf16le'), Buffer.alloc(600)])
    expect(await codeOf(read('secret.docx', encrypted))).toBe('FILE_PROTECTED')
    expect(await codeOf(read('old.docx', container))).toBe('FILE_UNSUPPORTED')
    expect(await codeOf(read('bomb.docx', zip({ 'word/document.xml': 'x' }, 2_000_000_000)))).toBe('FILE_TOO_COMPLEX')
  })
})

describe('JSONL', () => {
  it('is a collection of passages', async () => {
    const lines = [
      { id: 'a', title: 'One', text: 'First.\r\nStill first.' },
      { id: 'b', text: 'No title.' },
      { id: 'c', title: 'Empty', text: ' ' },
    ]
    const doc = await read('corpus.jsonl', `${lines.map((line) => JSON.stringify(line)).join('\n\n')}\n`)
    expect(doc.text).toBe('One\nFirst.\nStill first.\n\n\nNo title.\n\n')
    expect(doc.collection).toBe(true)
    expect(doc.headings).toEqual([
      { level: 1, text: 'One', offset: 0 },
      { level: 1, text: '', offset: 25 },
    ])
  })

  it('of another kind is not read, a broken one named with its line', async () => {
    expect(await codeOf(read('questions.jsonl', '{"question":"Who?","answers":["X"]}'))).toBe('FILE_UNSUPPORTED')
    const broken = read('broken.jsonl', '{"title":"a","text":"b"}\n{"title":')
    await expect(broken).rejects.toMatchObject({
      code: 'FILE_DAMAGED',
      value: { detail: expect.stringMatching(/^line 2:/) },
    })
  })
})

describe('the reader pool', () => {
  it('names what cannot be read', async () => {
    expect(await codeOf(read('picture.png', 'x'))).toBe('FILE_UNSUPPORTED')
    expect(await codeOf(reader.read(join(folder, 'missing.txt')))).toBe('PATH_MISSING')
    expect(await codeOf(read('blank.txt', ' \n '))).toBe('FILE_EMPTY')
    mkdirSync(join(folder, 'folder.txt'))
    expect(await codeOf(reader.read(join(folder, 'folder.txt')))).toBe('FILE_UNSUPPORTED')
    expect(supportedExtensions).toEqual(expect.arrayContaining(['.md', '.txt', '.html', '.pdf', '.docx', '.jsonl']))
  })

  it('ends what takes too long or is no longer wanted, and goes on', async () => {
    const pool = createReaderPool({ workers: 1, timeoutMs: 300 })
    const slow = written('slow.md', endlessMarkdown)
    const small = written('small.txt', 'small')
    try {
      expect(await codeOf(pool.read(slow))).toBe('FILE_TIMEOUT')
      const aborting = new AbortController()
      const [first, queued] = [pool.read(slow, aborting.signal), pool.read(small, aborting.signal)]
      aborting.abort(new Error('not wanted'))
      expect(await codeOf(first)).toBe('Error: not wanted')
      expect(await codeOf(queued)).toBe('Error: not wanted')
      expect(await codeOf(pool.read(small, aborting.signal))).toBe('Error: not wanted')
    } finally {
      await pool.close()
    }
    expect((await reader.read(small)).text).toBe('small')
    expect(await codeOf(pool.read(small))).toMatch(/closed/)
  })

  it('gives a long document more time as long as it goes on', async () => {
    const pool = createReaderPool({ workers: 1, timeoutMs: 2000 })
    await pool.read(written('short.pdf', pdf([['Now the library is loaded.']])))
    const pages = Array.from({ length: 1200 }, (_, i) =>
      Array.from({ length: 40 }, (_, n) => `Line ${n} of page ${i}.`),
    )
    try {
      expect((await pool.read(written('long.pdf', pdf(pages)))).pages).toBe(1200)
    } finally {
      await pool.close()
    }
  })

  it('survives a document that exhausts the memory of its worker', async () => {
    const pool = createReaderPool({ workers: 1, memoryMb: 24 })
    try {
      const huge = written('huge.html', '<p>a<b>b</b></p>'.repeat(200_000))
      expect(await codeOf(pool.read(huge))).toBe('FILE_TOO_COMPLEX')
      expect((await pool.read(written('next.txt', 'next'))).text).toBe('next')
    } finally {
      await pool.close()
    }
  })
})

const zoo = dataDir()
describe.skipIf(zoo === null)('real files', () => {
  interface Exhibit {
    path: string
    expectation: 'text' | 'empty' | 'error'
    also_ok: string[]
    must_contain: string[]
  }
  const dir = join(zoo ?? '', 'zoo')
  const exhibits: Exhibit[] = (zoo === null ? '' : readFileSync(join(dir, 'manifest.jsonl'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Exhibit)
  const comparable = (text: string): string =>
    text
      .normalize('NFKC')
      .replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
      .replace(/\s+/g, ' ')
      .toLowerCase()

  it.each(exhibits)('$path', async ({ path, expectation, also_ok, must_contain }) => {
    const doc = await reader.read(join(dir, path)).catch((error: unknown) => {
      if (error instanceof AppError) return error.code
      throw error
    })
    const outcome = typeof doc !== 'string' ? 'text' : doc === 'FILE_EMPTY' ? 'empty' : 'error'
    expect([expectation, ...also_ok]).toContain(outcome)
    expect(doc).not.toBe('INTERNAL')
    if (typeof doc === 'string') return
    for (const phrase of must_contain) expect(comparable(doc.text)).toContain(comparable(phrase))
    for (const [i, start] of doc.pageStarts.entries()) expect(start).toBeGreaterThanOrEqual(doc.pageStarts[i - 1] ?? 0)
    for (const { offset } of doc.headings) expect(doc.text.slice(offset, offset + 1)).toMatch(/\S/)
  })
})
