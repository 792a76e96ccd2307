import { describe, expect, it } from 'vitest'
import { marksOf, plotsOf, type RunLine, type StepMetrics, type StepSeconds } from '../../src-main/contract/index.ts'
import { statistics } from '../support/run-report.ts'

const seconds: StepSeconds = { rollout: 1, scoring: 1, teacher: 1, critic: 1, actor: 1, total: 5 }

const step = (n: number, phase: StepMetrics['phase']): RunLine => ({
  type: 'step',
  step: n,
  phase,
  phaseStep: n,
  phaseSteps: 10,
  at: n,
  seconds,
  loss: 1 / n,
  learningRate: 1e-3,
  gradientNorm: 0.5,
  lossTokens: 100,
  tokens: 200,
  rollouts: phase === 'reinforcement' ? statistics(n / 10) : null,
  distillation: null,
  reinforcement: null,
})

const validation = (n: number, em: number): RunLine => ({
  type: 'validation',
  step: n,
  phase: 'distillation',
  phaseStep: n,
  at: n,
  seconds: 1,
  statistics: statistics(em),
  loss: null,
  best: true,
})

describe('plotsOf', () => {
  const lines = [step(1, 'distillation'), step(2, 'distillation'), validation(2, 0.3), step(3, 'reinforcement')]

  it('begins the validation curve before the first step and draws the teacher beside it', () => {
    const [right] = plotsOf(lines, { before: 0.05, teacher: 0.8 })
    expect(right).toMatchObject({
      id: 'em',
      curves: [
        {
          label: 'Student',
          points: [
            [0, 0.05],
            [2, 0.3],
          ],
        },
        {
          label: 'Teacher',
          tone: 'reference',
          points: [
            [0, 0.8],
            [3, 0.8],
          ],
        },
      ],
    })
  })

  it('shows a figure only where it is known and leaves out charts without any', () => {
    const plots = plotsOf(lines, { before: null, teacher: null })
    expect(plots.map(({ id }) => id)).toEqual(['em', 'reward', 'loss', 'valid', 'searches', 'queries', 'gradient'])
    expect(plots.find(({ id }) => id === 'reward')?.curves[0]?.points).toEqual([[3, 0.3]])
    expect(plotsOf([], { before: 0.2, teacher: 0.8 }).flatMap(({ curves }) => curves.map(({ tone }) => tone))).toEqual([
      'main',
    ])
  })
})

describe('marksOf', () => {
  it('names where a phase begins after another and where the guard acted', () => {
    const guard: RunLine = {
      type: 'guard',
      step: 9,
      phase: 'reinforcement',
      at: 9,
      action: 'rollback',
      reasons: ['Entropy fell.'],
      backTo: 6,
    }
    expect(marksOf([step(1, 'distillation'), step(2, 'reinforcement'), step(3, 'reinforcement'), guard])).toEqual([
      { x: 1.5, label: 'Practicing' },
      { x: 9, label: 'rolled back' },
    ])
  })
})
