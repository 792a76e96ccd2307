import { describe, expect, test } from 'vitest'
import type { Loss } from '../../src-main/training/index.ts'
import { golden } from '../support/data.ts'
import { testEngine } from '../support/engine.ts'
import { logSoftmax } from '../support/micro.ts'

type Rows = number[][]
type Logits = number[][][]
interface LossCase {
  loss: number
  grad_student_logits: Logits
}
interface DistillationCase {
  shape: [number, number, number]
  student_logits: Logits
  teacher_logits: Logits
  labels: Rows
  mask: Rows
  expected: Record<string, LossCase>
  taid: { trajectory: (LossCase & { t_before: number; student_logits: Logits })[] }
}
interface PolicyCase {
  loss_mask: Rows
  response_mask: Rows
  old_log_probs: Rows
  teacher_log_probs: Rows
  new_log_probs: Rows
  values: Rows
  value_preds: Rows
  expected: {
    gae_gamma1_lam1: { advantages: Rows; returns: Rows }
    policy_loss: { loss: number; clip_fraction: number; approx_kl: number; grad_new_log_probs: Rows }
    value_loss: { loss: number; clip_fraction: number; grad_value_preds: Rows }
    entropy: { logits: Logits; entropy: Rows; masked_mean: number }
    low_var_kl: Rows
  }
}

const engine = testEngine()
const distillation = golden<DistillationCase[]>('distillation-losses.json')
const policy = golden<PolicyCase[]>('policy-optimization.json')

/** Logits of two tokens, of which the first has a given log-probability: ∂ log p / ∂ logit is 1 − p. */
const twoTokens = (logP: number): number[] => [logP, Math.log(-Math.expm1(logP))]

/** 1e-5 relative, 1e-6 absolute. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++) {
    const wanted = expected[i] ?? Number.NaN
    expect(Math.abs((actual[i] ?? Number.NaN) - wanted)).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(wanted))
  }
}
const masked = (mask: Rows): Float32Array => {
  const flat = mask.flat()
  const total = flat.reduce((sum, m) => sum + m, 0)
  return Float32Array.from(flat, (m) => m / total)
}

describe.skipIf(!engine || !distillation)('distillation losses agree with the reference', () => {
  if (!engine || !distillation) return

  for (const [index, data] of distillation.entries()) {
    const rows = data.shape[0] * data.shape[1]
    const teacherRows = data.teacher_logits.flat().map((row) => logSoftmax(row))
    const teacher = { logProbabilities: Float32Array.from(teacherRows.flatMap((row) => [...row])) }
    const weights = masked(data.mask)
    /** The constant by which a KL and its cross term differ. */
    const teacherEntropy = teacherRows.reduce(
      (sum, row, i) => sum - (weights[i] ?? 0) * row.reduce((total, p) => total + Math.exp(p) * p, 0),
      0,
    )
    /** The same for TAID, whose target lies between student and teacher. */
    const targetEntropy = (student: Logits, t: number): number => {
      const teacherLogits = data.teacher_logits.flat()
      return student.flat().reduce((sum, row, i) => {
        const target = logSoftmax(row.map((x, v) => (1 - t) * x + t * (teacherLogits[i]?.[v] ?? 0)))
        return sum - (weights[i] ?? 0) * target.reduce((total, p) => total + Math.exp(p) * p, 0)
      }, 0)
    }
    const losses: Record<string, [losses: Loss[], offset: number]> = {
      cross_entropy_on_labels: [[{ kind: 'cross-entropy' }], 0],
      forward_kl: [[{ kind: 'forward-kl', teacher }], 0],
      forward_kl_cross_term: [[{ kind: 'forward-kl', teacher }], teacherEntropy],
      reverse_kl: [[{ kind: 'reverse-kl', teacher }], 0],
      'js_teacher_weight_0.1': [[{ kind: 'jensen-shannon', teacher, lambda: 0.1 }], 0],
      'skew_forward_kl_0.1_cross_term': [[{ kind: 'skew-forward-kl', teacher, lambda: 0.1 }], teacherEntropy],
      'skew_reverse_kl_0.1': [[{ kind: 'skew-reverse-kl', teacher, lambda: 0.1 }], 0],
      'cold_start_ce_plus_1.0_forward_kl': [
        [{ kind: 'cross-entropy' }, { kind: 'forward-kl', teacher, coefficient: 1 }],
        0,
      ],
    }
    const evaluate = (logits: Logits, terms: Loss[]) =>
      engine.evaluateLoss({
        rows,
        labels: data.labels.flat(),
        weights,
        losses: terms,
        logits: Float32Array.from(logits.flat(2)),
      })

    for (const [name, expected] of Object.entries(data.expected)) {
      test(`case ${index}: ${name}`, () => {
        const [terms, offset] = losses[name] ?? [[], 0]
        const { loss, logitGradients } = evaluate(data.student_logits, terms)
        expectClose([loss + offset], [expected.loss])
        expectClose(logitGradients, expected.grad_student_logits.flat(2))
      })
    }

    test(`case ${index}: TAID`, () => {
      for (const step of data.taid.trajectory) {
        const terms: Loss[] = [{ kind: 'taid', teacher, lambda: step.t_before }]
        const { loss, logitGradients } = evaluate(step.student_logits, terms)
        expectClose([loss + targetEntropy(step.student_logits, step.t_before)], [step.loss])
        expectClose(logitGradients, step.grad_student_logits.flat(2))
      }
    })
  }
})

describe.skipIf(!engine || !policy)('policy losses agree with the reference', () => {
  if (!engine || !policy) return

  for (const [index, data] of policy.entries()) {
    const rows = data.new_log_probs.flat().length
    test(`case ${index}: the clipped objective`, () => {
      // Only differences count, and the reference's random log-probabilities may be above 0.
      const shifts = data.new_log_probs.flat().map((l) => -1 - l)
      const logP = -1
      const logits = shifts.flatMap(() => twoTokens(logP))
      const { loss, logitGradients } = engine.evaluateLoss({
        rows,
        labels: new Int32Array(rows),
        weights: masked(data.loss_mask),
        logits: Float32Array.from(logits),
        losses: [
          {
            kind: 'policy',
            oldLogProbabilities: Float32Array.from(data.old_log_probs.flat(), (l, i) => l + (shifts[i] ?? 0)),
            advantages: Float32Array.from(data.expected.gae_gamma1_lam1.advantages.flat()),
          },
        ],
      })
      expectClose([loss], [data.expected.policy_loss.loss])
      const slopes = shifts.map((_, i) => (logitGradients[2 * i] ?? 0) / -Math.expm1(logP))
      expectClose(slopes, data.expected.policy_loss.grad_new_log_probs.flat())
    })

    test(`case ${index}: the value loss`, () => {
      const { loss, valueGradients } = engine.evaluateLoss({
        rows,
        weights: masked(data.response_mask),
        values: Float32Array.from(data.value_preds.flat()),
        losses: [
          {
            kind: 'value',
            oldValues: Float32Array.from(data.values.flat()),
            returns: Float32Array.from(data.expected.gae_gamma1_lam1.returns.flat()),
          },
        ],
      })
      expectClose([loss], [data.expected.value_loss.loss])
      expectClose(valueGradients, data.expected.value_loss.grad_value_preds.flat())
    })

    test(`case ${index}: entropy and low-variance KL`, () => {
      const { logits, masked_mean } = data.expected.entropy
      const count = logits.flat().length
      const zeros = new Float32Array(count)
      const base = { kind: 'policy', oldLogProbabilities: zeros, advantages: zeros } as const
      const weights = masked(data.loss_mask)
      const { loss } = engine.evaluateLoss({
        rows: count,
        weights,
        logits: Float32Array.from(logits.flat(2)),
        losses: [{ ...base, entropyCoefficient: 1 }],
      })
      expect(-loss).toBeCloseTo(masked_mean, 5)

      for (const [i, expected] of data.expected.low_var_kl.flat().entries()) {
        const shift = -1 - (data.new_log_probs.flat()[i] ?? 0)
        const { loss: kl } = engine.evaluateLoss({
          rows: 1,
          logits: Float32Array.from(twoTokens(-1)),
          losses: [
            {
              kind: 'policy',
              oldLogProbabilities: zeros.slice(0, 1),
              advantages: zeros.slice(0, 1),
              reference: {
                logProbabilities: Float32Array.of((data.teacher_log_probs.flat()[i] ?? 0) + shift),
                coefficient: 1,
              },
            },
          ],
        })
        expectClose([kl], [expected])
      }
    })
  }
})
