import { type EvidenceText, exactMatch } from '../contract/index.ts'
import type { AgentRow } from './agent.ts'
import type { Question } from './datasets.ts'
import { mapAtOnce } from './parallel.ts'
import type { OnProgress, Read } from './ports.ts'

/** The three dimensions of ARCap over some questions (`dgpo.md` section 2); shares between 0 and 1. */
export interface ArcapMetrics {
  questions: number
  /** Source referencing: EM when the gold passages are given and the model answers at once. */
  without_think_em: number
  /** Thinking: EM when the gold passages are given and the model thinks first. */
  with_think_em: number
  /** Query rewriting: share of the episodes in which the first search, or any, shows a gold answer; searches per episode. */
  hit_ratio_first: number
  hit_ratio: number
  search_steps: number
}

/** One question of ARCap. */
export interface ArcapRow {
  id: string
  /** Questions with one gold passage, and with several. */
  hops: 'single' | 'multi'
  withoutThink: { answer: string | null; em: number }
  withThink: { answer: string | null; em: number }
}

export interface Arcap {
  /** Null: no question of the kind. */
  single: ArcapMetrics | null
  multi: ArcapMetrics | null
  all: ArcapMetrics
  rows: ArcapRow[]
}

function metrics(rows: readonly { row: ArcapRow; agent: AgentRow }[]): ArcapMetrics {
  const mean = (value: (one: { row: ArcapRow; agent: AgentRow }) => number): number =>
    rows.reduce((sum, one) => sum + value(one), 0) / rows.length || 0
  return {
    questions: rows.length,
    without_think_em: mean(({ row }) => row.withoutThink.em),
    with_think_em: mean(({ row }) => row.withThink.em),
    hit_ratio_first: mean(({ agent }) => Number(agent.hitFirst)),
    hit_ratio: mean(({ agent }) => Number(agent.hit)),
    search_steps: mean(({ agent }) => agent.episode.searches),
  }
}

/**
 * Has every question that names its gold passages answered from them, without and with thinking, and joins that with the
 * episodes that were played for the same questions.
 *
 * @param passages of a question: the gold ones; a question without any is left out
 * @param episodes of the same questions
 * @throws whatever `read` throws, and the signal's reason
 */
export async function evaluateArcap({
  questions,
  passages,
  episodes,
  read,
  concurrency = 1,
  onProgress,
  signal,
}: {
  questions: readonly Question[]
  passages: (question: Question) => readonly EvidenceText[]
  episodes: readonly AgentRow[]
  read: Read
  concurrency?: number
  onProgress?: OnProgress
  signal?: AbortSignal
}): Promise<Arcap> {
  const played = new Map(episodes.map((row) => [row.id, row]))
  const asked = questions.flatMap((question) => {
    const agent = played.get(question.id)
    const gold = passages(question)
    return agent && gold.length > 0 ? [{ question, agent, gold }] : []
  })
  let done = 0
  const rows = await mapAtOnce(
    asked,
    concurrency,
    async ({ question, agent, gold }, _, stop) => {
      const answered = async (think: boolean) => {
        const answer = await read(question, gold, think, stop)
        return { answer, em: exactMatch(answer, question.answers) }
      }
      const row: ArcapRow = {
        id: question.id,
        hops: gold.length > 1 ? 'multi' : 'single',
        withoutThink: await answered(false),
        withThink: await answered(true),
      }
      onProgress?.({ done: ++done, total: asked.length })
      return { row, agent }
    },
    signal,
  )
  const of = (hops: ArcapRow['hops']): ArcapMetrics | null => {
    const some = rows.filter(({ row }) => row.hops === hops)
    return some.length > 0 ? metrics(some) : null
  }
  return { single: of('single'), multi: of('multi'), all: metrics(rows), rows: rows.map(({ row }) => row) }
}
