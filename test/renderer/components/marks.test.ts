import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutAtMarks, type Mark } from '../../../src-renderer/components/marks.ts'

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
