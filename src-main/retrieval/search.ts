import type { Table } from '@lancedb/lancedb'
import type { PassageHit, Span } from '../contract/index.ts'
import { analyze, queryTerms } from './analysis.ts'
import { reciprocalRankFusion } from './fusion.ts'
import type { Embedder, Reranker } from './ports.ts'
import { type Candidate, fullTextStage, type Scope, vectorStage } from './stages.ts'

/** Passages taken from each stage into the fusion, at least. */
const minByWords = 100
const minByMeaning = 50
/** Passages that the reranker reads, at least. */
const minReranked = 20

export interface SearchStages {
  embedder: Embedder | null
  reranker: Reranker | null
  /** Whether the vector column has an index that is worth using. */
  vectorIndex: boolean
}

/** What a search did, stage by stage; each list best first. */
export interface SearchTrace {
  terms: readonly string[]
  /** The query's vector; null without an embedder. */
  queryVector: Float32Array | null
  fullText: readonly Candidate[]
  vector: readonly Candidate[] | null
  /** Fused, doubles included. */
  fused: readonly Candidate[]
  /** Ids of passages that say the same as a better one, with the id of that one. */
  doubles: ReadonlyMap<string, string>
  /** What the reranker was given; null without one. */
  reranked: readonly Candidate[] | null
  final: readonly Candidate[]
}

/**
 * Finds the passages that fit a query best: BM25, and with an embedder also cosine similarity, fused by reciprocal
 * rank; with a reranker the best of them are ordered by it. Of passages that say the same only the first is kept.
 */
export async function traceSearch(
  table: Table,
  query: string,
  limit: number,
  { embedder, reranker, vectorIndex }: SearchStages,
  scope: Scope,
  signal?: AbortSignal,
): Promise<SearchTrace> {
  const blank = query.trim() === ''
  const terms = blank ? [] : queryTerms(query)
  const byMeaning = async () => {
    if (!embedder || blank) return { queryVector: null, vector: null }
    const [queryVector] = await embedder.embed([query], 'query', signal)
    if (!queryVector) throw new Error('the embedder returned no vector')
    const wanted = Math.max(minByMeaning, 2 * limit)
    return { queryVector, vector: await vectorStage(table, queryVector, wanted, scope, vectorIndex) }
  }
  const [fullText, { queryVector, vector }] = await Promise.all([
    fullTextStage(table, terms, Math.max(minByWords, 2 * limit), scope),
    byMeaning(),
  ])
  signal?.throwIfAborted()
  const fused = vector ? fuse(fullText, vector) : fullText
  const doubles = doublesAmong(fused)
  const distinct = fused.filter(({ passage }) => !doubles.has(passage.id))
  const reranked = reranker
    ? await rerank(distinct.slice(0, Math.max(minReranked, limit)), query, reranker, signal)
    : null
  return { terms, queryVector, fullText, vector, fused, doubles, reranked, final: reranked ?? distinct }
}

/** The first hits of a search, with the query's words marked. */
export function hitsOf({ terms, final }: SearchTrace, limit: number): PassageHit[] {
  const asked = new Set(terms)
  return final.slice(0, limit).map(({ passage, score, stages }, i) => ({
    ...passage,
    rank: i + 1,
    score,
    stages,
    matches: markWords(passage.text, asked),
  }))
}

function fuse(fullText: readonly Candidate[], vector: readonly Candidate[]): Candidate[] {
  const found = new Map<string, Candidate>()
  for (const candidate of [...fullText, ...vector]) {
    const { id } = candidate.passage
    found.set(id, { ...candidate, stages: { ...found.get(id)?.stages, ...candidate.stages } })
  }
  const keys = (list: readonly Candidate[]) => list.map(({ passage }) => ({ key: passage.id }))
  return reciprocalRankFusion([keys(fullText), keys(vector)]).flatMap(({ key, score }, i) => {
    const candidate = found.get(key)
    return candidate ? [{ ...candidate, score, stages: { ...candidate.stages, fused: { rank: i + 1, score } } }] : []
  })
}

/** Texts that differ in case, spaces or signs only say the same. */
function doublesAmong(candidates: readonly Candidate[]): Map<string, string> {
  const first = new Map<string, string>()
  const doubles = new Map<string, string>()
  for (const { passage } of candidates) {
    const words = passage.text
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
      .trim()
    const better = first.get(words)
    if (better === undefined) first.set(words, passage.id)
    else doubles.set(passage.id, better)
  }
  return doubles
}

async function rerank(
  candidates: readonly Candidate[],
  query: string,
  reranker: Reranker,
  signal: AbortSignal | undefined,
): Promise<Candidate[]> {
  const texts = candidates.map(({ passage }) => passage.text)
  const scores = await reranker.score(query, texts, signal)
  return candidates
    .map((candidate, i) => ({ ...candidate, score: scores[i] ?? Number.NEGATIVE_INFINITY }))
    .sort((a, b) => b.score - a.score)
    .map((candidate, i) => ({
      ...candidate,
      stages: { ...candidate.stages, reranker: { rank: i + 1, score: candidate.score } },
    }))
}

/** Where the query's words stand in a text; neighbors that overlap (pairs of characters) are one span. */
function markWords(text: string, asked: ReadonlySet<string>): Span[] {
  const spans: Span[] = []
  for (const { term, start, end } of analyze(text)) {
    if (!asked.has(term)) continue
    const last = spans.at(-1)
    if (last && start < last.end) last.end = Math.max(last.end, end)
    else spans.push({ start, end })
  }
  return spans
}
