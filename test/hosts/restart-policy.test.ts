import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterDeath } from '../../src-main/hosts/restart-policy.ts'

/** Lets a process die at each of `times` and tells which deaths were answered with a restart. */
function play(times: readonly number[]): boolean[] {
  let restarts: number[] = []
  return times.map((at) => {
    const decision = afterDeath(restarts, at)
    restarts = decision.restarts
    return decision.restart
  })
}

describe('restart policy', () => {
  it('restarts three times within a minute, then gives up', () => {
    expect(play([0, 1, 2, 3])).toEqual([true, true, true, false])
  })

  it('forgets what is more than a minute ago', () => {
    expect(play([0, 1, 2, 60_000, 60_001, 60_002, 60_003])).toEqual([true, true, true, true, true, true, false])
  })

  it('never restarts more than three times in any minute', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200_000), { maxLength: 60 }), (unsorted) => {
        const times = unsorted.sort((a, b) => a - b)
        const restarted = play(times)
        const at = times.filter((_, index) => restarted[index])
        for (const start of at) expect(at.filter((t) => t >= start && t < start + 60_000).length).toBeLessThanOrEqual(3)
      }),
    )
  })
})
