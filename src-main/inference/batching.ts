import type { BatchItem, EvaluationPriority, PrioritizedBatchItem } from 'node-llama-cpp'

/**
 * Marks what a sequence evaluates with the sequence's number, for {@link fillBatch}: batch items do not say whose they are,
 * but they carry a priority, which nothing else uses here.
 */
export const numbered = (sequence: number): EvaluationPriority => sequence as EvaluationPriority

/**
 * Chooses the tokens of the next batch: a fair share of the room for every sequence, in an order in which llama.cpp keeps
 * the outputs as they come.
 *
 * The order matters for correctness. llama.cpp computes a batch in pieces (`llama_batch_allocr::split_equal`): the first
 * unfinished sequence and those that follow it with the next higher numbers, as many tokens of each as the shortest has
 * left. When sequences finish in another order than that of the batch, it swaps the rows of the logits at the first look at
 * them; node-llama-cpp (3.21.1) takes that first look from several threads at once, and sequences get each other's tokens.
 * With fewer tokens first, and lower numbers first among equals, they finish in the order of the batch.
 */
export function fillBatch({ items, size }: { items: readonly BatchItem[]; size: number }): PrioritizedBatchItem[] {
  const shortest = items.toSorted((a, b) => a.tokens.length - b.tokens.length)
  let left = size
  const chosen = shortest.map((item, i) => {
    const processAmount = Math.min(item.tokens.length, Math.floor(left / (items.length - i)))
    left -= processAmount
    return { item, processAmount }
  })
  return chosen
    .filter(({ processAmount }) => processAmount > 0)
    .sort((a, b) => a.processAmount - b.processAmount || a.item.evaluationPriority - b.item.evaluationPriority)
}
