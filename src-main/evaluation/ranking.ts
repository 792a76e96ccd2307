/** The figures of a retrieval evaluation, in the order in which they are reported. All lie between 0 and 1. */
export const retrievalMetricNames = [
  'recall@1',
  'recall@3',
  'recall@5',
  'recall@10',
  'recall@20',
  'ndcg@10',
  'mrr@10',
  'hit@3',
  'all@5',
  'all@10',
] as const

export type RetrievalMetrics = Record<(typeof retrievalMetricNames)[number], number>

/** Passages that answer a question, with how well (0: not at all; 1 for sets without grades). */
export type Judgments = ReadonlyMap<string, number>

/**
 * Scores one ranking. `recall@k`: share of the relevant passages among the first k; `hit@k`: any of them is; `all@k`: all
 * are; `mrr@10`: one over the rank of the first; `ndcg@10` with the gain itself and a discount of log2(rank + 1), as
 * trec_eval and BEIR compute it. An id that comes twice counts at its first rank.
 */
export function scoreRanking(ranking: readonly string[], gold: Judgments): RetrievalMetrics {
  const relevant = [...gold.values()].filter((gain) => gain > 0)
  const gains = [...new Set(ranking)].map((id) => Math.max(0, gold.get(id) ?? 0))
  const found = (k: number) => gains.slice(0, k).filter((gain) => gain > 0).length
  const recall = (k: number) => (relevant.length === 0 ? 0 : found(k) / relevant.length)
  const all = (k: number) => (relevant.length > 0 && found(k) === relevant.length ? 1 : 0)
  const first = gains.slice(0, 10).findIndex((gain) => gain > 0)
  const ideal = discountedGain(relevant.toSorted((a, b) => b - a))
  return {
    'recall@1': recall(1),
    'recall@3': recall(3),
    'recall@5': recall(5),
    'recall@10': recall(10),
    'recall@20': recall(20),
    'ndcg@10': ideal === 0 ? 0 : discountedGain(gains) / ideal,
    'mrr@10': first < 0 ? 0 : 1 / (first + 1),
    'hit@3': found(3) > 0 ? 1 : 0,
    'all@5': all(5),
    'all@10': all(10),
  }
}

/**
 * Means over the questions, see {@link scoreRanking}. A question without a relevant passage cannot be scored and is
 * left out; without any question all figures are 0.
 *
 * @param rankings ids of the passages found for each question, best first
 * @param gold judgments of the same questions in the same order
 */
export function retrievalMetrics(
  rankings: readonly (readonly string[])[],
  gold: readonly Judgments[],
): RetrievalMetrics {
  const scores = rankings.flatMap((ranking, i) => {
    const judgments = gold[i] ?? new Map()
    return isJudged(judgments) ? [scoreRanking(ranking, judgments)] : []
  })
  const mean = (name: keyof RetrievalMetrics) =>
    scores.reduce((sum, score) => sum + score[name], 0) / scores.length || 0
  return Object.fromEntries(retrievalMetricNames.map((name) => [name, mean(name)])) as RetrievalMetrics
}

/** Whether a question names at least one relevant passage. */
export function isJudged(gold: Judgments): boolean {
  return gold.values().some((gain) => gain > 0)
}

function discountedGain(gains: readonly number[]): number {
  return gains.slice(0, 10).reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0)
}
