import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isMarked,
  markedSentences,
  readableSentences,
  sentencesOf,
  toggled,
} from '../../../../src-renderer/components/pairs/sentences.ts'

const text = 'Ann was born in Rome. She wrote books.  Later she moved.'

describe('sentences', () => {
  it('cover a text without a gap', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (any) => {
        expect(
          sentencesOf(any)
            .map(({ start, end }) => any.slice(start, end))
            .join(''),
        ).toBe(any)
      }),
    )
    expect(sentencesOf(text)).toHaveLength(3)
  })

  it('are marked without the space behind them, and unmarked again', () => {
    const [first, second, third] = sentencesOf(text)
    if (!first || !second || !third) throw new Error('three sentences')
    const marks = toggled(text, third, toggled(text, first, []))
    expect(marks.map(({ start, end }) => text.slice(start, end))).toEqual(['Ann was born in Rome.', 'Later she moved.'])
    expect([first, second, third].map((one) => isMarked(one, marks))).toEqual([true, false, true])
    expect(toggled(text, first, marks)).toEqual([marks[1]])
  })

  it('are shown whole wherever a mark stands in them', () => {
    const marked = markedSentences(text, [
      { start: 4, end: 7 },
      { start: 30, end: 32 },
    ])
    expect(marked.map(({ start, end }) => text.slice(start, end))).toEqual([
      'Ann was born in Rome.',
      'She wrote books.',
    ])
    expect(markedSentences(text, [])).toEqual([])
  })

  it('of Markdown are read without its markup, and stand where they stand', () => {
    const note = '## The **keeper**\n\nHe was [Odo Varr](https://example.org). He *never* slept.\n```sh\nls *.md\n```\n'
    const sentences = readableSentences(note, 'keeper.md')
    expect(sentences.map((one) => one.text)).toEqual([
      'The keeper\n',
      '\n',
      'He was Odo Varr. ',
      'He never slept.\n',
      '',
      'ls *.md\n',
      '',
    ])
    expect(sentences.map(({ start, end }) => ({ start, end }))).toEqual(sentencesOf(note))
    expect(
      readableSentences(note, 'keeper.txt')
        .map((one) => one.text)
        .join(''),
    ).toBe(note)
  })

  it('of Markdown lose nothing but markup', () => {
    const part = fc.constantFrom('word', ' ', '. ', '\n', '# ', '**', '`', '[a](b)', '> ', '- ')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const any = parts.join('')
        // the word behind a fence is the language of the code: markup
        fc.pre(!any.includes('```'))
        const shown = readableSentences(any, 'a.md')
        const count = (some: string) => some.split('word').length
        expect(count(shown.map((one) => one.text).join(''))).toBe(count(any))
      }),
    )
  })

  it('lose any mark inside them at once', () => {
    const [first] = sentencesOf(text)
    if (!first) throw new Error('a sentence')
    expect(toggled(text, first, [{ start: 4, end: 7 }])).toEqual([])
  })
})
