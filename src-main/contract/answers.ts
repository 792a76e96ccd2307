const asciiPunctuation = /[!-/:-@[-`{-~]/g
const articles = /(?<![\p{L}\p{N}])(?:a|an|the)(?![\p{L}\p{N}])/gu

/**
 * An answer as it is compared: lower case, ASCII punctuation removed, the articles a/an/the removed, white space
 * collapsed (Rajpurkar et al. 2016, the official SQuAD script).
 */
export function normalizeAnswer(answer: string): string {
  return answer.toLowerCase().replace(asciiPunctuation, '').replace(articles, ' ').trim().split(/\s+/u).join(' ')
}

/** Exact match (EM): 1 when the normalized answer equals a normalized gold answer. No answer: 0. */
export function exactMatch(answer: string | null, golds: readonly string[]): 0 | 1 {
  if (answer === null) return 0
  const normalized = normalizeAnswer(answer)
  return golds.some((gold) => normalizeAnswer(gold) === normalized) ? 1 : 0
}

/** Sub-string EM ("cover EM"): 1 when a normalized gold answer occurs in the normalized answer. No answer: 0. */
export function coverMatch(answer: string | null, golds: readonly string[]): 0 | 1 {
  if (answer === null) return 0
  const normalized = normalizeAnswer(answer)
  return golds.some((gold) => normalized.includes(normalizeAnswer(gold))) ? 1 : 0
}

/** Token F1 as in SQuAD: the best harmonic mean of precision and recall of words over the gold answers, in [0, 1]. */
export function tokenF1(answer: string | null, golds: readonly string[]): number {
  if (answer === null) return 0
  const words = normalizeAnswer(answer).split(' ')
  return Math.max(0, ...golds.map((gold) => wordF1(words, normalizeAnswer(gold).split(' '))))
}

function wordF1(answer: readonly string[], gold: readonly string[]): number {
  const left = Map.groupBy(gold, (word) => word)
  const shared = answer.filter((word) => left.get(word)?.pop() !== undefined).length
  return (2 * shared) / (answer.length + gold.length)
}

/** How many queries of an episode it had asked before, up to case and white space. */
export function repeatedQueries(queries: readonly string[]): number {
  return queries.length - new Set(queries.map((query) => query.trim().toLowerCase().split(/\s+/u).join(' '))).size
}

/** How many queries hold nothing but white space. */
export function emptyQueries(queries: readonly string[]): number {
  return queries.filter((query) => query.trim() === '').length
}
