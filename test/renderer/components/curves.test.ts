import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Point } from '../../../src-main/contract/index.ts'
import { perColumn, smooth, sparse } from '../../../src-renderer/components/curves.ts'

const points = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 50 })
const strengths = fc.double({ min: 0, max: 0.99, noNaN: true })

describe('smooth', () => {
  it('stays between the smallest and the largest value, and keeps a level line level', () => {
    fc.assert(
      fc.property(points, strengths, (values, strength) => {
        const curve = values.map((y, x): Point => [x, y])
        const smoothed = smooth(curve, strength).map(([, y]) => y)
        expect(smoothed).toHaveLength(values.length)
        expect(Math.min(...smoothed)).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9)
        expect(Math.max(...smoothed)).toBeLessThanOrEqual(Math.max(...values) + 1e-9)
      }),
    )
    expect(
      smooth(
        [
          [1, 5],
          [2, 5],
          [3, 5],
        ],
        0.9,
      ).map(([, y]) => y),
    ).toEqual([5, 5, 5].map((y) => expect.closeTo(y)))
  })

  it('leaves the points alone at strength 0 and calms a zigzag otherwise', () => {
    const zigzag = Array.from({ length: 40 }, (_, x): Point => [x, x % 2])
    expect(smooth(zigzag, 0)).toBe(zigzag)
    const calm = smooth(zigzag, 0.9).slice(20)
    expect(Math.max(...calm.map(([, y]) => Math.abs(y - 0.5)))).toBeLessThan(0.1)
  })
})

describe('perColumn', () => {
  const long = Array.from({ length: 10_000 }, (_, x): Point => [x, Math.sin(x / 50) + (x === 7_777 ? 100 : 0)])

  it('keeps no more than four points a column, and every peak', () => {
    const few = perColumn(long, 0, 9_999, 300)
    expect(few.length).toBeLessThanOrEqual(4 * 301)
    expect(few).toContainEqual([7_777, expect.closeTo(Math.sin(7_777 / 50) + 100)])
    expect([few[0], few.at(-1)]).toEqual([long[0], long.at(-1)])
  })

  it('keeps the extremes of any part, each in its place', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 2, max: 9 }), fc.nat(49), fc.nat(49), (values, columns, a, b) => {
        const curve = values.map((y, x): Point => [x, y])
        const [from, to] = [Math.min(a, b), Math.max(a, b) + 1]
        const inside = curve.filter(([x]) => x >= from && x <= to).map(([, y]) => y)
        const kept = perColumn(curve, from, to, columns)
        expect(kept.map(([x]) => x)).toEqual([...new Set(kept.map(([x]) => x))].sort((p, q) => p - q))
        const shown = kept.filter(([x]) => x >= from && x <= to).map(([, y]) => y)
        expect([Math.min(...shown), Math.max(...shown)]).toEqual([Math.min(...inside), Math.max(...inside)])
      }),
    )
  })

  it('leaves short curves alone, and cuts at the part that is shown but for a neighbor on either side', () => {
    const short = long.slice(0, 10)
    expect(perColumn(short, 0, 9, 300)).toEqual(short)
    expect(perColumn(short, 3, 5, 300).map(([x]) => x)).toEqual([2, 3, 4, 5, 6])
  })
})

describe('sparse', () => {
  it('keeps short lists, and the first and last of long ones', () => {
    expect(sparse([1, 2, 3], 3)).toEqual([1, 2, 3])
    const few = sparse(
      Array.from({ length: 10_000 }, (_, i) => i),
      200,
    )
    expect(few).toHaveLength(200)
    expect([few[0], few.at(-1)]).toEqual([0, 9_999])
    expect(new Set(few).size).toBe(200)
  })
})
