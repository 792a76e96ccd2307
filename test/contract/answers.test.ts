import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coverMatch, exactMatch, normalizeAnswer, tokenF1 } from '../../src-main/contract/index.ts'
import { golden } from '../support/data.ts'

interface GoldenCase {
  prediction: string
  golden_answers: string[]
  em: number
  sub_em: number
  normalized: string
}

const cases = golden<GoldenCase[]>('exact-match.json')

describe.skipIf(cases === null)('the reference implementation', () => {
  it('gives the same normalization, EM and sub-string EM for every case', () => {
    const own = cases?.map(({ prediction, golden_answers }) => ({
      prediction,
      golden_answers,
      em: exactMatch(prediction, golden_answers),
      sub_em: coverMatch(prediction, golden_answers),
      normalized: normalizeAnswer(prediction),
    }))
    expect(own).toEqual(cases)
  })
})

describe('normalizeAnswer', () => {
  it('is stable: a normalized answer without new articles stays as it is', () => {
    expect(normalizeAnswer('  The   Eiffel\tTower! ')).toBe('eiffel tower')
    expect(normalizeAnswer('a-the')).toBe('athe')
  })

  it('takes letters of all scripts for letters when it looks for articles', () => {
    expect(normalizeAnswer('á a ña')).toBe('á ña')
    expect(normalizeAnswer('éa aé')).toBe('éa aé')
  })
})

describe('answer scores', () => {
  it('score a missing answer with 0', () => {
    expect([exactMatch(null, ['a']), coverMatch(null, ['']), tokenF1(null, [''])]).toEqual([0, 0, 0])
  })

  it('score an answer without gold answers with 0', () => {
    expect([exactMatch('x', []), coverMatch('x', []), tokenF1('x', [])]).toEqual([0, 0, 0])
  })

  it('compute token F1 with repeated words counted as often as both have them', () => {
    expect(tokenF1('new new york', ['New York City'])).toBeCloseTo(2 / 3)
    expect(tokenF1('york', ['New York City', 'york town'])).toBeCloseTo(2 / 3)
    expect(tokenF1('', ['the'])).toBe(1)
    expect(tokenF1('x', ['the'])).toBe(0)
  })

  it('stay in order: EM implies F1 = 1 and cover EM, and F1 lies in [0, 1]', () => {
    const phrase = fc
      .array(fc.constantFrom('the', 'Old', 'bridge', 'é', '42', ',', 'A'), { maxLength: 5 })
      .map((w) => w.join(' '))
    fc.assert(
      fc.property(phrase, fc.array(phrase, { minLength: 1, maxLength: 3 }), (answer, golds) => {
        const f1 = tokenF1(answer, golds)
        expect(f1).toBeGreaterThanOrEqual(0)
        expect(f1).toBeLessThanOrEqual(1)
        if (exactMatch(answer, golds) === 1) {
          expect(f1).toBe(1)
          expect(coverMatch(answer, golds)).toBe(1)
        }
      }),
    )
  })
})
