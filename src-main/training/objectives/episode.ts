import type { Rollout } from '../ports.ts'
import type { ScoringSequence } from '../score.ts'

/**
 * An episode as the losses see it. Everything behind the prompt is the *response*: what the model wrote, and between it the
 * information that the environment gave. A row is the position before a token: there the model predicts it.
 */
export interface LearningEpisode {
  tokens: Int32Array
  /** [response] The rows of all tokens behind the prompt. */
  rows: Int32Array
  /** [response] 1 where the model wrote the token: only there are policy losses, guidance and distillation. */
  generated: Uint8Array
  /** How many of them the model wrote. */
  generatedTokens: number
}

/** Lays out an episode's segments. An episode always begins with a prompt. */
export function learningEpisode({ segments }: Pick<Rollout, 'segments'>): LearningEpisode {
  const tokens = Int32Array.from(segments.flatMap(({ tokens }) => tokens))
  const generated: number[] = []
  let start = 0
  for (const { kind, tokens } of segments) {
    if (kind === 'prompt') start += tokens.length
    else for (const _ of tokens) generated.push(kind === 'response' ? 1 : 0)
  }
  const mask = Uint8Array.from(generated)
  return {
    tokens,
    rows: Int32Array.from(mask, (_, i) => start + i - 1),
    generated: mask,
    generatedTokens: mask.reduce((sum, one) => sum + one, 0),
  }
}

/** The sequence with the rows of generated tokens only. */
export function generatedRows({ tokens, rows, generated }: LearningEpisode): ScoringSequence & { rows: Int32Array } {
  return { tokens, rows: rows.filter((_, i) => generated[i] === 1) }
}

/** Spreads values of generated tokens over the whole response, 0 elsewhere. */
export function overResponse({ generated }: LearningEpisode, values: ArrayLike<number>): Float32Array {
  let next = 0
  return Float32Array.from(generated, (own) => (own === 1 ? (values[next++] ?? Number.NaN) : 0))
}

/** Of values over the response those of generated tokens. */
export function ofGenerated({ generated }: LearningEpisode, values: Float32Array): Float32Array {
  return values.filter((_, i) => generated[i] === 1)
}
