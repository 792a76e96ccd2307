import type { Table } from '@lancedb/lancedb'
import type { PassageHit, Span } from '../contract/index.ts'
import { analyze, queryTerms } from './analysis.ts'
import { reciprocalRankFusion } from './fusion.ts'
import { joinNeighbors } from './neighbors.ts'
import { novel } from './novelty.ts'
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
  query: string
  terms: readonly string[]
  /** The query's vector; null without an embedder. */
  queryVector: Float32Array | null
  fullText: readonly Candidate[]
  vector: readonly Candidate[] | null
  /** Fused, doubles included. */
  fused: readonly Candidate[]
  /** Ids of passages that say the same as a better one, with the id of that one. */
  doubles: ReadonlyMap<string, string>
  /** What the reranker read, in its order; null without one. */
  reranked: readonly Candidate[] | null
  /** The order of the hits; no longer than was asked for. */
  final: readonly Candidate[]
}

/**
 * Finds the passages that fit a query best: BM25, and with an embedder also cosine similarity, fused by reciprocal
 * rank; with a reranker the best of them are ordered by it. What repeats better passages is left out or moved back.
 *
 * @param depth how far down the order of the hits is worked out; the order itself does not depend on it
 */
export async function traceSearch(
  table: Table,
  query: string,
  limit: number,
  { embedder, reranker, vectorIndex }: SearchStages,
  scope: Scope,
  signal?: AbortSignal,
  depth = limit,
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
  const order = reranker ? await rerankBest(fused, query, limit, reranker, signal) : null
  const { kept, doubles } = novel(order?.reranked ?? fused, depth)
  return {
    query,
    terms,
    queryVector,
    fullText,
    vector,
    fused,
    doubles: new Map([...(order?.doubles ?? []), ...doubles]),
    reranked: order?.reranked ?? null,
    final: kept,
  }
}

/** The best passages that are not the same, in the order of the reranker. */
async function rerankBest(
  fused: readonly Candidate[],
  query: string,
  limit: number,
  reranker: Reranker,
  signal: AbortSignal | undefined,
) {
  const { kept, doubles } = novel(fused, Math.max(minReranked, limit))
  return { reranked: await rerank(kept, query, reranker, signal), doubles }
}

/** The first passages of a search with the query's words marked, those that follow each other in a document as one hit. */
export function hitsOf({ terms, final }: SearchTrace, limit: number): PassageHit[] {
  const asked = new Set(terms)
  const hits = final.slice(0, limit).map(({ passage, score, stages }, i) => ({
    ...passage,
    rank: i + 1,
    score,
    stages,
    matches: markWords(passage.text, asked),
  }))
  return joinNeighbors(hits)
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
