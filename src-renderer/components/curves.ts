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

/**
 * The points that a chart of so many pixel columns needs: of each column the first, the lowest, the highest and the last
 * (as M4 does, Jugel et al. 2014), so that the line looks as if every point were drawn.
 *
 * @param points in the order of x
 * @param from, to the part that is shown; of the points outside of it the nearest on either side is kept
 */
export function perColumn(points: readonly Point[], from: number, to: number, columns: number): readonly Point[] {
  const inside = points.findIndex(([x]) => x >= from)
  const first = Math.max(0, (inside === -1 ? points.length : inside) - 1)
  const behind = points.findIndex(([x]) => x > to)
  const shown = points.slice(first, behind === -1 ? points.length : behind + 1)
  if (shown.length <= 4 * columns) return shown
  const width = (to - from) / columns
  const kept: Point[] = []
  let column: Point[] = []
  let current = Number.NaN
  const close = () => {
    const [head] = column
    const tail = column.at(-1)
    if (!head || !tail) return
    let [low, high] = [head, head]
    for (const point of column) {
      if (point[1] < low[1]) low = point
      if (point[1] > high[1]) high = point
    }
    kept.push(...new Set([head, low, high, tail].sort((a, b) => a[0] - b[0])))
  }
  for (const point of shown) {
    const own = Math.floor((point[0] - from) / width)
    if (own !== current) {
      close()
      column = []
      current = own
    }
    column.push(point)
  }
  close()
  return kept
}

/** At most `limit` of some items, evenly chosen, the first and the last among them. */
export function sparse<T>(items: readonly T[], limit: number): readonly T[] {
  if (items.length <= limit) return items
  const step = (items.length - 1) / (limit - 1)
  return Array.from({ length: limit }, (_, i) => items[Math.round(i * step)] as T)
}
