import type { Progress } from '../../contract/index.ts'

/**
 * Tells how far work is that brings results now and then, with a rate over all of this sitting.
 *
 * @param before results that an earlier sitting brought
 */
export function createPace(before: number): (what: string, done: number, total: number) => Progress {
  const started = performance.now()
  return (what, done, total) => {
    const rate = (1000 * (done - before)) / Math.max(1, performance.now() - started)
    const known = rate > 0
    return {
      what,
      done,
      total,
      unit: 'questions',
      // Less than one in ten seconds is told by the time that is left.
      rate: rate >= 0.1 ? rate : null,
      leftMs: known ? Math.round((1000 * (total - done)) / rate) : null,
    }
  }
}
