import { describe, expect, test } from 'vitest'
import {
  explainedVariance,
  generalizedAdvantages,
  groupAdvantages,
  whiten,
} from '../../src-main/training/objectives/advantages.ts'
import {
  generatedRows,
  learningEpisode,
  ofGenerated,
  overResponse,
} from '../../src-main/training/objectives/episode.ts'
import {
  adaptiveSource,
  initialShare,
  mixedSource,
  nextShare,
  pushReplay,
} from '../../src-main/training/objectives/own-episodes.ts'
import { guidedRewards, isGuided, isWrong, tokenScores } from '../../src-main/training/objectives/rewards.ts'
import { initialTaid, nextTaid } from '../../src-main/training/objectives/taid.ts'
import { golden } from '../support/data.ts'
import { testEngine } from '../support/engine.ts'

type Rows = number[][]
interface PolicyCase {
  response_mask: Rows
  loss_mask: Rows
  old_log_probs: Rows
  teacher_log_probs: Rows
  new_log_probs: Rows
  values: Rows
  value_preds: Rows
  token_level_scores: Rows
  beta: number
  expected: {
    token_level_rewards: Rows
    gae_gamma1_lam1: { advantages: Rows; returns: Rows }
    gae_gamma099_lam095: { advantages: Rows; returns: Rows }
    policy_loss: { loss: number; grad_new_log_probs: Rows }
    value_loss: { loss: number; grad_value_preds: Rows }
    grpo_outcome_advantage: { groups: string[]; advantages: Rows }
  }
}
interface TaidCase {
  taid: {
    t_start: number
    t_end: number
    alpha: number
    beta: number
    trajectory: { step: number; num_train_steps: number; t_before: number; t_after: number; loss: number }[]
  }
}

const engine = testEngine()
const policy = golden<PolicyCase[]>('policy-optimization.json')
const distillation = golden<TaidCase[]>('distillation-losses.json')

/** 1e-5 relative, 1e-6 absolute. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++) {
    const wanted = expected[i] ?? Number.NaN
    expect(Math.abs((actual[i] ?? Number.NaN) - wanted), `at ${i}`).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(wanted))
  }
}

/** A padded row without its padding. */
const response = (rows: Rows, data: PolicyCase): Float32Array[] =>
  rows.map((row, b) => Float32Array.from(row.filter((_, t) => data.response_mask[b]?.[t] === 1)))

/** What a step computes from the reference's inputs, in the step's own order. */
function estimate(data: PolicyCase, discount: { gamma: number; lambda: number }) {
  const generated = response(data.loss_mask, data)
  const old = response(data.old_log_probs, data)
  const teacher = response(data.teacher_log_probs, data)
  const values = response(data.values, data)
  const rewards = response(data.token_level_scores, data).map((row, b) => {
    const score = row.reduce((sum, one) => sum + one, 0)
    return guidedRewards(
      {
        scores: tokenScores(row.length, score),
        generated: generated[b] ?? [],
        oldLogProbabilities: old[b] ?? new Float32Array(),
        referenceLogProbabilities: teacher[b] ?? new Float32Array(),
      },
      { guidance: 'selective', beta: data.beta },
    )
  })
  // The reference's recursion begins in the padding, whose values are not 0; with γ = λ = 1 that makes no difference.
  const estimated = data.values.map((value, b) => {
    const own = rewards[b] ?? new Float32Array()
    return generalizedAdvantages(
      Float32Array.from(value, (_, t) => own[t] ?? 0),
      value,
      discount,
    )
  })
  const unpadded = (rows: readonly Float32Array[]) => rows.map((row, b) => row.slice(0, values[b]?.length))
  return {
    rewards,
    advantages: whiten(unpadded(estimated.map((one) => one.advantages))),
    returns: unpadded(estimated.map((one) => one.returns)),
  }
}

/** Logits of two tokens, of which the first has a given log-probability: ∂ log p / ∂ logit is 1 − p. */
const twoTokens = (logP: number): number[] => [logP, Math.log(-Math.expm1(logP))]

describe.skipIf(!policy)('policy optimization agrees with the reference', () => {
  for (const [index, data] of (policy ?? []).entries()) {
    const { expected } = data

    test(`case ${index}: rewards of wrong episodes carry the teacher's guidance`, () => {
      const { rewards } = estimate(data, { gamma: 1, lambda: 1 })
      for (const [b, wanted] of response(expected.token_level_rewards, data).entries()) {
        expectClose(rewards[b] ?? [], wanted)
      }
    })

    for (const [name, discount] of [
      ['gae_gamma1_lam1', { gamma: 1, lambda: 1 }],
      ['gae_gamma099_lam095', { gamma: 0.99, lambda: 0.95 }],
    ] as const) {
      test(`case ${index}: ${name}`, () => {
        const { advantages, returns } = estimate(data, discount)
        for (const [b, wanted] of response(expected[name].advantages, data).entries()) {
          expectClose(advantages[b] ?? [], wanted)
        }
        for (const [b, wanted] of response(expected[name].returns, data).entries())
          expectClose(returns[b] ?? [], wanted)
      })
    }

    test(`case ${index}: GRPO's advantages`, () => {
      const { groups, advantages } = expected.grpo_outcome_advantage
      const scores = data.token_level_scores.map((row) => row.reduce((sum, one) => sum + one, 0))
      const own = groupAdvantages(scores, groups)
      for (const [b, row] of response(advantages, data).entries()) {
        expectClose(
          row.map(() => own[b] ?? Number.NaN),
          row,
        )
      }
    })

    test.skipIf(!engine)(`case ${index}: gradients from our own advantages and returns`, () => {
      if (!engine) return
      const { advantages, returns } = estimate(data, { gamma: 1, lambda: 1 })
      const generated = response(data.loss_mask, data)
      const pick = (rows: readonly Float32Array[]): number[] =>
        rows.flatMap((row, b) => [...row].filter((_, t) => generated[b]?.[t] === 1))
      const fresh = pick(response(data.new_log_probs, data))
      // Only differences count, and the reference's random log-probabilities may be above 0.
      const shifts = fresh.map((logP) => -1 - logP)
      const loss = engine.evaluateLoss({
        rows: fresh.length,
        labels: new Int32Array(fresh.length),
        logits: Float32Array.from(fresh.flatMap(() => twoTokens(-1))),
        losses: [
          {
            kind: 'policy',
            clip: 0.2,
            oldLogProbabilities: Float32Array.from(
              pick(response(data.old_log_probs, data)),
              (l, i) => l + (shifts[i] ?? 0),
            ),
            advantages: Float32Array.from(pick(advantages)),
          },
        ],
      })
      expectClose([loss.loss], [expected.policy_loss.loss])
      expectClose(
        fresh.map((_, i) => (loss.logitGradients[2 * i] ?? 0) / -Math.expm1(-1)),
        pick(response(expected.policy_loss.grad_new_log_probs, data)),
      )

      const flat = (rows: readonly Float32Array[]): Float32Array => Float32Array.from(rows.flatMap((row) => [...row]))
      const values = flat(response(data.value_preds, data))
      const critic = engine.evaluateLoss({
        rows: values.length,
        values,
        losses: [{ kind: 'value', clip: 0.5, oldValues: flat(response(data.values, data)), returns: flat(returns) }],
      })
      expectClose([critic.loss], [expected.value_loss.loss])
      expectClose(critic.valueGradients, flat(response(expected.value_loss.grad_value_preds, data)))
    })
  }
})

describe.skipIf(!distillation)("TAID's t agrees with the reference", () => {
  for (const [index, { taid }] of (distillation ?? []).entries()) {
    test(`case ${index}`, () => {
      const settings = { start: taid.t_start, end: taid.t_end, rate: taid.alpha, momentum: taid.beta }
      let state = initialTaid(settings)
      for (const { step, num_train_steps, t_before, t_after, loss } of taid.trajectory) {
        expect(state.t).toBeCloseTo(t_before, 6)
        state = nextTaid(state, loss, step / num_train_steps, settings)
        expect(state.t).toBeCloseTo(t_after, 6)
      }
    })
  }

  test('a falling loss moves it faster than the line', () => {
    const settings = { start: 0.4, end: 1, rate: 0.5, momentum: 0 }
    const after = (losses: number[]) =>
      losses.reduce((state, loss) => nextTaid(state, loss, 0, settings), initialTaid(settings)).t
    expect(after([2, 1])).toBeGreaterThan(after([2, 2]))
    expect(after([2, 2])).toBeGreaterThan(after([1, 2]))
    expect(after([1, ...new Array<number>(200).fill(1e-3)])).toBeLessThanOrEqual(1)
  })
})

describe('an episode as the losses see it', () => {
  const rollout = {
    segments: [
      { kind: 'prompt', tokens: [1, 2, 3] },
      { kind: 'response', tokens: [4, 5] },
      { kind: 'observation', tokens: [6, 7, 8] },
      { kind: 'response', tokens: [9] },
    ] as const,
  }

  test('has a row before every token behind the prompt, and knows who wrote it', () => {
    const episode = learningEpisode(rollout)
    expect([...episode.tokens]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect([...episode.rows]).toEqual([2, 3, 4, 5, 6, 7])
    expect([...episode.generated]).toEqual([1, 1, 0, 0, 0, 1])
    expect(episode.generatedTokens).toBe(3)
    expect([...generatedRows(episode).rows]).toEqual([2, 3, 7])
  })

  test('keeps values of generated tokens at their places', () => {
    const episode = learningEpisode(rollout)
    const spread = overResponse(episode, [0.5, 0.25, -1])
    expect([...spread]).toEqual([0.5, 0.25, 0, 0, 0, -1])
    expect([...ofGenerated(episode, spread)]).toEqual([0.5, 0.25, -1])
  })
})

describe('guidance', () => {
  const episode = (score: number) => ({
    scores: tokenScores(4, score),
    generated: [1, 0, 1, 1],
    oldLogProbabilities: Float32Array.of(-1, 0, -2, -3),
    referenceLogProbabilities: Float32Array.of(-2, 0, -1, -3),
  })
  const rewards = (score: number, guidance: 'selective' | 'uniform' | 'none') => [
    ...guidedRewards(episode(score), { guidance, beta: 0.5 }),
  ]

  test('pulls wrong episodes toward the teacher, never at information tokens', () => {
    expect(rewards(0, 'selective')).toEqual([-0.5, 0, 0.5, 0])
  })
  test('leaves right episodes alone', () => {
    expect(rewards(1, 'selective')).toEqual([0, 0, 0, 1])
  })
  test('pulls all when uniform, none when none', () => {
    expect(rewards(1, 'uniform')).toEqual([-0.5, 0, 0.5, 1])
    expect(rewards(0, 'none')).toEqual([0, 0, 0, 0])
  })
  test('knows wrong from right as the official code does', () => {
    expect([0, 0.09, 0.1, 1].map(isWrong)).toEqual([true, true, false, false])
    expect(isGuided(0, 'none')).toBe(false)
  })
})

describe('advantages', () => {
  test('information tokens stay in the recursion', () => {
    const values = [0.5, 0.2, 0.9]
    const { advantages, returns } = generalizedAdvantages([0, 0, 1], values, { gamma: 1, lambda: 1 })
    expect([...returns]).toEqual([1, 1, 1])
    expectClose(advantages, [0.5, 0.8, 0.1])
  })

  test('a group of one, and a group of equals, learn nothing from each other', () => {
    expect(groupAdvantages([1, 1, 1, 0], ['a', 'a', 'a', 'b'])).toEqual([0, 0, 0, 0])
  })

  test('explained variance: all, nothing, unknown', () => {
    const returns = [Float32Array.of(0, 1), Float32Array.of(1, 0)]
    expect(explainedVariance(returns, returns)).toBeCloseTo(1)
    expect(explainedVariance(returns, [new Float32Array(2), new Float32Array(2)])).toBeCloseTo(0)
    expect(explainedVariance([new Float32Array(3)], [new Float32Array(3)])).toBeNull()
  })
})

describe("the student's own episodes", () => {
  test('GKD plays for its share', () => {
    expect([0, 0.49, 0.5, 0.99].map((draw) => mixedSource(draw, 0.5))).toEqual(['play', 'play', 'teacher', 'teacher'])
  })

  test('DistiLLM starts without, and takes more when the validation loss rises', () => {
    let share = initialShare
    for (const loss of [2, 1.5, 1.6, 1.7, 1.2]) share = nextShare(share, loss, 0.1)
    expect(share.share).toBeCloseTo(0.2)
    expect(adaptiveSource(0, { share: 0, progress: 0, buffer: { size: 0, capacity: 1 } })).toBe('teacher')
  })

  test('DistiLLM plays while the buffer has room, then less and less, and else replays', () => {
    const full = { size: 3, capacity: 3 }
    const at = (draw: number, progress: number, buffer = full) => adaptiveSource(draw, { share: 0.4, progress, buffer })
    expect(at(0.3, 0.9, { size: 2, capacity: 3 })).toBe('play')
    expect(at(0.3, 0.1)).toBe('play')
    expect(at(0.3, 0.9)).toBe('replay')
    expect(at(0.5, 0.1)).toBe('teacher')
    expect(pushReplay([1, 2, 3], [4, 5], 3)).toEqual([3, 4, 5])
  })
})
