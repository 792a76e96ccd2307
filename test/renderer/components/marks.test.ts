import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutAtMarks, excerptStart, type Mark } from '../../../src-renderer/components/marks.ts'

const mark = fc.record({
  start: fc.integer({ min: -5, max: 60 }),
  end: fc.integer({ min: -5, max: 60 }),
  kind: fc.constantFrom<Mark['kind']>('passage', 'match', 'evidence'),
})

describe('cutAtMarks', () => {
  it('loses no text and marks exactly what the marks cover', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.nat(20), fc.array(mark, { maxLength: 8 }), (text, offset, marks) => {
        const pieces = cutAtMarks(text, offset, marks)
        expect(pieces.map((piece) => piece.text).join('')).toBe(text)
        for (const piece of pieces)
          for (let at = piece.start; at < piece.start + piece.text.length; at++) {
            const over = marks.filter((m) => m.start <= at && at < m.end).map((m) => m.kind)
            const strongest = (['evidence', 'match', 'passage'] as const).find((kind) => over.includes(kind)) ?? null
            expect(piece.kind).toBe(strongest)
          }
      }),
    )
  })

  it('marks a word in the middle', () => {
    expect(cutAtMarks('the founder was Ada', 100, [{ start: 116, end: 119, kind: 'evidence' }])).toEqual([
      { start: 100, text: 'the founder was ', kind: null },
      { start: 116, text: 'Ada', kind: 'evidence' },
    ])
  })
})

describe('excerptStart', () => {
  const text = `${'word '.repeat(60)}needle ${'word '.repeat(10)}`
  it('begins at the start when the first mark is near it', () => {
    expect(excerptStart(text, [])).toBe(0)
    expect(excerptStart(text, [{ start: 20, end: 24, kind: 'match' }])).toBe(0)
  })
  it('begins at a word shortly before the strongest mark', () => {
    const start = excerptStart(text, [
      { start: 5, end: 9, kind: 'match' },
      { start: 300, end: 306, kind: 'evidence' },
    ])
    expect(start).toBeGreaterThan(230)
    expect(start).toBeLessThan(300)
    expect(text[start - 1]).toBe(' ')
  })
})
