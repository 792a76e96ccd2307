import type { PackedBatch, PackedScores, ScoreRequest } from './addon.ts'
import { pack } from './batch.ts'
import type { Trainer } from './trainer.ts'

/** One sequence to be scored, and at which of its tokens. */
export interface ScoringSequence {
  tokens: ArrayLike<number>
  /** Positions, ascending; the model's prediction at a position is about the token after it. */
  rows: ArrayLike<number>
  /** The tokens whose log-probability is wanted; by default those that came next in the sequence. */
  labels?: ArrayLike<number>
}

export interface ScoreOptions {
  /** Scores with the trainer's adapter and value head. */
  trainer?: Trainer
  logProbabilities?: boolean
  entropies?: boolean
  values?: boolean
  /** The k most probable tokens of each row. */
  top?: number
  /** All logits of each row. Large. */
  logits?: boolean
  /** Tokens that are computed at once; a longer sequence is computed alone. */
  packTokens?: number
  signal?: AbortSignal
  /** Called with the number of sequences that are done. */
  onProgress?: (done: number) => void
}

/** One entry per row of a sequence; empty where not asked for. */
export interface Scores {
  logProbabilities: Float32Array
  /** In nats. */
  entropies: Float32Array
  values: Float32Array
  /** [rows, k], the most probable first. */
  topTokens: Int32Array
  topLogProbabilities: Float32Array
  /** [rows, vocabulary] */
  logits: Float32Array
}

const PACK_TOKENS = 2048

/** Groups of neighbors with at most `limit` tokens, or a single longer sequence. */
function groups(sequences: readonly ScoringSequence[], limit: number): ScoringSequence[][] {
  const result: ScoringSequence[][] = []
  let tokens = Number.POSITIVE_INFINITY
  for (const sequence of sequences) {
    tokens += sequence.tokens.length
    const last = result.at(-1)
    if (last && tokens <= limit) {
      last.push(sequence)
    } else {
      result.push([sequence])
      tokens = sequence.tokens.length
    }
  }
  return result
}

/** Deals the scores of a packed batch back to its sequences. */
function split(sequences: readonly ScoringSequence[], packed: PackedScores): Scores[] {
  const total = sequences.reduce((sum, { rows }) => sum + rows.length, 0)
  let start = 0
  return sequences.map(({ rows }) => {
    const from = start
    start += rows.length
    const part = <T extends Float32Array | Int32Array>(all: T): T => {
      const width = all.length / total
      return all.slice(from * width, start * width) as T
    }
    return {
      logProbabilities: part(packed.logProbabilities),
      entropies: part(packed.entropies),
      values: part(packed.values),
      topTokens: part(packed.topTokens),
      topLogProbabilities: part(packed.topLogProbabilities),
      logits: part(packed.logits),
    }
  })
}

/** Scores sequences a pack at a time. */
export async function scoreAll(
  sequences: readonly ScoringSequence[],
  options: ScoreOptions,
  run: (batch: PackedBatch, request: ScoreRequest) => Promise<PackedScores>,
): Promise<Scores[]> {
  const { logProbabilities = false, entropies = false, values = false, top = 0, logits = false } = options
  const results: Scores[] = []
  for (const group of groups(sequences, options.packTokens ?? PACK_TOKENS)) {
    const batch = pack({ sequences: group, losses: [] }, logProbabilities)
    const packed = await run(batch, { logProbabilities, entropies, values, top, logits })
    results.push(...split(group, packed))
    options.onProgress?.(results.length)
  }
  return results
}
