import type { EvidenceText } from '../contract/index.ts'
import type { Question } from './datasets.ts'

/** Finds the passages for a query, best first. */
export type Search = (query: string, limit: number, signal?: AbortSignal) => Promise<readonly { id: string }[]>

/** What an evaluation needs to know of an episode. */
export interface EpisodeSummary {
  /** Null when the episode ended without one. */
  answer: string | null
  /** Searches that were executed. */
  searches: number
  /** Their queries, in order; empty ones too. */
  queries: readonly string[]
  /** Turns of the model, and those of them that held a search or an answer. */
  turns: number
  validTurns: number
  /** Texts that the model was shown, one list per search. */
  retrieved: readonly (readonly string[])[]
  generatedTokens: number
}

/** Plays one episode. */
export type Play = (question: Question, signal?: AbortSignal) => Promise<EpisodeSummary>

/** Answers from passages that are given; null: no answer came. */
export type Read = (
  question: Question,
  passages: readonly EvidenceText[],
  think: boolean,
  signal?: AbortSignal,
) => Promise<string | null>

/** Hears after each question how many are done. */
export type OnProgress = (progress: { done: number; total: number }) => void
