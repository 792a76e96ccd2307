import { describe, expect, it } from 'vitest'
import { blindName, blindOrder, labelled } from '../../../src-renderer/screens/compare/seats.ts'

describe('labelled', () => {
  it('names contestants by file where nothing else is known, adapters included, and numbers twins', () => {
    const seats = [
      { key: 'a', model: '/m/small.gguf', adapter: null },
      { key: 'b', model: '/m/small.gguf', adapter: '/a/taught.gguf' },
      { key: 'c', model: '/m/small.gguf', adapter: null },
    ]
    expect(labelled(seats, []).map(({ label }) => label)).toEqual([
      'small.gguf (1)',
      'small.gguf + taught',
      'small.gguf (2)',
    ])
    expect(new Set(labelled(seats, []).map(({ label }) => label)).size).toBe(3)
  })
})

describe('blindOrder', () => {
  it('shows every entry once, always in the same order, and not always in that of the entries', () => {
    for (const count of [2, 3, 4]) {
      expect(blindOrder('some id', count).toSorted()).toEqual(Array.from({ length: count }, (_, i) => i))
      expect(blindOrder('some id', count)).toEqual(blindOrder('some id', count))
    }
    const orders = new Set(Array.from({ length: 40 }, (_, i) => blindOrder(`comparison ${i}`, 2).join()))
    expect(orders).toEqual(new Set(['0,1', '1,0']))
    expect([0, 3].map(blindName)).toEqual(['Answer A', 'Answer D'])
  })
})
