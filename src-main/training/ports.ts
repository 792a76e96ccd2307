import type { EvidenceText } from '../contract/index.ts'
import type { TeacherDistributions } from './batch.ts'
import type { ScoringSequence } from './score.ts'

/** A question of a training, validation or test split. */
export interface TrainingQuestion {
  id: string
  question: string
  answers: readonly string[]
  /** The texts that answer it, where its set names them. */
  evidence?: readonly EvidenceText[] | undefined
}

/** The files of a policy: a model, and an adapter over it unless the model itself was trained. */
export interface Weights {
  model: string
  adapter: string | null
}

/** One played episode, as training sees it. */
export interface Rollout {
  question: TrainingQuestion
  /** The episode's tokens and who wrote them; losses apply to `response` only. */
  segments: readonly { kind: 'prompt' | 'response' | 'observation'; tokens: readonly number[] }[]
  answer: string | null
  queries: readonly string[]
  /** Whether a gold answer occurs in the text of any search that was shown to the model. */
  hit: boolean
  /** The same of the first search. */
  hitFirst: boolean
  turns: number
  validTurns: number
  generatedTokens: number
  /** The whole episode as text, for people. */
  transcript: string
}

/** Plays episodes: the same loop, prompt, retriever, top-k and limits as chat. */
export interface Player {
  /** Chooses what plays from now on; what played before is freed. @throws {AppError} MODEL_*, ADAPTER_* */
  load(weights: Weights): Promise<void>
  /** One episode for every question, in their order, several at once. Temperature 0 is greedy. */
  play(
    questions: readonly TrainingQuestion[],
    options: { temperature: number; seed: number; signal?: AbortSignal; onProgress?: (done: number) => void },
  ): Promise<Rollout[]>
  /** Frees the memory; `load` brings it back. */
  unload(): Promise<void>
}

/** A player that can also be examined on reading alone. */
export interface Examinee extends Player {
  /**
   * What is answered to every question from passages that need not be searched for, greedily, at once or after thinking;
   * null: no answer came. Undefined: nobody knows a passage that answers the question.
   */
  read(
    questions: readonly TrainingQuestion[],
    options: { think: boolean; signal?: AbortSignal; onProgress?: (done: number) => void },
  ): Promise<(string | null | undefined)[]>
}

/** What a teacher says about tokens that someone else wrote. Here the native engine; later a server, too. */
export interface TeacherScorer {
  /** log π_T of the token after each row, per sequence. */
  logProbabilities(sequences: readonly ScoringSequence[], signal?: AbortSignal): Promise<Float32Array[]>
  /** Distributions row by row over all sequences, as the losses take them; `k` null: the whole vocabulary. */
  distributions(
    sequences: readonly ScoringSequence[],
    k: number | null,
    signal?: AbortSignal,
  ): Promise<TeacherDistributions>
}
