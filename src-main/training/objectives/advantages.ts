/**
 * Generalized advantage estimation (Schulman et al. 2016) over one response, information tokens included, as in the official
 * code. `returns` are advantages + values.
 *
 * @param rewards [response]
 * @param values [response] of the state before each token; 0 after the last
 */
export function generalizedAdvantages(
  rewards: ArrayLike<number>,
  values: ArrayLike<number>,
  { gamma, lambda }: { gamma: number; lambda: number },
): { advantages: Float32Array; returns: Float32Array } {
  const length = rewards.length
  const advantages = new Float32Array(length)
  const returns = new Float32Array(length)
  let following = 0
  let next = 0
  for (let t = length - 1; t >= 0; t--) {
    const value = values[t] ?? Number.NaN
    const surprise = (rewards[t] ?? Number.NaN) + gamma * next - value
    following = surprise + gamma * lambda * following
    advantages[t] = following
    returns[t] = following + value
    next = value
  }
  return { advantages, returns }
}

/** Moves and scales all numbers of a batch to mean 0 and (unbiased) variance 1. */
export function whiten(batch: readonly Float32Array[]): Float32Array[] {
  const { mean, variance } = moments(batch)
  const scale = 1 / Math.sqrt(variance + 1e-8)
  return batch.map((one) => one.map((x) => (x - mean) * scale))
}

/** Mean and unbiased variance over all numbers of a batch. */
export function moments(batch: readonly ArrayLike<number>[]): { mean: number; variance: number } {
  let count = 0
  let sum = 0
  for (const one of batch) {
    for (let i = 0; i < one.length; i++) sum += one[i] ?? 0
    count += one.length
  }
  const mean = sum / Math.max(1, count)
  let squares = 0
  for (const one of batch) for (let i = 0; i < one.length; i++) squares += ((one[i] ?? 0) - mean) ** 2
  return { mean, variance: squares / Math.max(1, count - 1) }
}

/**
 * GRPO's advantages (Shao et al. 2024): each episode's score against the others of its question.
 *
 * @param groups the question of each episode
 */
export function groupAdvantages(scores: readonly number[], groups: readonly string[]): number[] {
  const byGroup = Map.groupBy(scores.keys(), (i) => groups[i] ?? '')
  const result = new Array<number>(scores.length).fill(0)
  for (const members of byGroup.values()) {
    const own = members.map((i) => scores[i] ?? 0)
    const { mean, variance } = own.length > 1 ? moments([own]) : { mean: 0, variance: 1 }
    for (const i of members) result[i] = ((scores[i] ?? 0) - mean) / (Math.sqrt(variance) + 1e-6)
  }
  return result
}

/** Share of the returns' variance that the values explain; null when the returns do not vary. */
export function explainedVariance(returns: readonly Float32Array[], values: readonly Float32Array[]): number | null {
  const { variance } = moments(returns)
  if (variance < 1e-12) return null
  const errors = returns.map((one, i) => one.map((x, t) => x - (values[i]?.[t] ?? Number.NaN)))
  return 1 - moments(errors).variance / variance
}
