import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findOnPage, lineBoxes } from '../../../src-renderer/components/sources/pdf-marks.ts'

const marked = (pieces: readonly string[], wanted: string) =>
  findOnPage(pieces, wanted).map(({ piece, from, to }) => {
    const text = pieces[piece] ?? ''
    return text.slice(Math.round(from * text.length), Math.round(to * text.length))
  })

describe('findOnPage', () => {
  it('finds a text over the ends of lines, whatever spaces and hyphens became of it', () => {
    const pieces = ['A page. The dog', 'found a truf-', 'fle under the OAK', 'tree. Then it slept.']
    expect(marked(pieces, 'The dog found a truffle under the oak tree.')).toEqual([
      'The dog',
      'found a truf-',
      'fle under the OAK',
      'tree. ',
    ])
  })

  it('finds the part that stands on this page of a text that goes on on the next', () => {
    const end = 'the rest of it stands on the following page and is long enough to be told apart from this'
    expect(
      marked(
        ['Head', 'a passage that begins at the foot of the page'],
        `a passage that begins at the foot of the page ${end}`,
      ),
    ).toEqual(['a passage that begins at the foot of the page'])
  })

  it('finds ligatures and full-width forms', () => {
    expect(marked(['the ﬁnal ＡＢＣ report'], 'final ABC')).toEqual(['ﬁnal ＡＢＣ '])
  })

  it('marks nothing where the text is not', () => {
    expect(findOnPage(['Nothing of this is on the page'], 'something else entirely, and more of it')).toEqual([])
    expect(findOnPage([], 'text')).toEqual([])
    expect(findOnPage(['text'], '')).toEqual([])
  })

  it('finds any stretch of any page, inside of the pieces', () => {
    const word = fc.stringMatching(/^[a-z]{1,9}$/)
    fc.assert(
      fc.property(fc.array(word, { minLength: 3, maxLength: 40 }), fc.nat(), fc.nat(), (words, a, b) => {
        const from = a % words.length
        const wanted = words.slice(from, from + 1 + (b % (words.length - from)))
        const marks = findOnPage(words, wanted.join(' '))
        expect(marks.length).toBeGreaterThan(0)
        for (const { piece, from: left, to: right } of marks) {
          expect(words[piece]).toBeDefined()
          expect(left).toBeGreaterThanOrEqual(0)
          expect(right).toBeGreaterThan(left)
          expect(right).toBeLessThanOrEqual(1)
        }
      }),
    )
  })
})

describe('lineBoxes', () => {
  it('draws one box around words that follow each other on a line', () => {
    const word = (line: number, left: number) => ({ line, left, top: line / 8, width: 0.125, height: 0.0625 })
    const words = [word(0, 0), word(0, 0.25), word(1, 0), word(1, 0.25), word(1, 0.5)]
    const marks = [0, 1, 2, 4].map((piece) => ({ piece, from: 0, to: 1 }))
    expect(lineBoxes(words, marks)).toEqual([
      { left: 0, top: 0, width: 0.375, height: 0.0625 },
      { left: 0, top: 0.125, width: 0.125, height: 0.0625 },
      { left: 0.5, top: 0.125, width: 0.125, height: 0.0625 },
    ])
  })
})
