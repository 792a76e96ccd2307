import { describe, expect, it } from 'vitest'
import type { Scored } from '../../src-main/contract/index.ts'
import { reportHtml } from '../../src-main/evaluation/report.ts'
import { tabulate } from '../../src-main/evaluation/table.ts'

const scored = (em: number, answer: string | null): Scored => ({
  answer,
  em,
  f1: em,
  coverEm: em,
  hit: em === 1,
  hitFirst: false,
  searches: 1,
  turns: 2,
  validTurns: 2,
  repeatedQueries: 0,
  emptyQueries: 0,
  tokens: 3,
  ms: 10,
  fate: em === 1 ? 'right' : 'not-retrieved',
  given: null,
})

const hostile = '"><script>alert(1)</script>&<img src=x onerror=y>'

describe('a report', () => {
  const results = [
    { set: 0, scored: [scored(0, hostile), scored(1, 'Ann')] },
    { set: 0, scored: [scored(0, null), null] },
  ]
  const html = reportHtml({
    evaluation: {
      name: hostile,
      createdAt: 0,
      methods: [
        { label: hostile, model: 'a', adapter: null, error: null },
        {
          label: 'Teacher',
          model: 'b',
          adapter: null,
          error: { code: 'MODEL_MISSING', message: hostile, action: 'Add it.' },
        },
      ],
      sets: [{ setId: 's', name: hostile, library: { id: 'l', name: hostile }, split: 'test', questions: 2 }],
    },
    table: tabulate({ methods: [hostile, 'Teacher'], sets: [{ name: hostile, questions: 2 }], results }, 0),
    rows: results.map(({ scored: all }, position) => ({
      position,
      set: 0,
      question: hostile,
      answers: [hostile],
      results: all,
      vote: null,
    })),
  })

  it('makes no markup of what others wrote, and fetches nothing', () => {
    expect(html).not.toMatch(/<script|<img|onerror=y>|src=x>/)
    expect(html).toContain('&quot;&gt;&lt;script&gt;')
    expect(html).toContain("default-src 'none'")
    expect(html.match(/<(\w+)/g)?.filter((tag) => tag === '<table')).toHaveLength(7)
  })

  it('tells figures, intervals, differences, reasons, errors and every question', () => {
    for (const part of ['100.0\u00a0%', '+100.0', 'Not retrieved', 'could not go on', 'for test', '–'])
      expect(html).toContain(part)
    expect(html).toContain('Teacher answers 1 of 1 questions exactly right')
  })
})
