import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chanceOf, resultOf, shareInterval } from '../../src-main/contract/index.ts'
import { finishedReport, statistics } from '../support/run-report.ts'

describe('what came of a training', () => {
  it('is told in numbers of questions, with how sure they are', () => {
    const { headline, certainty, improved, gained, lost } = resultOf(finishedReport())
    expect(headline).toBe('The small model now answers 8 of 10 test questions; before: 1.')
    expect(certainty).toBe(
      'With 10 questions the true share lies between 49 % and 94 % (95 % certainty). 8 turned from wrong to right, 1 from right to wrong: probably not by chance (p = 0.04).',
    )
    expect([improved, gained.length, lost.map(({ questionId }) => questionId)]).toEqual([true, 8, ['t9']])
  })

  it('claims no improvement where there is none, or none was measured', () => {
    const report = finishedReport()
    expect(resultOf({ ...report, test: statistics(0.1) }).improved).toBe(false)
    expect(resultOf({ ...report, testBefore: null }).improved).toBeNull()
    const untested = resultOf({ ...report, test: null, testBefore: null, tested: [] })
    expect(untested).toMatchObject({ improved: null, certainty: expect.stringContaining('too favorable') })
    expect(untested.headline).toBe('The small model now answers 7 of 10 validation questions; before: 1.')
  })
})

describe('shareInterval', () => {
  it('holds the share that was seen, within 0 and 1, and narrows with more questions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const right = Math.round(share * n)
        const [low, high] = shareInterval(right, n)
        const [low10, high10] = shareInterval(10 * right, 10 * n)
        expect(low).toBeGreaterThanOrEqual(0)
        expect(high).toBeLessThanOrEqual(1)
        expect(low).toBeLessThanOrEqual(right / n + 1e-12)
        expect(high).toBeGreaterThanOrEqual(right / n - 1e-12)
        expect(high10 - low10).toBeLessThan(high - low)
      }),
    )
  })

  it('is that of the literature', () => {
    // Wilson 1927, as in Newcombe 1998, table I: 81 of 263 and 1 of 29.
    expect(shareInterval(81, 263).map((share) => share.toFixed(4))).toEqual(['0.2553', '0.3662'])
    expect(shareInterval(1, 29).map((share) => share.toFixed(4))).toEqual(['0.0061', '0.1718'])
  })
})

describe('chanceOf', () => {
  it('is the two-sided sign test', () => {
    expect(chanceOf(0, 0)).toBe(1)
    expect(chanceOf(5, 0)).toBeCloseTo(2 / 32)
    expect(chanceOf(1, 9)).toBeCloseTo((2 * 11) / 1024)
    expect(chanceOf(9, 1)).toBe(chanceOf(1, 9))
    expect(chanceOf(7, 7)).toBe(1)
  })
})
