import { describe, expect, it } from 'vitest'
import type { Cell, ResultTable } from '../../src-main/contract/index.ts'
import { headline, points, significanceSentence } from '../../src-main/contract/index.ts'

const interval = { mean: 0, low: 0, high: 0 }
const cell = (right: number, questions: number, difference: { mean: number; p: number } | null = null): Cell => {
  const compared = difference && { ...interval, ...difference, low: difference.mean - 0.1, high: difference.mean + 0.1 }
  return {
    questions,
    right,
    scores: { em: { ...interval, mean: right / Math.max(1, questions) }, f1: interval, coverEm: interval },
    difference: compared && { em: compared, f1: compared, coverEm: compared },
  }
}
const table = (methods: readonly { label: string; mean: Cell }[]) => ({ methods, reference: 0 }) as ResultTable

describe('the result in a sentence', () => {
  it('names the best and the others, and how sure that is', () => {
    const before = { label: 'Before', mean: cell(9, 60) }
    expect(headline(table([before, { label: 'Taught', mean: cell(41, 60, { mean: 0.53, p: 0.001 }) }]))).toBe(
      'Taught answers 41 of 60 questions exactly right; Before: 9 of 60. That it is better than Before is hardly chance.',
    )
    expect(headline(table([before, { label: 'Taught', mean: cell(10, 60, { mean: 0.02, p: 0.8 }) }]))).toContain(
      'may be chance: ask more questions',
    )
  })

  it('says nothing of what was not tried, and nothing at all before the first answer', () => {
    expect(
      headline(
        table([
          { label: 'A', mean: cell(1, 2) },
          { label: 'B', mean: cell(0, 0) },
        ]),
      ),
    ).toBe('A answers 1 of 2 questions exactly right.')
    expect(headline(table([{ label: 'A', mean: cell(0, 0) }]))).toBeNull()
  })
})

describe('a difference', () => {
  it('is told in plain words', () => {
    expect(significanceSentence({ mean: 0.12, low: 0.05, high: 0.19, p: 0.013 })).toBe(
      'The difference is hardly chance: if both were equally good, one at least this large would come up 13 times in 1,000. It lies between +5.0 and +19.0 points.',
    )
    expect(significanceSentence({ mean: -0.1, low: -0.2, high: -0.01, p: 0.0004 })).toContain(
      'less than 1 time in 1,000',
    )
    expect(significanceSentence({ mean: 0.01, low: -0.1, high: 0.1, p: 0.9 })).toContain('may well be chance')
    expect(significanceSentence({ ...interval, p: 1 })).toBe('No difference.')
    expect([points(0.123), points(-0.02), points(0)]).toEqual(['+12.3', '−2.0', '+0.0'])
  })
})
