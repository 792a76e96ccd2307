import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMarked, markedSentences, sentencesOf, toggled } from '../../../../src-renderer/components/pairs/sentences.ts'

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

  it('lose any mark inside them at once', () => {
    const [first] = sentencesOf(text)
    if (!first) throw new Error('a sentence')
    expect(toggled(text, first, [{ start: 4, end: 7 }])).toEqual([])
  })
})
