import type { Question } from './datasets.ts'
import type { OnProgress, Search } from './ports.ts'
import { isJudged, type RetrievalMetrics, retrievalMetrics } from './ranking.ts'

export interface RetrievalEvaluation {
  metrics: RetrievalMetrics
  /** Questions that were scored. */
  questions: number
  /** Wall time of one search, ms. */
  searchMs: { p50: number; p95: number }
  /** The ranking of each question, for a closer look. */
  rows: { id: string; question: string; ranking: string[] }[]
}

/**
 * Searches with every question that names a relevant passage and scores the rankings.
 *
 * @param limit passages asked for with each search; figures beyond it cannot rise
 * @throws whatever `search` throws, and the signal's reason
 */
export async function evaluateRetrieval({
  questions,
  search,
  limit = 20,
  onProgress,
  signal,
}: {
  questions: readonly Question[]
  search: Search
  limit?: number
  onProgress?: OnProgress
  signal?: AbortSignal
}): Promise<RetrievalEvaluation> {
  const judged = questions.filter(({ gold }) => isJudged(gold))
  const rows: RetrievalEvaluation['rows'] = []
  const times: number[] = []
  for (const { id, question } of judged) {
    signal?.throwIfAborted()
    const start = performance.now()
    const found = await search(question, limit, signal)
    times.push(performance.now() - start)
    rows.push({ id, question, ranking: found.map((passage) => passage.id) })
    onProgress?.({ done: rows.length, total: judged.length })
  }
  const metrics = retrievalMetrics(
    rows.map(({ ranking }) => ranking),
    judged.map(({ gold }) => gold),
  )
  times.sort((a, b) => a - b)
  const quantile = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0
  return { metrics, questions: judged.length, searchMs: { p50: quantile(0.5), p95: quantile(0.95) }, rows }
}
