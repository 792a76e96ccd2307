import { describe, expect, it } from 'vitest'
import { type Cell, type Fate, fateSchema, type ResultTable } from '../../../src-main/contract/index.ts'
import { filterOf, showGroups } from '../../../src-renderer/screens/evaluate/show.ts'

const interval = { mean: 0, low: 0, high: 0 }
const cell: Cell = {
  questions: 5,
  right: 2,
  scores: { em: interval, f1: interval, coverEm: interval },
  difference: null,
}
const fates = (some: Partial<Record<Fate, number>>) =>
  Object.fromEntries(fateSchema.options.map((fate) => [fate, some[fate] ?? 0])) as Record<Fate, number>
const method = (label: string, some: Partial<Record<Fate, number>>) =>
  ({ label, mean: cell, fates: fates(some) }) as ResultTable['methods'][number]

describe('which questions are shown', () => {
  it('offers who is right where another is wrong, and the misses that there are', () => {
    const groups = showGroups({ methods: [method('A', { right: 2, 'not-used': 3 }), method('B', { right: 2 })] })
    expect(groups).toEqual([
      {
        label: 'Right and wrong',
        options: [
          { value: 'flipped:0:1', label: 'A right, B wrong' },
          { value: 'flipped:1:0', label: 'B right, A wrong' },
        ],
      },
      {
        label: 'A',
        options: [
          { value: 'missed:0', label: 'All misses (3)' },
          { value: 'fate:0:right', label: 'Right (2)' },
          { value: 'fate:0:not-used', label: 'Retrieved but not used (3)' },
        ],
      },
      {
        label: 'B',
        options: [
          { value: 'missed:1', label: 'All misses (3)' },
          { value: 'fate:1:right', label: 'Right (2)' },
        ],
      },
    ])
    expect(showGroups({ methods: [method('A', {})] }).map(({ label }) => label)).toEqual(['A'])
  })

  it('becomes a filter, and what is unknown lets everything through', () => {
    expect(filterOf('flipped:1:0', '', ' who ')).toEqual({ flipped: { right: 1, wrong: 0 }, text: 'who' })
    expect(filterOf('fate:1:not-used', '0', '')).toEqual({ fate: { method: 1, fates: ['not-used'] }, set: 0 })
    expect(filterOf('missed:0', '', '').fate?.fates).not.toContain('right')
    expect(filterOf('fate:0:nonsense', '', '')).toEqual({})
    expect(filterOf('all', '', '')).toEqual({})
  })
})
