import { MatchQuery, type Table } from '@lancedb/lancedb'
import type { Passage, PassageHit } from '../contract/index.ts'
import { guarded } from './errors.ts'
import { namedGains } from './named.ts'
import { among } from './upkeep.ts'

/** A passage on its way through the stages of a search. */
export interface Candidate {
  passage: Passage
  score: number
  stages: PassageHit['stages']
}

/** Files that are searched; null: all. */
export type Scope = ReadonlySet<string> | null

/** Up to so many files are named in the query itself, which then looks at their passages only. */
const namedFiles = 1000
/** Most passages that are asked for when those of other files are thrown away afterwards. */
const mostAsked = 100_000

/** LanceDB makes partitions of 4,096 rows or more. */
const rowsPerPartition = 4000

type Row = Record<string, unknown>

/**
 * Runs a query so that `wanted` rows of the scope come out, where there are as many. Few files are a condition of the
 * query (exact, and the cheaper the fewer they are); of many, most rows pass anyway: more are asked for, and filtered.
 */
async function within(
  scope: Scope,
  wanted: number,
  run: (limit: number, where: string | null) => Promise<Row[]>,
): Promise<Row[]> {
  if (scope === null) return run(wanted, null)
  if (scope.size === 0) return []
  if (scope.size <= namedFiles) return run(wanted, among('file_id', [...scope]))
  for (let limit = 4 * wanted; ; limit *= 4) {
    const rows = await run(limit, null)
    const kept = rows.filter((row) => scope.has(String(row['file_id'])))
    if (kept.length >= wanted || rows.length < limit || limit >= mostAsked) return kept.slice(0, wanted)
  }
}

/** The rows with the best BM25 scores. */
export async function fullTextRows(
  table: Table,
  terms: readonly string[],
  columns: string[],
  limit: number,
  scope: Scope,
): Promise<Row[]> {
  if (terms.length === 0) return []
  return within(scope, limit, (take, where) => {
    const query = table
      .query()
      .fullTextSearch(new MatchQuery(terms.join(' '), 'terms'))
      .select(['file_id', '_score', ...columns])
      .limit(take)
    return guarded((where === null ? query : query.where(where)).toArray())
  })
}

/** The rows nearest to a vector. The index is left out where there is none, and where few rows are searched: it would lose some. */
export async function vectorRows(
  table: Table,
  vector: Float32Array,
  columns: string[],
  limit: number,
  scope: Scope,
  index: boolean,
): Promise<Row[]> {
  const partitions = index ? await probes(table) : 0
  return within(scope, limit, (take, where) => {
    const query = table
      .vectorSearch(vector)
      .distanceType('cosine')
      .select(['file_id', '_distance', ...columns])
      .limit(take)
    const nearest = index && where === null ? query.nprobes(partitions).refineFactor(1) : query.bypassVectorIndex()
    return guarded((where === null ? nearest : nearest.where(where)).toArray())
  })
}

/** Partitions of the vector index to look into: all of them. Of vectors without any order, fewer would lose too many. */
async function probes(table: Table): Promise<number> {
  return Math.max(50, Math.ceil((await guarded(table.countRows())) / rowsPerPartition))
}

/** Full-text candidates, best first: BM25, and what passages gain that the best ones name. */
export async function fullTextStage(
  table: Table,
  terms: readonly string[],
  limit: number,
  scope: Scope,
): Promise<Candidate[]> {
  const rows = await fullTextRows(table, terms, ['passage'], limit, scope)
  const byWords = ordered(rows, (row) => Number(row['_score']))
  const gains = namedGains(byWords)
  return byWords
    .map((candidate, i) => ({ ...candidate, score: candidate.score + (gains[i] ?? 0), named: gains[i] ?? 0 }))
    .sort((a, b) => b.score - a.score)
    .map(({ passage, score, named }, i) => ({
      passage,
      score,
      stages: { fullText: { rank: i + 1, score, ...(named > 0 && { named }) } },
    }))
}

/** Vector candidates, nearest first. */
export async function vectorStage(
  table: Table,
  vector: Float32Array,
  limit: number,
  scope: Scope,
  index: boolean,
): Promise<Candidate[]> {
  const rows = await vectorRows(table, vector, ['passage'], limit, scope, index)
  return ordered(rows, similarity).map(({ passage, score }, i) => ({
    passage,
    score,
    stages: { vector: { rank: i + 1, score } },
  }))
}

/** Cosine similarity of a row that a vector search found. */
export const similarity = (row: Row): number => 1 - Number(row['_distance'])

/** Best first; equal scores in the order of the passages' ids, so that the same search gives the same order. */
function ordered(rows: readonly Row[], scoreOf: (row: Row) => number): { passage: Passage; score: number }[] {
  return rows
    .map((row) => ({ passage: JSON.parse(String(row['passage'])) as Passage, score: scoreOf(row) }))
    .sort((a, b) => b.score - a.score || (a.passage.id < b.passage.id ? -1 : 1))
}
