import { analyze, queryTerms } from '../../src-main/retrieval/analysis.ts'

/** Lucene's and LanceDB's constants. */
const K1 = 1.2
const B = 0.75
/** As the app's own index weighs titles. */
const TITLE_WEIGHT = 3

/** What each term adds to the score of the articles that hold it. */
export type SearchIndex = ReadonlyMap<string, readonly { article: number; score: number }[]>

/** A quick stand-in for the app's full-text search over a few thousand articles: the same terms and BM25, in memory. */
export function searchIndex(articles: readonly { title: string; text: string }[]): SearchIndex {
  const postings = new Map<string, { article: number; count: number }[]>()
  const lengths = articles.map(({ title, text }, article) => {
    const terms = analyze(`${`${title}\n`.repeat(TITLE_WEIGHT)}${text}`).map(({ term }) => term)
    for (const [term, { length }] of Map.groupBy(terms, (term) => term)) {
      const list = postings.get(term)
      if (list) list.push({ article, count: length })
      else postings.set(term, [{ article, count: length }])
    }
    return terms.length
  })
  const mean = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length)
  const scored = [...postings].map(([term, list]) => {
    const weight = Math.log(1 + (articles.length - list.length + 0.5) / (list.length + 0.5))
    const scores = list.map(({ article, count }) => {
      const saturation = count + K1 * (1 - B + (B * (lengths[article] as number)) / mean)
      return { article, score: (weight * count * (K1 + 1)) / saturation }
    })
    return [term, scores] as const
  })
  return new Map(scored)
}

/** The best articles' numbers, the best first; equal scores in their order. */
export function search(index: SearchIndex, query: string, limit: number): number[] {
  const scores = new Map<number, number>()
  for (const term of queryTerms(query)) {
    for (const { article, score } of index.get(term) ?? []) scores.set(article, (scores.get(article) ?? 0) + score)
  }
  return [...scores]
    .sort(([a, x], [b, y]) => y - x || a - b)
    .slice(0, limit)
    .map(([article]) => article)
}
