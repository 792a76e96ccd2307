import {
  type Capabilities,
  coverMatch,
  type EpisodeStatistics,
  emptyQueries,
  exactMatch,
  repeatedQueries,
  tokenF1,
} from '../../contract/index.ts'
import type { Rollout } from '../ports.ts'

/** An episode's score: exact match. */
export const scoreOf = ({ answer, question }: Rollout): number => exactMatch(answer, question.answers)

/** Means and rates over some episodes; 0 where there is nothing to count. */
export function episodeStatistics(rollouts: readonly Rollout[]): EpisodeStatistics {
  const sum = (value: (rollout: Rollout) => number): number => rollouts.reduce((total, one) => total + value(one), 0)
  const mean = (value: (rollout: Rollout) => number): number => sum(value) / rollouts.length || 0
  const queries = sum((one) => one.queries.length)
  return {
    episodes: rollouts.length,
    em: mean(scoreOf),
    f1: mean(({ answer, question }) => tokenF1(answer, question.answers)),
    coverEm: mean(({ answer, question }) => coverMatch(answer, question.answers)),
    hitRatio: mean(({ hit }) => Number(hit)),
    searches: mean((one) => one.queries.length),
    validActionRate: sum(({ validTurns }) => validTurns) / sum(({ turns }) => turns) || 0,
    answerRate: mean(({ answer }) => Number(answer !== null)),
    repeatedQueryRate: sum((one) => repeatedQueries(one.queries)) / queries || 0,
    emptyQueryRate: sum((one) => emptyQueries(one.queries)) / queries || 0,
    tokens: mean(({ generatedTokens }) => generatedTokens),
  }
}

/**
 * ARCap over the questions that were read.
 *
 * @param rollouts of the same questions as the readings, in their order
 * @param readings what was answered from given passages; undefined where none were known
 * @returns null when there is not one
 */
export function capabilities(
  rollouts: readonly Rollout[],
  readings: { withoutThink: readonly (string | null | undefined)[]; withThink: readonly (string | null | undefined)[] },
): Capabilities | null {
  const read = rollouts.flatMap((rollout, i) => {
    const [atOnce, thinking] = [readings.withoutThink[i], readings.withThink[i]]
    return atOnce === undefined || thinking === undefined ? [] : [{ rollout, atOnce, thinking }]
  })
  if (read.length === 0) return null
  const mean = (value: (one: (typeof read)[number]) => number): number =>
    read.reduce((sum, one) => sum + value(one), 0) / read.length
  return {
    questions: read.length,
    withoutThink: mean(({ rollout, atOnce }) => exactMatch(atOnce, rollout.question.answers)),
    withThink: mean(({ rollout, thinking }) => exactMatch(thinking, rollout.question.answers)),
    hitRatioFirst: mean(({ rollout }) => Number(rollout.hitFirst)),
    hitRatio: mean(({ rollout }) => Number(rollout.hit)),
    searches: mean(({ rollout }) => rollout.queries.length),
  }
}
