import { MatchQuery, type Table } from '@lancedb/lancedb'
import type { Passage, PassageHit, Span } from '../contract/index.ts'
import { analyze, queryTerms } from './analysis.ts'
import { guarded } from './errors.ts'
import { reciprocalRankFusion } from './fusion.ts'
import type { Embedder, Reranker } from './ports.ts'

/** Passages taken from each stage into the fusion, at least. */
const minCandidates = 50
/** Passages that the reranker reads, at least. */
const minReranked = 20

interface Candidate {
  passage: Passage
  score: number
  stages: PassageHit['stages']
}

export interface SearchStages {
  embedder: Embedder | null
  reranker: Reranker | null
  /** Whether the vector column has an index that is worth using. */
  vectorIndex: boolean
}

/**
 * Finds the passages that fit a query best: BM25, and with an embedder also cosine similarity, fused by reciprocal
 * rank; with a reranker the best of them are ordered by it. Of passages with the same text only the first is kept.
 */
export async function searchTable(
  table: Table,
  query: string,
  limit: number,
  { embedder, reranker, vectorIndex }: SearchStages,
  signal?: AbortSignal,
): Promise<PassageHit[]> {
  const terms = queryTerms(query)
  if (query.trim() === '' || limit < 1) return []
  const wanted = Math.max(minCandidates, 2 * limit)
  const [fullText, vector] = await Promise.all([
    terms.length === 0 ? [] : fullTextStage(table, terms, wanted),
    embedder && vectorStage(table, embedder, query, wanted, vectorIndex, signal),
  ])
  signal?.throwIfAborted()
  let candidates = distinct(vector ? fuse(fullText, vector) : fullText)
  if (reranker) candidates = await rerank(candidates.slice(0, Math.max(minReranked, limit)), query, reranker, signal)
  const asked = new Set(terms)
  return candidates.slice(0, limit).map(({ passage, score, stages }, i) => ({
    ...passage,
    rank: i + 1,
    score,
    stages,
    matches: markWords(passage.text, asked),
  }))
}

async function fullTextStage(table: Table, terms: readonly string[], limit: number): Promise<Candidate[]> {
  const best = table
    .query()
    .fullTextSearch(new MatchQuery(terms.join(' '), 'terms'))
    .select(['passage', '_score'])
    .limit(limit)
  return ranked('fullText', await guarded(best.toArray()), (row) => Number(row['_score']))
}

async function vectorStage(
  table: Table,
  embedder: Embedder,
  query: string,
  limit: number,
  index: boolean,
  signal: AbortSignal | undefined,
): Promise<Candidate[]> {
  const [embedded] = await embedder.embed([query], 'query', signal)
  if (!embedded) throw new Error('the embedder returned no vector')
  const nearest = table.vectorSearch(embedded).distanceType('cosine').select(['passage', '_distance']).limit(limit)
  const best = index ? nearest.nprobes(await probes(table)).refineFactor(4) : nearest.bypassVectorIndex()
  return ranked('vector', await guarded(best.toArray()), (row) => 1 - Number(row['_distance']))
}

/** Partitions of the vector index to look into: more of them keep the recall when the table grows. */
async function probes(table: Table): Promise<number> {
  return Math.max(50, Math.ceil((await guarded(table.countRows())) / 5000))
}

/** Best first; equal scores in the order of the passages' ids, so that the same search gives the same order. */
function ranked(
  stage: 'fullText' | 'vector',
  rows: readonly Record<string, unknown>[],
  scoreOf: (row: Record<string, unknown>) => number,
): Candidate[] {
  return rows
    .map((row) => ({ passage: JSON.parse(String(row['passage'])) as Passage, score: scoreOf(row) }))
    .sort((a, b) => b.score - a.score || (a.passage.id < b.passage.id ? -1 : 1))
    .map(({ passage, score }, i) => ({ passage, score, stages: { [stage]: { rank: i + 1, score } } }))
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

function distinct(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>()
  return candidates.filter(({ passage: { text } }) => !seen.has(text) && seen.add(text))
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
