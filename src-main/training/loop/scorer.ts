import { appError } from '../../contract/index.ts'
import type { TeacherDistributions } from '../batch.ts'
import type { Model } from '../engine.ts'
import type { TeacherScorer } from '../ports.ts'
import type { ScoreOptions, Scores, ScoringSequence } from '../score.ts'
import type { Trainer } from '../trainer.ts'

const empty: Scores = {
  logProbabilities: new Float32Array(),
  entropies: new Float32Array(),
  values: new Float32Array(),
  topTokens: new Int32Array(),
  topLogProbabilities: new Float32Array(),
  logits: new Float32Array(),
}

/** Scores sequences of which some may have no rows: an episode in which the model wrote nothing. */
export async function scoreRows(
  model: Model,
  sequences: readonly ScoringSequence[],
  { signal, ...options }: Omit<ScoreOptions, 'signal'> & { signal: AbortSignal | undefined },
): Promise<Scores[]> {
  const filled = sequences.filter(({ rows }) => rows.length > 0)
  const scores = await model.score(filled, { ...options, ...(signal ? { signal } : {}) })
  let next = 0
  return sequences.map(({ rows }) => (rows.length > 0 ? (scores[next++] ?? empty) : empty))
}

/** So many more of the likeliest tokens are asked of a teacher with a longer vocabulary: padding may be among them. */
const SPARE = 16

/**
 * A model of the native engine as a teacher, or as the policy that another is held to.
 *
 * @param vocabulary of the student, where the teacher's is padded to more: Qwen2.5 has 151,936 tokens up to 3B, and 152,064
 *   from 7B on, of which the last ones mean nothing
 */
export function engineScorer(
  model: Model,
  { vocabulary: own, ...options }: { packTokens: number; trainer?: Trainer; vocabulary?: number },
): TeacherScorer {
  return {
    async logProbabilities(sequences, signal) {
      const scores = await scoreRows(model, sequences, { ...options, logProbabilities: true, signal })
      return scores.map(({ logProbabilities }) => logProbabilities)
    },
    async distributions(sequences, k, signal) {
      const { vocabulary: all } = model.architecture
      const vocabulary = own ?? all
      const asked = k !== null && k < vocabulary ? k + (vocabulary < all ? SPARE : 0) : all
      const wanted = asked < all ? { top: asked } : { logits: true }
      const scores = await scoreRows(model, sequences, { ...options, ...wanted, signal })
      if (k === null || 'logits' in wanted) {
        const kept = scores.map(({ logits }) => logSoftmax(columns(logits, all, vocabulary), vocabulary))
        return { logProbabilities: join(kept) }
      }
      const tokens = join(scores.map(({ topTokens }) => topTokens))
      const logProbabilities = join(scores.map(({ topLogProbabilities }) => topLogProbabilities))
      if (vocabulary === all) return { k, tokens: Int32Array.from(tokens), logProbabilities }
      return firstKnown({ tokens, logProbabilities }, { asked, k, vocabulary })
    },
  }
}

/** The first columns of rows of logits. */
function columns(logits: Float32Array, width: number, kept: number): Float32Array {
  if (width === kept) return logits
  const rows = logits.length / width
  const result = new Float32Array(rows * kept)
  for (let row = 0; row < rows; row++) result.set(logits.subarray(row * width, row * width + kept), row * kept)
  return result
}

/** Of the likeliest tokens of each row the first k that are in the vocabulary. */
function firstKnown(
  { tokens, logProbabilities }: { tokens: Int32Array; logProbabilities: Float32Array },
  { asked, k, vocabulary }: { asked: number; k: number; vocabulary: number },
): TeacherDistributions {
  const rows = tokens.length / asked
  const kept = { k, tokens: new Int32Array(rows * k), logProbabilities: new Float32Array(rows * k) }
  for (let row = 0; row < rows; row++) {
    let next = row * k
    for (let i = row * asked; i < (row + 1) * asked && next < (row + 1) * k; i++) {
      const token = tokens[i] ?? 0
      if (token >= vocabulary) continue
      kept.tokens[next] = token
      kept.logProbabilities[next++] = logProbabilities[i] ?? 0
    }
    if (next < (row + 1) * k)
      throw appError(
        'TOKENIZER_MISMATCH',
        'The teacher finds tokens likely that the student does not have.',
        'Choose a teacher of the student’s family.',
      )
  }
  return kept
}

/** Turns rows of logits into log-probabilities, in place. */
function logSoftmax(logits: Float32Array, vocabulary: number): Float32Array {
  for (let start = 0; start < logits.length; start += vocabulary) {
    const row = logits.subarray(start, start + vocabulary)
    let largest = Number.NEGATIVE_INFINITY
    for (const x of row) if (x > largest) largest = x
    let sum = 0
    for (const x of row) sum += Math.exp(x - largest)
    const shift = largest + Math.log(sum)
    for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) - shift
  }
  return logits
}

function join<T extends Float32Array | Int32Array>(parts: readonly T[]): T {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const Kind = (parts[0]?.constructor ?? Float32Array) as new (length: number) => T
  const all = new Kind(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** The distributions of several sequences, as one. */
export function joinDistributions(parts: readonly TeacherDistributions[]): TeacherDistributions {
  const logProbabilities = join(parts.map((part) => part.logProbabilities))
  const [first] = parts
  if (first === undefined || !('k' in first)) return { logProbabilities }
  return {
    k: first.k,
    tokens: join(parts.map((part) => ('k' in part ? part.tokens : new Int32Array()))),
    logProbabilities,
  }
}

/** Mean probability that the kept tokens hold. */
export function massKept(parts: readonly TeacherDistributions[]): number {
  let mass = 0
  let rows = 0
  for (const part of parts) {
    if (part.logProbabilities.length === 0) continue
    if (!('k' in part)) return 1
    for (const logP of part.logProbabilities) mass += Math.exp(logP)
    rows += part.logProbabilities.length / part.k
  }
  return mass / Math.max(1, rows)
}
