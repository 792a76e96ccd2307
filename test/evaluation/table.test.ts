import { describe, expect, it } from 'vitest'
import type { Scored } from '../../src-main/contract/index.ts'
import { tabulate } from '../../src-main/evaluation/table.ts'

const one = (em: number, more: Partial<Scored> = {}): Scored => ({
  answer: em === 1 ? 'Ann' : null,
  em,
  f1: em === 1 ? 1 : 0.5,
  coverEm: em,
  hit: em === 1,
  hitFirst: false,
  searches: 2,
  turns: 4,
  validTurns: 3,
  repeatedQueries: 1,
  emptyQueries: 0,
  tokens: 10,
  ms: 500,
  fate: em === 1 ? 'right' : 'never-answered',
  given: null,
  ...more,
})

/** Questions of a set, with how two methods did. */
const questions = (set: number, count: number, a: (i: number) => Scored | null, b: (i: number) => Scored | null) =>
  Array.from({ length: count }, (_, i) => ({ set, scored: [a(i), b(i)] }))

const results = [
  ...questions(
    0,
    40,
    (i) => one(Number(i < 10)),
    (i) => one(Number(i < 30)),
  ),
  ...questions(
    1,
    10,
    () => one(1),
    (i) => one(Number(i < 5)),
  ),
]
const sets = [
  { name: 'NQ', questions: 40 },
  { name: 'MuSiQue', questions: 10 },
]

describe('a table of results', () => {
  const table = tabulate({ methods: ['Student', 'Teacher'], sets, results }, 0)
  const [student, teacher] = table.methods

  it('has means, counts and intervals for every method on every set', () => {
    expect(student?.cells.map(({ right, questions: n }) => [right, n])).toEqual([
      [10, 40],
      [10, 10],
    ])
    expect(student?.cells[0]?.scores.em).toMatchObject({ mean: 0.25 })
    expect(student?.cells[0]?.scores.f1.mean).toBeCloseTo(0.625, 10)
    expect(student?.cells[0]?.scores.em.low).toBeLessThan(0.2)
    expect(student?.cells[1]?.scores.em).toEqual({ mean: 1, low: 1, high: 1 })
  })

  it('averages over the sets, each counting the same', () => {
    expect(student?.mean.scores.em.mean).toBeCloseTo(0.625, 10)
    expect(teacher?.mean.scores.em.mean).toBeCloseTo(0.625, 10)
    expect(student?.mean).toMatchObject({ right: 20, questions: 50, difference: null })
    const { low, high } = student?.mean.scores.em ?? { low: 0, high: 0 }
    expect(high - low).toBeLessThan(0.2)
  })

  it('compares with the reference on the same questions, and says how sure that is', () => {
    const [first, second] = teacher?.cells ?? []
    expect(first?.difference?.em).toMatchObject({ mean: 0.5 })
    expect(first?.difference?.em.p).toBeLessThan(0.01)
    expect(second?.difference?.em.mean).toBe(-0.5)
    expect(second?.difference?.em.p).toBeGreaterThan(0.03)
    expect(teacher?.mean.difference?.em.mean).toBe(0)
    expect(teacher?.mean.difference?.em.p).toBeGreaterThan(0.9)
  })

  it('counts fates, behavior and where agents fail', () => {
    expect(student?.fates).toMatchObject({ right: 20, 'never-answered': 30, failed: 0 })
    expect(student?.behavior).toMatchObject({ validActionRate: 0.75, answerRate: 0.4, secondsPerQuestion: 0.5 })
    const given = { atOnce: 1, thinking: 0, hops: 'multi' as const }
    const { arcap } =
      tabulate(
        {
          methods: ['A'],
          sets: sets.slice(0, 1),
          results: [{ set: 0, scored: [one(1, { given })] }, ...results.slice(0, 3)],
        },
        0,
      ).methods[0] ?? {}
    expect(arcap?.all).toMatchObject({ questions: 4, given: 1, sourceReferencing: 1, thinking: 0, searchSteps: 2 })
    expect(arcap?.multi).toMatchObject({ questions: 1 })
    expect(arcap?.single).toBeNull()
  })

  it('leaves out what was not tried yet', () => {
    const some = questions(
      0,
      4,
      (i) => one(Number(i < 2)),
      (i) => (i < 1 ? one(0) : null),
    )
    const { methods } = tabulate({ methods: ['A', 'B'], sets, results: some }, 0)
    expect(methods[1]?.cells[0]).toMatchObject({ questions: 1, right: 0, difference: { em: { mean: -1 } } })
    expect(methods[1]?.cells[1]).toMatchObject({ questions: 0, difference: null })
    expect(methods[0]?.mean).toEqual(methods[0]?.cells[0])
  })

  it('is made of ten thousand questions and four methods in a moment', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      set: 0,
      scored: [0, 1, 2, 3].map((m) => one(Number(i % (m + 2) === 0))),
    }))
    const started = process.cpuUsage()
    tabulate({ methods: ['A', 'B', 'C', 'D'], sets: [{ name: 'S', questions: 10_000 }], results: many }, 0)
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(5)
  })
})
