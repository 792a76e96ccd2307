import type { Point } from '../../src-main/contract/index.ts'

/**
 * Exponential moving average, corrected for its start (as in Adam), so that the first points are not pulled to zero.
 *
 * @param strength 0 leaves the points as they are; towards 1 the past counts more
 */
export function smooth(points: readonly Point[], strength: number): readonly Point[] {
  if (strength <= 0) return points
  let mean = 0
  let share = 0
  return points.map(([x, y]) => {
    mean = strength * mean + (1 - strength) * y
    share = strength * share + (1 - strength)
    return [x, mean / share]
  })
}

/** At most `limit` of some items, evenly chosen, the first and the last among them. */
export function sparse<T>(items: readonly T[], limit: number): readonly T[] {
  if (items.length <= limit) return items
  const step = (items.length - 1) / (limit - 1)
  return Array.from({ length: limit }, (_, i) => items[Math.round(i * step)] as T)
}
