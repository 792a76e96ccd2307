import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { retrievalMetricNames, retrievalMetrics, scoreRanking } from '../../src-main/evaluation/index.ts'

const gold = (ids: string[]) => new Map(ids.map((id) => [id, 1]))

describe('scoreRanking', () => {
  it('counts relevant passages at each depth', () => {
    const ranking = ['x', 'a', 'y', 'z', 'b', 'q', 'r', 's', 't', 'u', 'c']
    expect(scoreRanking(ranking, gold(['a', 'b', 'c', 'd']))).toMatchObject({
      'recall@1': 0,
      'recall@3': 0.25,
      'recall@5': 0.5,
      'recall@10': 0.5,
      'recall@20': 0.75,
      'mrr@10': 0.5,
      'hit@3': 1,
      'all@5': 0,
      'all@10': 0,
    })
  })

  it('computes nDCG with graded gains and the ideal order of all judged passages, as trec_eval does', () => {
    const judged = new Map([
      ['a', 1],
      ['b', 2],
      ['c', 0],
      ['d', 1],
    ])
    const dcg = 1 / Math.log2(2) + 0 + 2 / Math.log2(4)
    const ideal = 2 / Math.log2(2) + 1 / Math.log2(3) + 1 / Math.log2(4)
    expect(scoreRanking(['a', 'c', 'b'], judged)['ndcg@10']).toBeCloseTo(dcg / ideal, 12)
  })

  it('counts an id that comes twice at its first rank only', () => {
    expect(scoreRanking(['a', 'a', 'b'], gold(['a', 'b']))).toEqual(scoreRanking(['a', 'b'], gold(['a', 'b'])))
  })

  it('cuts the ideal at ten', () => {
    const ids = Array.from({ length: 30 }, (_, i) => `p${i}`)
    expect(scoreRanking(ids, gold(ids))['ndcg@10']).toBeCloseTo(1, 12)
  })

  it('keeps every figure in [0, 1], and a perfect ranking at its best', () => {
    const ids = fc.uniqueArray(fc.constantFrom(...'abcdefghijklmnop'), { maxLength: 16 })
    const grades = fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(ids, ids, grades, (ranking, relevant, gains) => {
        const judged = new Map(relevant.map((id, i) => [id, gains[i] ?? 0]))
        for (const value of Object.values(scoreRanking(ranking, judged))) {
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThanOrEqual(1 + 1e-12)
        }
        const best = [...judged].filter(([, gain]) => gain > 0).toSorted((x, y) => y[1] - x[1])
        if (best.length === 0) return
        const perfect = scoreRanking(
          best.map(([id]) => id),
          judged,
        )
        expect(perfect['ndcg@10']).toBeCloseTo(1, 12)
        expect(perfect['mrr@10']).toBe(1)
        expect(perfect['recall@20']).toBe(1)
      }),
    )
  })
})

describe('retrievalMetrics', () => {
  it('reports means under the names of the field, over the questions that can be scored', () => {
    const metrics = retrievalMetrics([['a'], ['x'], ['y']], [gold(['a']), gold(['b']), gold([])])
    expect(Object.keys(metrics)).toEqual([...retrievalMetricNames])
    expect(metrics['recall@1']).toBe(0.5)
  })

  it('gives zeros when there is nothing to score', () => {
    expect(new Set(Object.values(retrievalMetrics([], [])))).toEqual(new Set([0]))
  })
})
