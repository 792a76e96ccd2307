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

/** A model of the native engine as a teacher, or as the policy that another is held to. */
export function engineScorer(model: Model, options: { packTokens: number; trainer?: Trainer }): TeacherScorer {
  return {
    async logProbabilities(sequences, signal) {
      const scores = await scoreRows(model, sequences, { ...options, logProbabilities: true, signal })
      return scores.map(({ logProbabilities }) => logProbabilities)
    },
    async distributions(sequences, k, signal) {
      const wanted = k !== null && k < model.architecture.vocabulary ? { top: k } : { logits: true }
      const scores = await scoreRows(model, sequences, { ...options, ...wanted, signal })
      if ('logits' in wanted) {
        const { vocabulary } = model.architecture
        return { logProbabilities: join(scores.map(({ logits }) => logSoftmax(logits, vocabulary))) }
      }
      return {
        k: wanted.top,
        tokens: Int32Array.from(join(scores.map(({ topTokens }) => topTokens))),
        logProbabilities: join(scores.map(({ topLogProbabilities }) => topLogProbabilities)),
      }
    },
  }
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
