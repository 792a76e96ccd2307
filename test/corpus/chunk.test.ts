import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chunkDocument, type ReadDocument } from '../../src-main/corpus/index.ts'

const ids = { libraryId: 'library', fileId: 'file', path: 'notes/file.md' }

const document = (text: string, more: Partial<ReadDocument> = {}): ReadDocument => ({
  title: 'Title',
  text,
  pageStarts: [],
  pages: null,
  headings: [],
  tables: [],
  warnings: [],
  collection: false,
  ...more,
})

const sentence = 'The quick brown fox jumps over the lazy dog near the river bank. '
const paragraph = (sentences: number): string => sentence.repeat(sentences).trim()

/** Text out of hostile pieces, with headings and pages anywhere at the beginning of a line. */
const documents: fc.Arbitrary<ReadDocument> = fc
  .record({
    parts: fc.array(
      fc.oneof(
        fc.constantFrom(
          '\n',
          '\n\n',
          '\r\n',
          '\r\n\r\n',
          '\t',
          ' ',
          '\u00a0',
          '\u3000',
          ' '.repeat(900),
          '\n'.repeat(50),
        ),
        fc.constantFrom('word ', 'Sentence one. ', '- item\n', '| a | b |\n', '# not one\n', 'Dr. Who said so. '),
        fc.constantFrom(
          'x'.repeat(2500),
          '😀'.repeat(400),
          '漢字'.repeat(500),
          '中文句子。'.repeat(100),
          '\ud800',
          'e\u0301',
        ),
        fc.constantFrom(paragraph(3), paragraph(30), 'שלום עולם '.repeat(120), 'line of text\n'.repeat(80)),
        fc.string({ unit: 'binary', maxLength: 30 }),
      ),
      { maxLength: 30 },
    ),
    marks: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 6 }), fc.boolean()), { maxLength: 8 }),
  })
  .map(({ parts, marks }) => {
    const text = parts.join('')
    const lineStarts = [0, ...[...text.matchAll(/\n(?=[^\n])/g)].map((match) => match.index + 1)]
    const at = new Map(marks.map(([n, level, page]) => [lineStarts[n % lineStarts.length] as number, { level, page }]))
    const sorted = [...at].sort(([a], [b]) => a - b)
    const headings = sorted.flatMap(([offset, { level, page }]) =>
      page ? [] : [{ level, text: `H${offset}`, offset }],
    )
    const pageStarts = sorted.flatMap(([offset, { page }]) => (page ? [offset] : []))
    return document(text, {
      headings,
      pageStarts: pageStarts.length > 0 ? [0, ...pageStarts.filter((p) => p > 0)] : [],
    })
  })

describe('chunkDocument, whatever the document', () => {
  it('gives exact offsets, covers all text once, in order, within the size', () => {
    fc.assert(
      fc.property(documents, (doc) => {
        const passages = chunkDocument(doc, ids)
        let end = 0
        let between = ''
        for (const passage of passages) {
          expect(doc.text.slice(passage.start, passage.end)).toBe(passage.text)
          expect(passage.start).toBeGreaterThanOrEqual(end)
          expect(passage.text).toBe(passage.text.trim())
          expect(passage.text.length).toBeGreaterThan(0)
          expect(passage.text.length).toBeLessThanOrEqual(700)
          between += doc.text.slice(end, passage.start)
          end = passage.end
        }
        between += doc.text.slice(end)
        expect(between.trim()).toBe('')
      }),
      { numRuns: 300 },
    )
  })

  it('never splits a surrogate pair and gives each passage an id of its own', () => {
    fc.assert(
      fc.property(documents, (doc) => {
        const passages = chunkDocument(doc, ids)
        if (doc.text.isWellFormed()) expect(passages.every((passage) => passage.text.isWellFormed())).toBe(true)
        expect(new Set(passages.map((passage) => passage.id)).size).toBe(passages.length)
      }),
    )
  })

  it('keeps the text of two sections apart', () => {
    fc.assert(
      fc.property(documents, (doc) => {
        for (const { start, end } of chunkDocument(doc, ids)) {
          // between the headings inside of a passage, their own lines aside, only one stretch holds text
          const inside = doc.headings.filter((heading) => heading.offset >= start && heading.offset < end)
          const inTitle = (at: number): boolean =>
            doc.headings.some(({ offset }) => offset <= at && !doc.text.slice(offset, at).includes('\n'))
          const stretches = [start, ...inside.map((heading) => heading.offset)].map((from, i) => {
            const stretch = doc.text.slice(from, inside[i]?.offset ?? end)
            return inTitle(from) ? stretch.replace(/^[^\n]*/, '') : stretch
          })
          expect(stretches.filter((stretch) => stretch.trim() !== '').length).toBeLessThanOrEqual(1)
        }
      }),
    )
  })
})

describe('chunkDocument', () => {
  it('has nothing to say about a blank document', () => {
    expect(chunkDocument(document(' \n\n\t '), ids)).toEqual([])
  })

  it('keeps a short document whole', () => {
    const [passage, ...rest] = chunkDocument(document(`  ${paragraph(3)}\n`), ids)
    expect(rest).toEqual([])
    expect(passage).toMatchObject({ ...ids, title: 'Title', headings: [], page: null, start: 2, text: paragraph(3) })
  })

  it('names the headings above a passage', () => {
    const text = `# A\n\nintro\n\n## B\n\n${paragraph(2)}\n\n## C\n\nlast words\n\n# D\n\nend`
    const headings = [...text.matchAll(/^(#+) (.*)$/gm)].map((m) => ({
      level: (m[1] as string).length,
      text: m[2] as string,
      offset: m.index,
    }))
    const passages = chunkDocument(document(text, { headings }), ids)
    expect(passages.map((passage) => passage.headings)).toEqual([['A'], ['A', 'B'], ['A', 'C'], ['D']])
    expect(passages[1]?.text).toBe(`## B\n\n${paragraph(2)}`)
  })

  it('puts a heading without text of its own with what follows, the last one with what stands before', () => {
    const text = '# A\n\n## B\n\nbody\n\n## C'
    const headings = [
      { level: 1, text: 'A', offset: 0 },
      { level: 2, text: 'B', offset: 5 },
      { level: 2, text: 'C', offset: text.indexOf('## C') },
    ]
    const passages = chunkDocument(document(text, { headings }), ids)
    expect(passages.map(({ text, headings }) => [text, headings])).toEqual([[text, ['A', 'B']]])
  })

  it('cuts at the ends of sentences, into parts of like size', () => {
    const passages = chunkDocument(document(paragraph(15)), ids)
    expect(passages.length).toBe(2)
    for (const passage of passages) {
      expect(passage.text.endsWith('bank.')).toBe(true)
      expect(passage.text.length).toBeGreaterThan(400)
    }
  })

  it('does not end a sentence at a title, an initial or where a line was wrapped by hand', () => {
    const words = `It was a letter that the old clerk had never sent to Dr. J.\nSmith of the northern harbour office in town. `
    for (const passage of chunkDocument(document(words.repeat(20)), ids)) expect(passage.text).toMatch(/town\.$/)
  })

  it('keeps the rows of a table and the items of a list whole', () => {
    const rows = Array.from({ length: 60 }, (_, i) => `Item ${i}. | A description of no. ${i} | ${i}`)
    const passages = chunkDocument(document(rows.join('\n')), ids)
    expect(passages.flatMap((passage) => passage.text.split('\n'))).toEqual(rows)
  })

  it('leaves no crumbs where a neighbour has room', () => {
    const passages = chunkDocument(document(`${paragraph(13)}\n\nA short last line.`), ids)
    for (const passage of passages) expect(passage.text.length).toBeGreaterThan(200)
  })

  it('counts a Chinese character as more than a letter', () => {
    const passages = chunkDocument(document('这是一个关于河流和城市的句子。'.repeat(60)), ids)
    for (const passage of passages) {
      expect(passage.text.length).toBeLessThanOrEqual(234)
      expect(passage.text.endsWith('。')).toBe(true)
    }
  })

  it('says on which page a passage begins, and ends passages with pages', () => {
    const pages = [paragraph(8), '', paragraph(9), paragraph(25)]
    const text = pages.filter(Boolean).join('\n\n')
    const second = text.indexOf('\n\n') + 2
    const third = text.indexOf('\n\n', second) + 2
    const doc = document(text, { pages: 4, pageStarts: [0, second - 2, second, third] })
    const passages = chunkDocument(doc, ids)
    expect([...new Set(passages.map((passage) => passage.page))]).toEqual([1, 3, 4])
    for (const { start, end } of passages) expect(start < third && end > third).toBe(false)
  })

  it('joins pages with little on them', () => {
    const text = 'Slide one\n\nSlide two\n\nSlide three'
    const passages = chunkDocument(document(text, { pages: 3, pageStarts: [0, 11, 22] }), ids)
    expect(passages.map((passage) => [passage.text, passage.page])).toEqual([[text, 1]])
  })

  it('makes one passage of an article of a collection, without its title', () => {
    const text = `One\n${paragraph(14)}\n\n\nUntitled.\n\nThree\n${paragraph(40)}\n\n`
    const headings = ['One', '', 'Three'].map((title, i) => ({
      level: 1,
      text: title,
      offset: [0, text.indexOf('\nUntitled'), text.indexOf('Three')][i] as number,
    }))
    const passages = chunkDocument(document(text, { headings, collection: true }), ids)
    expect(passages.slice(0, 2).map(({ title, headings, text }) => [title, headings, text])).toEqual([
      ['One', [], paragraph(14)],
      ['', [], 'Untitled.'],
    ])
    expect(passages.length).toBeGreaterThan(4)
    for (const passage of passages.slice(2)) expect(passage.title).toBe('Three')
  })

  it('names the columns of a table in each of its passages but the one with their names', () => {
    const rows = ['Name | Place', ...Array.from({ length: 60 }, (_, i) => `Person ${i} | some place or other`)]
    const text = `${paragraph(1)}\n\n${rows.join('\n')}\n\n${paragraph(12)}`
    const start = text.indexOf('Name | Place')
    const end = text.indexOf(`\n\n${paragraph(12)}`)
    const doc = document(text, { tables: [{ header: 'Name | Place', start, end }] })
    const passages = chunkDocument(doc, ids)
    const inside = passages.filter((passage) => passage.start > start && passage.start < end)
    expect(inside.length).toBeGreaterThan(1)
    for (const passage of passages) {
      expect(passage.headings).toEqual(inside.includes(passage) ? ['Name | Place'] : [])
      expect(text.slice(passage.start, passage.end)).toBe(passage.text)
    }
  })

  it('keeps the ids of paragraphs when others change', () => {
    const before = [paragraph(9), 'B '.repeat(300), paragraph(9), 'D '.repeat(300)]
    const after = ['New text. '.repeat(60), ...before.slice(1)]
    const idsOf = (parts: string[]): string[] => chunkDocument(document(parts.join('\n\n')), ids).map((p) => p.id)
    const kept = idsOf(after).filter((id) => idsOf(before).includes(id))
    expect(kept.length).toBe(3)
    const elsewhere = chunkDocument(document(before.join('\n\n')), { ...ids, fileId: 'other' })
    expect(elsewhere.some((passage) => idsOf(before).includes(passage.id))).toBe(false)
  })

  it('takes time in proportion to the text', () => {
    const text = `${'word '.repeat(400_000)}\n${'x'.repeat(1_000_000)}\n${sentence.repeat(20_000)}`
    const before = performance.now()
    expect(chunkDocument(document(text), ids).length).toBeGreaterThan(5000)
    expect(performance.now() - before).toBeLessThan(10_000)
  })
})
