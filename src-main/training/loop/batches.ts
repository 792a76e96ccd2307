import type { Batch, Loss } from '../batch.ts'
import type { ScoringSequence } from '../score.ts'

/** Something with a sequence that losses are measured on. */
interface Item {
  sequence: ScoringSequence & { rows: Int32Array }
}

/** Neighbors that are computed together: at most `limit` tokens, or one longer sequence. */
export function packs<T extends Item>(items: readonly T[], limit: number): T[][] {
  const result: T[][] = []
  let tokens = 0
  for (const item of items) {
    if (item.sequence.rows.length === 0) continue
    const length = item.sequence.tokens.length
    const last = result.at(-1)
    if (last && tokens + length <= limit) {
      last.push(item)
      tokens += length
    } else {
      result.push([item])
      tokens = length
    }
  }
  return result
}

/**
 * The batches of one update: the loss is the mean over the rows of all of them.
 *
 * @param losses of the rows of some items
 */
export function updateBatches<T extends Item>(
  items: readonly T[],
  limit: number,
  losses: (items: readonly T[]) => Loss[],
): Batch[] {
  const total = items.reduce((sum, { sequence }) => sum + sequence.rows.length, 0)
  return packs(items, limit).map((pack) => ({
    sequences: pack.map(({ sequence }) => ({
      ...sequence,
      weights: new Float32Array(sequence.rows.length).fill(1 / total),
    })),
    losses: losses(pack),
  }))
}

/** Numbers of several sequences, end to end. */
export function concatenated(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
