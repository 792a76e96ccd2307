import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBlocks } from '../../../src-renderer/components/sources/blocks.ts'
import { codeRows, visibleLines, visiblePieces } from '../../../src-renderer/components/sources/markdown.ts'

const shown = (text: string): string =>
  visiblePieces({ start: 0, text })
    .map((piece) => piece.text)
    .join('')

describe('Markdown as text', () => {
  it.each([
    ['## Costs ##', 'Costs'],
    ['> a **strong** and *soft* word', 'a strong and soft word'],
    ['see [the manual](https://example.org/a_(b)) and ![a dog](dog.png "Dog")', 'see the manual and a dog'],
    ['call `read_file` with _care_', 'call read_file with care'],
    ['5 * 3 * 2 and snake_case_name', '5 * 3 * 2 and snake_case_name'],
    ['- a list item', '- a list item'],
    ['|---|:---:|', ''],
    ['| Part | Count |', '| Part | Count |'],
    ['\\*not soft\\*', '*not soft*'],
    ['a<br>b', 'ab'],
  ])('%s', (source, text) => {
    expect(shown(source)).toBe(text)
  })

  it('shows each piece where it stands in the document', () => {
    const part = fc.constantFrom(
      '# ',
      '**',
      '*',
      '_',
      '`',
      '[a](b)',
      '> ',
      'word',
      ' ',
      '\\',
      '|---|',
      '<b>',
      'ü',
      '😀',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.nat(50), (parts, start) => {
        const text = parts.join('')
        let end = start
        for (const piece of visiblePieces({ start, text })) {
          expect(piece.start).toBeGreaterThanOrEqual(end)
          expect(text.slice(piece.start - start, piece.start - start + piece.text.length)).toBe(piece.text)
          end = piece.start + piece.text.length
        }
      }),
    )
  })

  it('leaves code as it is', () => {
    const rows = codeRows(toBlocks('text\n```js\na **b** c\n~~~\n```\nmore', [], [], []))
    expect(rows).toEqual([false, null, true, true, null, false])
  })

  it('shows a passage line by line, headings set off, from where an excerpt begins', () => {
    const text = '## The *harbor*\n\nA **pier**.\n```sh\nls *.md\n```\n<img src=x> end'
    const read = (from: number) =>
      visibleLines(text, from).map(({ heading, pieces }) => [heading, pieces.map((piece) => piece.text).join('')])
    expect(read(0)).toEqual([
      [true, 'The harbor'],
      [false, ''],
      [false, 'A pier.'],
      [false, 'ls *.md'],
      [false, ' end'],
    ])
    expect(read(text.indexOf('ier'))).toEqual([
      [false, 'ier.'],
      [false, 'ls *.md'],
      [false, ' end'],
    ])
    for (const { pieces } of visibleLines(text, 20))
      for (const piece of pieces) expect(text.startsWith(piece.text, piece.start)).toBe(true)
  })
})
