import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Point } from '../../../src-main/contract/index.ts'
import { smooth, sparse } from '../../../src-renderer/components/curves.ts'

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
