import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flippedMeans, intervalOf, mean, resampledMeans, significance } from '../../src-main/evaluation/statistics.ts'

const interval = (values: readonly number[], seed = 1) => {
  const [samples] = resampledMeans([Float64Array.from(values)], 2000, seed)
  return intervalOf(mean(values), samples as Float64Array)
}
const p = (differences: readonly number[], seed = 1) => {
  const [flipped] = flippedMeans([Float64Array.from(differences)], 2000, seed)
  return significance(mean(differences), flipped as Float64Array)
}
const repeated = (value: number, times: number): number[] => new Array(times).fill(value)

/** The exact two-sided McNemar test: of `n` questions on which two methods differ, `k` speak for the one. */
function mcnemar(k: number, n: number): number {
  const choose = (of: number, some: number) =>
    Array.from({ length: some }, (_, i) => (of - i) / (i + 1)).reduce((product, x) => product * x, 1)
  const tail = Array.from({ length: Math.min(k, n - k) + 1 }, (_, i) => choose(n, i)).reduce((sum, x) => sum + x, 0)
  return Math.min(1, (2 * tail) / 2 ** n)
}

describe('a bootstrap interval', () => {
  it('is as wide as the normal approximation says where that holds', () => {
    const { mean: center, low, high } = interval([...repeated(1, 200), ...repeated(0, 300)])
    const half = 1.96 * Math.sqrt((0.4 * 0.6) / 500)
    expect(center).toBeCloseTo(0.4, 10)
    expect(low).toBeCloseTo(0.4 - half, 2)
    expect(high).toBeCloseTo(0.4 + half, 2)
  })

  it('holds its mean, stays within the values, and is the same every time', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), (values) => {
        const { mean: center, low, high } = interval(values)
        expect(low).toBeLessThanOrEqual(center + 1e-9)
        expect(high).toBeGreaterThanOrEqual(center - 1e-9)
        expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9)
        expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-9)
        expect(interval(values)).toEqual({ mean: center, low, high })
      }),
      { numRuns: 20 },
    )
  })

  it('of one value, or of none, is a point', () => {
    expect(interval([0.5])).toEqual({ mean: 0.5, low: 0.5, high: 0.5 })
    expect(interval([])).toEqual({ mean: 0, low: 0, high: 0 })
  })

  it('draws the same questions for columns that belong together', () => {
    const values = Float64Array.from([0, 1, 1, 0, 1])
    const [a, b] = resampledMeans([values, values.map((x) => 2 * x)], 50, 3)
    expect(b).toEqual(a?.map((x) => 2 * x))
  })
})

describe('the randomization test', () => {
  it('agrees with the exact McNemar test where answers are right or wrong', () => {
    for (const [k, n] of [
      [3, 12],
      [5, 10],
      [2, 20],
      [8, 9],
    ] as const) {
      const differences = [...repeated(1, k), ...repeated(-1, n - k), ...repeated(0, 50)]
      expect(p(differences)).toBeCloseTo(mcnemar(k, n), 1)
    }
  })

  it('finds no difference where there is none, and one where every question says the same', () => {
    expect(p(repeated(0, 30))).toBe(1)
    expect(p(repeated(1, 30))).toBeLessThan(0.001)
    expect(p([0.2, -0.2, 0.1, -0.1])).toBe(1)
  })
})
