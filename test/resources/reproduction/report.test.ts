import { describe, expect, test } from 'vitest'
import { common, configOf, counts, extras, limits, methods } from '../../../resources/reproduction/protocol.ts'
import {
  curveOf,
  curves,
  type Outcome,
  type Results,
  scoreCurves,
  stepMeansOf,
  table,
} from '../../../resources/reproduction/report.ts'
import {
  defaultLimits,
  limitsSchema,
  type StepMetrics,
  trainingMethodSchema,
} from '../../../src-main/contract/index.ts'

const result = (em: number): Omit<Outcome, 'method' | 'seed' | 'seconds' | 'curve' | 'reinforcement' | 'notes'> => ({
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
  reinforcement:
    method === 'dgpo' ? [{ step: 10, score: em, hitRatio: 1, validActions: 1, entropy: 0.1, referenceKl: 0 }] : [],
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
    for (const method of [...methods, ...extras]) {
      const tuning = { ...common.tuning, ...method.config.tuning }
      expect(configOf(method, 3)).toMatchObject({ ...method.config, tuning, seed: 3 })
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
    for (const count of [counts.distillation, counts.reinforcement, counts.validation]) expect(count % 2).toBe(0)
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

  test('have a color of its own for each method that has a curve', () => {
    const outcomes = [...methods.slice(2), ...extras.slice(0, 2)].map(({ name }) => outcome(name, 1, 0.5))
    const drawn = curves({ outcomes: [{ ...outcome('ppo', 1, 0), curve: [] }, ...outcomes] })
    const strokes = [...drawn.matchAll(/<polyline fill="none" stroke="([^"]+)"/g)].map(([, color]) => color)
    expect(strokes).toHaveLength(outcomes.length)
    expect(new Set(strokes).size).toBe(outcomes.length)
    expect(drawn).not.toContain('>PPO</text>')
  })

  test('of scores hold the runs that were reinforced', () => {
    const picture = scoreCurves(results)
    expect(picture.match(/<polyline/g)).toHaveLength(1)
    expect(picture).toContain('>DGPO</text>')
    expect(picture).not.toContain('>KD</text>')
  })

  test('can be empty', () => {
    for (const picture of [curves, scoreCurves]) expect(picture({ outcomes: [] })).not.toContain('NaN')
  })

  const statistics = {
    episodes: 1,
    em: 0.5,
    f1: 0,
    coverEm: 0,
    hitRatio: 0.8,
    searches: 0,
    validActionRate: 1,
    answerRate: 0,
    repeatedQueryRate: 0,
    emptyQueryRate: 0,
    tokens: 0,
  }

  test('take the validations of a run', () => {
    const at = { phase: 'distillation', phaseStep: 1, at: 0, seconds: 1, loss: null, best: true } as const
    expect(curveOf([{ type: 'validation', step: 3, ...at, statistics }])).toEqual([{ step: 3, em: 0.5 }])
  })

  test('take the steps of a reinforcement, some at a time', () => {
    const step = (n: number): StepMetrics => ({
      type: 'step',
      step: n,
      phase: 'reinforcement',
      phaseStep: n,
      phaseSteps: 3,
      at: 0,
      seconds: { rollout: 1, scoring: 1, teacher: 1, critic: 1, actor: 1, total: 5 },
      loss: 0,
      learningRate: 1e-4,
      gradientNorm: 1,
      lossTokens: 1,
      tokens: 1,
      rollouts: statistics,
      distillation: null,
      reinforcement: {
        score: n / 10,
        guidedShare: 0,
        referenceKl: null,
        entropy: 0.2,
        stepKl: 0,
        clippedShare: 0,
        criticLoss: 0,
        criticLearningRate: 0,
        explainedVariance: 0,
      },
    })
    const rest = { hitRatio: 0.8, validActions: 1, entropy: 0.2, referenceKl: 0 }
    expect(stepMeansOf([step(1), step(2), step(3)], 2)).toEqual([
      { step: 2, score: 0.15, ...rest },
      { step: 3, score: 0.3, ...rest },
    ])
    expect(stepMeansOf([{ ...step(1), reinforcement: null }], 2)).toEqual([])
  })
})
