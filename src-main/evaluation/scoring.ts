import {
  coverMatch,
  emptyQueries,
  exactMatch,
  type Fate,
  repeatedQueries,
  type Scored,
  type Trace,
  tokenF1,
} from '../contract/index.ts'
import { holdsAnswer } from './agent.ts'
import type { EpisodeSummary } from './ports.ts'

/** What an evaluation needs to know of an episode, from its trace. */
export function summarizeTrace(trace: Trace): EpisodeSummary {
  const searches = trace.turns.flatMap(({ search }) =>
    search?.hits ? [{ ...search, shown: search.hits.slice(0, search.shown) }] : [],
  )
  return {
    answer: trace.outcome === 'answered' ? trace.answer : null,
    searches: searches.length,
    queries: searches.map(({ query }) => query),
    turns: trace.turns.length,
    validTurns: trace.turns.filter(({ invalid }) => !invalid).length,
    retrieved: searches.map(({ shown }) => shown.map(({ title, text }) => `${title} ${text}`)),
    generatedTokens: trace.usage?.generated ?? 0,
  }
}

/** What became of a question: the first thing that went wrong on the way to its answer. */
export function fateOf(
  trace: Pick<Trace, 'outcome' | 'turns'>,
  { em, coverEm, searches, hit }: Pick<Scored, 'em' | 'coverEm' | 'searches' | 'hit'>,
): Fate {
  if (trace.outcome === 'answered') {
    if (em === 1) return 'right'
    if (coverEm === 1) return 'contains'
    if (searches === 0) return 'not-searched'
    return hit ? 'not-used' : 'not-retrieved'
  }
  if (trace.outcome !== 'no-answer') return 'failed'
  const limits = trace.turns.flatMap((turn) => turn.limits.map(({ limit }) => limit))
  if (limits.includes('turns')) return 'out-of-turns'
  return limits.includes('episode') ? 'out-of-room' : 'never-answered'
}

/**
 * Scores an episode against the answers of its question.
 *
 * @param given exact match with the passages given (ARCap); null: not measured
 */
export function scoreTrace(answers: readonly string[], trace: Trace, given: Scored['given'] = null): Scored {
  const { answer, searches, queries, turns, validTurns, retrieved, generatedTokens } = summarizeTrace(trace)
  const hits = retrieved.map((texts) => texts.some((text) => holdsAnswer(text, answers)))
  const scores = {
    em: exactMatch(answer, answers),
    f1: tokenF1(answer, answers),
    coverEm: coverMatch(answer, answers),
    hit: hits.some(Boolean),
    hitFirst: hits[0] ?? false,
    searches,
  }
  return {
    answer,
    ...scores,
    turns,
    validTurns,
    repeatedQueries: repeatedQueries(queries),
    emptyQueries: emptyQueries(queries),
    tokens: generatedTokens,
    ms: trace.ms ?? 0,
    fate: fateOf(trace, scores),
    given,
  }
}
