import { describe, expect, it } from 'vitest'
import { type Run, runConfigSchema } from '../../../src-main/contract/index.ts'
import { blindName, blindOrder, labelled, taughtFrom, taughtHere } from '../../../src-renderer/components/seats.ts'

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

describe('taughtHere', () => {
  const run = (
    id: string,
    dir: string,
    mode: 'lora' | 'full',
    state: Run['state'] = 'finished',
    student = '/m/small.gguf',
  ) =>
    ({
      id,
      dir,
      state,
      manifest: {
        name: `Run ${id}`,
        createdAt: 1000 * Number(id),
        student: { path: student },
        config: runConfigSchema.parse({ method: 'dgpo', tuning: { mode } }),
      },
    }) as Run

  it('offers what finished trainings made: adapters over their student, and models of their own', () => {
    const made = taughtHere([
      run('1', '/runs/1', 'lora'),
      run('2', 'C:\\runs\\2', 'full'),
      run('3', '/runs/3', 'lora', 'running'),
    ])
    expect(made).toEqual([
      {
        runId: '1',
        name: 'Run 1',
        createdAt: 1000,
        model: '/m/small.gguf',
        adapter: '/runs/1/weights/best-adapter.gguf',
      },
      { runId: '2', name: 'Run 2', createdAt: 2000, model: 'C:\\runs\\2\\weights\\best-model.gguf', adapter: null },
    ])
    const [taught] = made
    const seat = { key: 'a', model: '/m/small.gguf', adapter: taught?.adapter ?? null, ...(taught ? { taught } : {}) }
    expect(labelled([seat], [])[0]?.label).toBe('Run 1')
  })

  it('tells what was made of a model, in one training or in several after each other', () => {
    const runs = [
      run('1', '/runs/1', 'full'),
      run('2', '/runs/2', 'full', 'finished', '/runs/1/weights/best-model.gguf'),
      run('3', '/runs/3', 'lora', 'finished', '/runs/2/weights/best-model.gguf'),
      run('4', '/runs/4', 'lora', 'finished', '/m/other.gguf'),
    ]
    expect(taughtFrom(runs, '/m/small.gguf').map(({ runId }) => runId)).toEqual(['1', '2', '3'])
    expect(taughtFrom(runs, undefined)).toEqual([])
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
