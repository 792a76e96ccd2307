/** Scores below this are wrong answers (the official code's threshold). */
const WRONG_BELOW = 0.1

export const isWrong = (score: number): boolean => score < WRONG_BELOW

/** An episode's score at its last token, 0 before. */
export function tokenScores(length: number, score: number): Float32Array {
  const scores = new Float32Array(length)
  if (length > 0) scores[length - 1] = score
  return scores
}

/** Whose episodes are pulled toward the reference: those with a wrong answer, all, or none. */
export type Guidance = 'selective' | 'uniform' | 'none'

/**
 * Token rewards: `score − β · (log π_old − log π_reference)` at generated tokens of guided episodes, plain scores elsewhere
 * (DGPO; with `uniform` and the initial policy as reference this is the penalty of PPO as in Search-R1).
 *
 * @param episode arrays over the response
 */
export function guidedRewards(
  episode: {
    scores: Float32Array
    generated: ArrayLike<number>
    oldLogProbabilities: Float32Array
    referenceLogProbabilities: Float32Array
  },
  { guidance, beta }: { guidance: Guidance; beta: number },
): Float32Array {
  const { scores, generated, oldLogProbabilities, referenceLogProbabilities } = episode
  const score = scores.reduce((sum, one) => sum + one, 0)
  if (!isGuided(score, guidance)) return scores
  return scores.map((own, t) =>
    generated[t] === 1
      ? own - beta * ((oldLogProbabilities[t] ?? Number.NaN) - (referenceLogProbabilities[t] ?? Number.NaN))
      : own,
  )
}

/** Whether an episode with this score is guided. */
export function isGuided(score: number, guidance: Guidance): boolean {
  return guidance === 'uniform' || (guidance === 'selective' && isWrong(score))
}
