import { describe, expect, test } from 'vitest'
import { common, configOf, counts, limits, long, methods } from '../../../resources/reproduction/protocol.ts'
import { curveOf, curves, type Outcome, type Results, table } from '../../../resources/reproduction/report.ts'
import { defaultLimits, limitsSchema, trainingMethodSchema } from '../../../src-main/contract/index.ts'

const result = (em: number): Omit<Outcome, 'method' | 'seed' | 'seconds' | 'curve' | 'notes'> => ({
  oneHop: em,
  twoHop: em / 2,
  hitRatio: 0.9,
  searches: 1.5,
  validActions: 1,
  arcap: { single: null, multi: null },
})
const outcome = (method: string, seed: number, em: number): Outcome => ({
  method,
  seed,
  seconds: 120,
  notes: [],
  curve: [
    { step: 0, em: 0 },
    { step: 10, em },
  ],
  ...result(em),
})
const results: Results = {
  worldSeed: 1,
  student: result(0),
  teacher: result(0.9),
  outcomes: [outcome('kd', 1, 0.6), outcome('kd', 2, 0.8), outcome('dgpo', 1, 0.8)],
}

describe('the protocol', () => {
  test('has every method of the paper and its ablations, each a setting of the same program', () => {
    for (const method of [...methods, long]) {
      expect(configOf(method, 3)).toMatchObject({ ...method.config, tuning: common.tuning, seed: 3 })
    }
    expect(new Set(methods.map(({ config }) => config.method))).toEqual(new Set(trainingMethodSchema.options))
    expect(limitsSchema.parse({ ...defaultLimits, ...limits }).turn).toBe(limits.turn)
  })

  test('plays as many episodes a step in every method', () => {
    for (const method of methods) {
      const { batch, groupSize } = configOf(method, 1).reinforcement
      expect(method.config.method === 'grpo' ? batch * groupSize : batch).toBe(common.reinforcement.batch)
    }
  })

  test('begins with what another method came to only where that method has no start of its own', () => {
    for (const { startsFrom, config } of methods) {
      if (startsFrom === null) continue
      expect(methods.find(({ name }) => name === startsFrom)?.startsFrom).toBeNull()
      expect(config.coldStart).toBe(false)
    }
  })

  test('asks as many questions over one article as over two', () => {
    expect((counts.train + counts.validation) % 2).toBe(0)
  })
})

describe('the table', () => {
  const lines = table(results).split('\n')
  const cells = (title: string): string[] =>
    lines
      .find((line) => line.startsWith(`| ${title} `))
      ?.split('|')
      .map((cell) => cell.trim()) ?? []

  test('has a line for what was run, between student and teacher, and for nothing else', () => {
    expect(lines).toHaveLength(6)
    expect(lines[2]).toContain('student')
    expect(lines.at(-1)).toContain('teacher')
  })

  test('gives mean and deviation over seeds, a single figure for one, and the paper’s beside it', () => {
    expect(cells('KD')).toContain('0.700 ± 0.141')
    expect(cells('KD')).toContain('0.298')
    expect(cells('**DGPO**')).toContain('0.800')
    expect(cells('**DGPO**')).toContain('2.0')
  })
})

describe('the curves', () => {
  test('are a picture with a line for each run', () => {
    const picture = curves(results)
    expect(picture.match(/<polyline/g)).toHaveLength(3)
    expect(picture).toContain('>DGPO</text>')
    expect(picture).not.toContain('NaN')
  })

  test('can be empty', () => {
    expect(curves({ outcomes: [] })).not.toContain('NaN')
  })

  test('take the validations of a run', () => {
    const at = { phase: 'distillation', phaseStep: 1, at: 0, seconds: 1, loss: null, best: true } as const
    const statistics = {
      episodes: 1,
      em: 0.5,
      f1: 0,
      coverEm: 0,
      hitRatio: 0,
      searches: 0,
      validActionRate: 0,
      answerRate: 0,
      repeatedQueryRate: 0,
      emptyQueryRate: 0,
      tokens: 0,
    }
    expect(curveOf([{ type: 'validation', step: 3, ...at, statistics }])).toEqual([{ step: 3, em: 0.5 }])
  })
})
