import { coverMatch, emptyQueries, exactMatch, normalizeAnswer, repeatedQueries, tokenF1 } from '../contract/index.ts'
import type { Question } from './datasets.ts'
import { mapAtOnce } from './parallel.ts'
import type { EpisodeSummary, OnProgress, Play } from './ports.ts'

/** The figures of an agent evaluation (`dgpo.md` section 2): shares between 0 and 1, but for the two means that say so. */
export interface AgentMetrics {
  em: number
  f1: number
  /** Sub-string EM. */
  cover_em: number
  /** Episodes in which a gold answer occurs in the text of any search, and of the first one. */
  hit_ratio: number
  hit_ratio_first: number
  /** Mean number of searches per episode. */
  search_steps: number
  /** Turns that held a search or an answer, of all turns. */
  valid_action_rate: number
  answer_rate: number
  /** Queries that the same episode had asked before, and queries without a word, of all queries. */
  repeated_query_rate: number
  empty_query_rate: number
  /** Mean number of generated tokens per episode. */
  tokens_per_episode: number
}

/** One question of an agent evaluation. */
export interface AgentRow {
  id: string
  question: string
  answers: readonly string[]
  episode: EpisodeSummary
  em: number
  f1: number
  cover_em: number
  hit: boolean
  hitFirst: boolean
}

/** Scores one episode against the question's answers. */
function scoreEpisode({ id, question, answers }: Question, episode: EpisodeSummary): AgentRow {
  const hits = episode.retrieved.map((texts) => texts.some((text) => holdsAnswer(text, answers)))
  return {
    id,
    question,
    answers,
    episode,
    em: exactMatch(episode.answer, answers),
    f1: tokenF1(episode.answer, answers),
    cover_em: coverMatch(episode.answer, answers),
    hit: hits.some(Boolean),
    hitFirst: hits[0] ?? false,
  }
}

/** Means and rates over the episodes; 0 where there is nothing to count. */
function agentMetrics(rows: readonly AgentRow[]): AgentMetrics {
  const sum = (value: (row: AgentRow) => number) => rows.reduce((total, row) => total + value(row), 0)
  const mean = (value: (row: AgentRow) => number) => sum(value) / rows.length || 0
  const queries = sum(({ episode }) => episode.queries.length)
  return {
    em: mean(({ em }) => em),
    f1: mean(({ f1 }) => f1),
    cover_em: mean(({ cover_em }) => cover_em),
    hit_ratio: mean(({ hit }) => Number(hit)),
    hit_ratio_first: mean(({ hitFirst }) => Number(hitFirst)),
    search_steps: mean(({ episode }) => episode.searches),
    valid_action_rate: sum(({ episode }) => episode.validTurns) / sum(({ episode }) => episode.turns) || 0,
    answer_rate: mean(({ episode }) => Number(episode.answer !== null)),
    repeated_query_rate: sum(({ episode }) => repeatedQueries(episode.queries)) / queries || 0,
    empty_query_rate: sum(({ episode }) => emptyQueries(episode.queries)) / queries || 0,
    tokens_per_episode: mean(({ episode }) => episode.generatedTokens),
  }
}

/**
 * Plays one episode for every question that has an answer and scores it.
 *
 * @param concurrency episodes played at once
 * @throws whatever `play` throws, and the signal's reason; episodes that still run are then told to stop
 */
export async function evaluateAgent({
  questions,
  play,
  concurrency = 1,
  onProgress,
  signal,
}: {
  questions: readonly Question[]
  play: Play
  concurrency?: number
  onProgress?: OnProgress
  signal?: AbortSignal
}): Promise<{ metrics: AgentMetrics; questions: number; rows: AgentRow[] }> {
  const asked = questions.filter(({ answers }) => answers.length > 0)
  let done = 0
  const rows = await mapAtOnce(
    asked,
    concurrency,
    async (question, _, stop) => {
      const row = scoreEpisode(question, await play(question, stop))
      onProgress?.({ done: ++done, total: asked.length })
      return row
    },
    signal,
  )
  return { metrics: agentMetrics(rows), questions: asked.length, rows }
}

/** Whether a gold answer occurs in a text, both normalized; answers that are nothing but articles do not count. */
export function holdsAnswer(text: string, answers: readonly string[]): boolean {
  const telling = answers.filter((answer) => normalizeAnswer(answer) !== '')
  return telling.length > 0 && coverMatch(text, telling) === 1
}
