import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reciprocalRankFusion } from '../../src-main/retrieval/index.ts'

const keys = (text: string) => [...text].map((key) => ({ key }))

describe('reciprocalRankFusion', () => {
  it('adds 1 / (60 + rank) over the rankings', () => {
    expect(reciprocalRankFusion([keys('ab'), keys('bc')])).toEqual([
      { key: 'b', score: 1 / 62 + 1 / 61 },
      { key: 'a', score: 1 / 61 },
      { key: 'c', score: 1 / 62 },
    ])
  })

  it('leaves a single ranking as it is', () => {
    const ranking = fc.uniqueArray(fc.string(), { maxLength: 30 }).map((names) => names.map((key) => ({ key })))
    fc.assert(
      fc.property(ranking, (only) => {
        expect(reciprocalRankFusion([only]).map(({ key }) => ({ key }))).toEqual(only)
      }),
    )
  })

  it('finds everything once and never prefers what every ranking has lower', () => {
    const order = fc.shuffledSubarray([...'abcdefgh'], { minLength: 8 })
    fc.assert(
      fc.property(order, order, (first, second) => {
        const fused = reciprocalRankFusion([first.map((key) => ({ key })), second.map((key) => ({ key }))])
        expect(fused.map(({ key }) => key).toSorted()).toEqual(first.toSorted())
        const place = (list: string[], key: string) => list.indexOf(key)
        const names = fused.map(({ key }) => key)
        for (const a of names) {
          for (const b of names) {
            if (place(first, a) < place(first, b) && place(second, a) < place(second, b)) {
              expect(place(names, a)).toBeLessThan(place(names, b))
            }
          }
        }
      }),
    )
  })
})
