import { appError } from '../contract/index.ts'
import type { DivergenceKind, PackedBatch, PackedTerm } from './addon.ts'

/** One sequence of a step, and at which of its tokens something is wanted. */
export interface Sequence {
  tokens: ArrayLike<number>
  /** Positions, ascending; the model's prediction at a position is about the token after it. */
  rows: ArrayLike<number>
  /** The token after each row; by default that of the sequence itself. */
  labels?: ArrayLike<number>
  /** How much each row counts, by default 1 / all rows of the batch. The loss is the weighted sum, not a mean. */
  weights?: ArrayLike<number>
}

/**
 * A teacher's distributions, row by row over all sequences of the batch: log-probabilities of all tokens, or of its top k
 * tokens; then all other tokens count as one event, for teacher and student alike.
 */
export type TeacherDistributions =
  | { logProbabilities: Float32Array }
  | { k: number; tokens: Int32Array; logProbabilities: Float32Array }

/**
 * A loss at the rows of a batch; arrays run over the rows of all its sequences. `coefficient` (1) scales it. The
 * definitions and their papers are in native/src/loss.
 */
export type Loss = { coefficient?: number } & (
  | { kind: 'cross-entropy' }
  | { kind: 'forward-kl' | 'reverse-kl'; teacher: TeacherDistributions }
  | {
      kind: 'jensen-shannon' | 'skew-forward-kl' | 'skew-reverse-kl' | 'taid'
      teacher: TeacherDistributions
      /** The mixture's weight: the teacher's in Jensen-Shannon, TAID (its t) and forward skew, the student's in reverse skew. */
      lambda: number
    }
  | {
      kind: 'policy'
      oldLogProbabilities: Float32Array
      advantages: Float32Array
      clip?: number
      entropyCoefficient?: number
      /** With a reference policy, the low-variance KL to it is added. */
      reference?: { logProbabilities: Float32Array; coefficient: number }
    }
  | { kind: 'value'; oldValues: Float32Array; returns: Float32Array; clip?: number }
)

/** Sequences that are computed together without seeing each other, and the losses at their rows. */
export interface Batch {
  sequences: readonly Sequence[]
  losses: readonly Loss[]
}

const none = new Float32Array(0)

function distributions(
  kind: DivergenceKind,
  teacher: TeacherDistributions,
  lambda: number,
  rows: number,
  coefficient: number,
): PackedTerm {
  const { logProbabilities } = teacher
  const full = !('k' in teacher)
  return {
    kind,
    lambda,
    coefficient,
    teacherTokens: full ? new Int32Array(0) : teacher.tokens,
    teacherLogProbabilities: logProbabilities,
    teacherWidth: full ? Math.round(logProbabilities.length / rows) : teacher.k,
  }
}

function packLoss(loss: Loss, rows: number): PackedTerm {
  const coefficient = loss.coefficient ?? 1
  switch (loss.kind) {
    case 'cross-entropy':
      return { kind: loss.kind, coefficient }
    case 'forward-kl':
    case 'reverse-kl':
      return distributions(loss.kind, loss.teacher, 0, rows, coefficient)
    case 'jensen-shannon':
    case 'skew-forward-kl':
    case 'skew-reverse-kl':
    case 'taid':
      return distributions(loss.kind, loss.teacher, loss.lambda, rows, coefficient)
    case 'policy':
      return {
        kind: loss.kind,
        coefficient,
        clip: loss.clip ?? 0.2,
        entropyCoefficient: loss.entropyCoefficient ?? 0,
        klCoefficient: loss.reference?.coefficient ?? 0,
        oldLogProbabilities: loss.oldLogProbabilities,
        advantages: loss.advantages,
        referenceLogProbabilities: loss.reference?.logProbabilities ?? none,
      }
    case 'value':
      return {
        kind: loss.kind,
        coefficient,
        clip: loss.clip ?? 0.5,
        oldValues: loss.oldValues,
        returns: loss.returns,
      }
  }
}

const isToken = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < 2 ** 31

function integers(values: ArrayLike<number>, what: string): Int32Array {
  const array = Int32Array.from(values)
  if (array.some((_, i) => !isToken(values[i] ?? -1))) {
    throw appError('INVALID_INPUT', `Not all ${what} are whole numbers from 0.`, 'Check what was passed.')
  }
  return array
}

/**
 * Lays the sequences end to end, as the engine wants them.
 *
 * @param needsLabels whether every row must have a token after it, or a label
 * @throws {AppError} INVALID_INPUT
 */
export function pack(
  { sequences, losses }: Batch,
  needsLabels = losses.some(({ kind }) => kind === 'cross-entropy' || kind === 'policy'),
): PackedBatch {
  const count = sequences.reduce((sum, { rows }) => sum + rows.length, 0)
  const tokens: number[] = []
  const rows: number[] = []
  const labels: number[] = []
  const weights: number[] = []
  for (const sequence of sequences) {
    const start = tokens.length
    const own = integers(sequence.tokens, 'tokens')
    const at = integers(sequence.rows, 'rows')
    for (const token of own) tokens.push(token)
    for (const [i, row] of at.entries()) {
      if (row >= own.length) {
        throw appError('INVALID_INPUT', `Row ${row} lies behind a sequence of ${own.length} tokens.`, 'Check the rows.')
      }
      rows.push(start + row)
      const label = sequence.labels?.[i] ?? own[row + 1]
      if (label === undefined && needsLabels) {
        throw appError('INVALID_INPUT', `Row ${row} is the last of its sequence and has no label.`, 'Pass its label.')
      }
      labels.push(label ?? 0)
      weights.push(sequence.weights?.[i] ?? 1 / count)
    }
    if (
      (sequence.labels && sequence.labels.length !== at.length) ||
      (sequence.weights && sequence.weights.length !== at.length)
    ) {
      throw appError('INVALID_INPUT', 'Labels and weights must be one per row.', 'Check what was passed.')
    }
  }
  return {
    tokens: Int32Array.from(tokens),
    lengths: Int32Array.from(sequences, (sequence) => sequence.tokens.length),
    rows: Int32Array.from(rows),
    labels: integers(labels, 'labels'),
    weights: Float32Array.from(weights),
    terms: losses.map((loss) => packLoss(loss, count)),
  }
}
