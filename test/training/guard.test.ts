import { describe, expect, test } from 'vitest'
import { type RunLine, runConfigSchema, type StepMetrics } from '../../src-main/contract/index.ts'
import { judge } from '../../src-main/training/loop/guard.ts'

const settings = runConfigSchema.parse({}).guard
const statistics = {
  episodes: 10,
  em: 0.5,
  f1: 0.5,
  coverEm: 0.5,
  hitRatio: 0.8,
  searches: 1.5,
  validActionRate: 0.95,
  answerRate: 1,
  repeatedQueryRate: 0.02,
  emptyQueryRate: 0,
  tokens: 100,
}

interface Curve {
  entropy?: (step: number) => number
  valid?: (step: number) => number
  repeated?: (step: number) => number
  empty?: (step: number) => number
  kl?: (step: number) => number
  stepKl?: (step: number) => number
}

const steps = (count: number, curve: Curve): RunLine[] =>
  Array.from(
    { length: count },
    (_, i): StepMetrics => ({
      type: 'step',
      step: i + 1,
      phase: 'reinforcement',
      phaseStep: i + 1,
      phaseSteps: count,
      at: 0,
      seconds: { rollout: 1, scoring: 1, teacher: 1, critic: 1, actor: 1, total: 5 },
      loss: 0,
      learningRate: 1e-4,
      gradientNorm: 1,
      lossTokens: 100,
      tokens: 400,
      rollouts: {
        ...statistics,
        validActionRate: curve.valid?.(i) ?? 0.95,
        repeatedQueryRate: curve.repeated?.(i) ?? 0.02,
        emptyQueryRate: curve.empty?.(i) ?? 0,
      },
      distillation: null,
      reinforcement: {
        score: 0.5,
        guidedShare: 0.5,
        referenceKl: curve.kl?.(i) ?? 0.1,
        entropy: curve.entropy?.(i) ?? 0.2,
        stepKl: curve.stepKl?.(i) ?? 0.001,
        clippedShare: 0.01,
        criticLoss: 0.1,
        criticLearningRate: 1e-3,
        explainedVariance: 0.3,
      },
    }),
  )

const validations = (...ems: number[]): RunLine[] =>
  ems.map((em, i) => ({
    type: 'validation',
    step: 10 * i,
    phase: 'reinforcement',
    phaseStep: 10 * i,
    at: 0,
    seconds: 1,
    statistics: { ...statistics, em },
    loss: null,
    best: false,
  }))

/** From one value to another over 40 steps, with some noise. */
const slide = (from: number, to: number) => (step: number) =>
  from + (to - from) * Math.min(1, step / 40) + 0.02 * (to - from) * Math.sin(7 * step)

describe('the collapse guard', () => {
  test('says nothing while training goes well', () => {
    const lines = steps(60, { entropy: slide(0.3, 0.05), valid: slide(0.8, 0.99), kl: slide(0.3, -0.1) })
    expect(judge([...validations(0.3, 0.35, 0.33, 0.4), ...lines], 0.4, settings)).toEqual([])
  })

  test('one bad validation is chance, two in a row are a fall', () => {
    expect(judge(validations(0.2, 0.5, 0.2), 0.5, settings)).toEqual([])
    expect(judge(validations(0.2, 0.5, 0.3, 0.2), 0.5, settings)).toEqual([
      'Right answers to validation questions fell from 50 % to 20 %.',
    ])
  })

  test('small numbers may move', () => {
    expect(judge(validations(0.06, 0.01, 0), 0.06, settings)).toEqual([])
  })

  const collapses: [name: string, curve: Curve, words: RegExp][] = [
    ['entropy that vanishes', { entropy: slide(0.3, 0.0001) }, /too sure/],
    ['entropy that explodes', { entropy: slide(0.3, 5) }, /lost its way/],
    ['actions that become invalid', { valid: slide(0.95, 0.1) }, /fell from 8\d % to 1\d %/],
    ['queries that repeat themselves', { repeated: slide(0.02, 0.9) }, /repeat themselves/],
    ['empty queries', { empty: slide(0, 0.8) }, /Empty queries/],
    ['a KL that explodes', { kl: slide(0.2, 20) }, /moved away/],
    ['steps that are too large', { stepKl: slide(0.001, 3) }, /Single steps/],
  ]
  for (const [name, curve, words] of collapses) {
    test(`sees ${name}`, () => {
      const reasons = judge(steps(60, curve), 0.5, settings)
      expect(reasons).toHaveLength(1)
      expect(reasons[0]).toMatch(words)
      expect(judge(steps(60, curve), 0.5, { ...settings, action: 'off' })).toEqual([])
    })
  }

  test('what is bad from the beginning is no collapse', () => {
    expect(judge(steps(60, { valid: () => 0.05, repeated: () => 0.9, kl: () => 12 }), null, settings)).toEqual([])
  })

  test('waits until there is something to compare with', () => {
    expect(judge(steps(settings.window + 2, { valid: slide(0.95, 0) }), null, settings)).toEqual([])
  })
})
