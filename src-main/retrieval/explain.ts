import type { Table } from '@lancedb/lancedb'
import type { ExplainedWord, Explanation, Passage } from '../contract/index.ts'
import { analyze, queryWords } from './analysis.ts'
import { guarded } from './errors.ts'
import { isStopWord, passageLanguage } from './language.ts'
import { hitsOf, type SearchTrace } from './search.ts'
import { type Candidate, fullTextRows, type Scope, similarity, vectorRows } from './stages.ts'
import { among } from './upkeep.ts'

/** Up to so many places the rank of a document is counted. */
const deepest = 10_000
/** Passages of a document that are looked at for its words. */
const looked = 2000
const suggested = 6

/** Rank and score of the document's best passage in one ranking; null ranks lie beyond what is counted. */
type Place = NonNullable<Explanation['fullText']>

/**
 * Says why a search does or does not find a document: how its best passage fares in each stage of that very search, and
 * what would have to change.
 *
 * @param inScope whether the search looks into the document at all
 */
export async function explainSearch(
  table: Table,
  query: string,
  fileId: string,
  limit: number,
  trace: SearchTrace,
  inScope: boolean,
): Promise<Explanation> {
  const only: Scope = new Set([fileId])
  const rows = await guarded(
    table
      .query()
      .where(among('file_id', [fileId]))
      .select(['passage'])
      .limit(looked)
      .toArray(),
  )
  const passages = rows.map((row) => JSON.parse(String(row['passage'])) as Passage)
  const words = wordsIn(query, passages)
  const [fullText, vector] = await Promise.all([
    placeByWords(table, trace, fileId, only),
    placeByMeaning(table, trace, fileId, only),
  ])
  const rank = hitsOf(trace, limit).find((hit) => hit.fileId === fileId)?.rank ?? null
  const place = trace.final.findIndex(({ passage }) => passage.fileId === fileId)
  const ofFile = (list: readonly Candidate[]) => list.find(({ passage }) => passage.fileId === fileId)
  const candidate = ofFile(trace.final) ?? ofFile(trace.reranked ?? []) ?? ofFile(trace.fused)
  const passage = candidate?.passage ?? passages.find(({ id }) => id === fullText?.id)
  const { fused, reranker, repeats } = candidate?.stages ?? {}
  const lastShown = trace.final[limit - 1]
  const lastRead = trace.reranked?.reduce((last, next) => (rankIn(next) > rankIn(last) ? next : last))
  const facts = { passages: passages.length, inScope, words, fullText, vector, rank, place, limit, trace, fileId }
  return {
    passages: passages.length,
    rank,
    words,
    fullText: fullText && { rank: fullText.rank, score: fullText.score, needed: trace.fullText.at(-1)?.score ?? null },
    vector: vector && { rank: vector.rank, score: vector.score, needed: trace.vector?.at(-1)?.score ?? null },
    named: candidate?.stages.fullText?.named ?? 0,
    fused: fused ? { ...fused, needed: (lastRead ?? lastShown)?.stages.fused?.score ?? null } : null,
    reranker: reranker ? { ...reranker, needed: lastShown?.stages.reranker?.score ?? null } : null,
    repeats: repeats ? { share: repeats.share, title: titleOf(trace, repeats.of) } : null,
    passage: passage ?? null,
    ...verdict(facts),
    suggestions: rank === null ? tellingWords(passages, new Set(trace.terms)) : [],
  }
}

/** Where a passage stood before the reranker read it. */
const rankIn = ({ stages }: Candidate): number => stages.fused?.rank ?? stages.fullText?.rank ?? 0

const titleOf = (trace: SearchTrace, id: string): string =>
  trace.fused.find(({ passage }) => passage.id === id)?.passage.title ?? ''

/** In how many of the passages each word of the query stands, and in which fields. */
function wordsIn(query: string, passages: readonly Passage[]): ExplainedWord[] {
  const fields = passages.map(({ title, headings, text }) => {
    const language = passageLanguage(text)
    const terms = (part: string) => new Set(analyze(part, language).map(({ term }) => term))
    return { title: terms(title), headings: terms(headings.join('\n')), text: terms(text) }
  })
  return queryWords(query).map(({ word, terms }) => {
    const count = (field: 'title' | 'headings' | 'text') =>
      fields.filter((parts) => terms.some((term) => parts[field].has(term))).length
    return { word, title: count('title'), headings: count('headings'), text: count('text') }
  })
}

async function placeByWords(
  table: Table,
  trace: SearchTrace,
  fileId: string,
  only: Scope,
): Promise<(Place & { id: string }) | null> {
  const [best] = await fullTextRows(table, trace.terms, ['id'], 1, only)
  if (!best) return null
  const near = trace.fullText.findIndex(({ passage }) => passage.fileId === fileId)
  const found = trace.fullText[near]
  if (found) return { rank: near + 1, score: found.score, needed: null, id: found.passage.id }
  const all = await fullTextRows(table, trace.terms, [], deepest, null)
  const at = all.findIndex((row) => row['file_id'] === fileId)
  // Scores of a restricted search are of another scale while rows wait to be taken into the index.
  const score = Number((all[at] ?? best)['_score'])
  return { rank: at === -1 ? null : at + 1, score, needed: null, id: String(best['id']) }
}

async function placeByMeaning(table: Table, trace: SearchTrace, fileId: string, only: Scope): Promise<Place | null> {
  if (!trace.queryVector || !trace.vector) return null
  const near = trace.vector.findIndex(({ passage }) => passage.fileId === fileId)
  const found = trace.vector[near]
  if (found) return { rank: near + 1, score: found.score, needed: null }
  const [best] = await vectorRows(table, trace.queryVector, [], 1, only, false)
  if (!best) return null
  const all = await vectorRows(table, trace.queryVector, [], deepest, null, false)
  const at = all.findIndex((row) => row['file_id'] === fileId)
  return { rank: at === -1 ? null : at + 1, score: similarity(best), needed: null }
}

function verdict({
  passages,
  inScope,
  words,
  fullText,
  vector,
  rank,
  place,
  limit,
  trace,
  fileId,
}: {
  passages: number
  inScope: boolean
  words: readonly ExplainedWord[]
  fullText: Place | null
  vector: Place | null
  rank: number | null
  place: number
  limit: number
  trace: SearchTrace
  fileId: string
}): Pick<Explanation, 'outcome' | 'reason'> {
  const missing = words.filter((word) => word.title + word.headings + word.text === 0).map(({ word }) => `“${word}”`)
  const missed = missing.length > 0 ? ` It does not contain ${missing.join(', ')}.` : ''
  if (passages === 0)
    return { outcome: 'not-indexed', reason: 'Nothing of this document is in the index: read it again.' }
  if (!inScope) return { outcome: 'filtered', reason: 'The filter leaves this document out.' }
  if (rank !== null) return { outcome: 'found', reason: `It is found at place ${rank}.${missed}` }
  if (!fullText && !vector)
    return {
      outcome: 'no-words',
      reason: 'None of the words of the search are in this document. Use words that it has.',
    }
  const double = trace.fused.find(({ passage }) => passage.fileId === fileId && trace.doubles.has(passage.id))
  if (double && place === -1) {
    const title = titleOf(trace, trace.doubles.get(double.passage.id) ?? '')
    return { outcome: 'duplicate', reason: `“${title}” says the same and is found in its place.` }
  }
  const seen = trace.fused.some(({ passage }) => passage.fileId === fileId)
  if (!seen)
    return {
      outcome: 'too-far',
      reason: `Too many other passages fit better to be looked at further.${missed} Use more words that only this document has.`,
    }
  if (trace.reranked && place === -1)
    return {
      outcome: 'not-reranked',
      reason: `It is not among the passages that the reranker reads.${missed} Use more words that only this document has.`,
    }
  const repeats = trace.final[place]?.stages.repeats
  const moved = repeats
    ? ` “${titleOf(trace, repeats.of)}” says ${Math.round(100 * repeats.share)} % of it, so that it was moved back.`
    : ''
  return {
    outcome: 'below-limit',
    reason: `It is at place ${place + 1}, and only ${limit} are shown.${missed}${moved} Ask for more, or use words that only it has.`,
  }
}

/** Words that this document has often, and that the query does not have. */
function tellingWords(passages: readonly Passage[], asked: ReadonlySet<string>): string[] {
  const found = new Map<string, { word: string; weight: number }>()
  for (const { title, headings, text } of passages) {
    const language = passageLanguage(text)
    const parts = [title, title, title, ...headings, text]
    for (const part of parts) {
      for (const { term, start, end } of analyze(part, language)) {
        const word = part.slice(start, end)
        if (asked.has(term) || isStopWord(word, language) || (word.length < 4 && !/[^\p{L}]|\p{Lo}/u.test(word)))
          continue
        const entry = found.get(term) ?? { word, weight: 0 }
        entry.weight += word === word.toLowerCase() ? 1 : 2
        found.set(term, entry)
      }
    }
  }
  const best = [...found.values()].sort((a, b) => b.weight - a.weight)
  return best.slice(0, suggested).map(({ word }) => word)
}
