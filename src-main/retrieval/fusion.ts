/** One entry of a ranking: `key` says what it is, so that the same thing is recognized in several rankings. */
export interface Ranked {
  key: string
  score: number
}

/**
 * Reciprocal-rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): the fused score of a thing is the sum over the
 * rankings of `1 / (k + rank)`, with ranks counted from 1. Needs no comparable scores. Best first; equal scores keep
 * the order in which the things first appear.
 *
 * @param rankings each best first, without doubles
 * @param k damps the weight of the first ranks; the paper's 60 by default
 */
export function reciprocalRankFusion(rankings: readonly (readonly { key: string }[])[], k = 60): Ranked[] {
  const scores = new Map<string, number>()
  for (const ranking of rankings) {
    ranking.forEach(({ key }, i) => {
      scores.set(key, (scores.get(key) ?? 0) + 1 / (k + i + 1))
    })
  }
  return [...scores].map(([key, score]) => ({ key, score })).sort((a, b) => b.score - a.score)
}
