import { describe, expect, it } from 'vitest'
import { estimateWords, leftWords, rangeWords, takesWords } from '../../src-main/contract/index.ts'

const MINUTE = 60_000
const words = (least: number, most: number) => rangeWords({ least: least * MINUTE, most: most * MINUTE })

describe('a time between bounds', () => {
  it('is one figure where the bounds are close, and as coarse as an estimate is', () => {
    expect(words(20, 24)).toBe('about 20 min')
    expect(words(7.2, 7.3)).toBe('about 7 min')
    expect(words(170, 200)).toBe('about 3 h')
    expect(words(0.1, 0.4)).toBe('less than a minute')
  })

  it('is two figures where they are not', () => {
    expect(words(11, 44)).toBe('between 10 min and 45 min')
    expect(words(0.2, 9)).toBe('up to 9 min')
    expect(words(40, 300)).toBe('between 40 min and 5 h')
  })
})

describe('an estimate', () => {
  it('is no finer than it can be', () => {
    expect([300, 7_400, 65_000, 400_000, 138.9 * 60 * MINUTE].map(estimateWords)).toEqual([
      'about 1 s',
      'about 7 s',
      'about 1 min',
      'about 7 min',
      'about 139 h',
    ])
  })

  it('of work in parts is of all of them, or none', () => {
    expect(leftWords({ leftMs: 5 * MINUTE })).toBe('about 5 min left')
    expect([leftWords({ leftMs: null }), leftWords({ leftMs: 100 })]).toEqual([null, null])
    expect(leftWords({ leftMs: MINUTE, allLeft: { least: 40 * MINUTE, most: 300 * MINUTE } })).toBe(
      'between 40 min and 5 h left in all',
    )
    expect(leftWords({ leftMs: MINUTE, allLeft: null })).toBeNull()
  })
})

describe('what adding a folder takes', () => {
  it('names the parts of the work, and says what could not be measured', () => {
    const reading = { what: 'reading', ms: 20_000 } as const
    expect(takesWords([reading])).toBe('about 20 s to read')
    const recognition = { what: 'recognition', ms: 300_000 } as const
    expect(takesWords([reading, recognition, { what: 'embedding', ms: 120_000 }])).toBe(
      'about 7 min: reading about 20 s, text recognition about 5 min, embedding about 2 min',
    )
    expect(takesWords([reading, { what: 'embedding', ms: null }])).toBe('reading about 20 s, embedding not counted')
    expect(
      takesWords([
        { what: 'reading', ms: 140 },
        { what: 'recognition', ms: 6000 },
      ]),
    ).toBe('about 6 s: reading under 1 s, text recognition about 6 s')
  })
})
