import fc from 'fast-check'
import type { BatchItem, Token } from 'node-llama-cpp'
import { expect, test } from 'vitest'
import { fillBatch, numbered } from '../../src-main/inference/batching.ts'

interface Share {
  sequence: number
  tokens: number
}

/**
 * The order in which sequences finish, as llama.cpp computes a batch whose sequences have a KV cache each
 * (`llama_batch_allocr::split_equal`, sequential).
 */
function finishing(batch: readonly Share[], pieceSize: number): number[] {
  const left = batch.map(({ tokens }) => tokens)
  const order: number[] = []
  while (left.some((count) => count > 0)) {
    const members: number[] = []
    for (const [i, { sequence }] of batch.entries()) {
      const last = members.at(-1)
      const next = last === undefined || sequence === (batch[last]?.sequence ?? 0) + 1
      if ((left[i] ?? 0) > 0 && next) members.push(i)
    }
    const shortest = Math.min(...members.map((i) => left[i] ?? 0))
    const taken = Math.max(1, Math.min(shortest, Math.floor(pieceSize / members.length)))
    for (const i of members) {
      left[i] = (left[i] ?? 0) - taken
      if (left[i] === 0) order.push(batch[i]?.sequence ?? -1)
    }
  }
  return order
}

const queue = fc.uniqueArray(fc.record({ sequence: fc.nat(15), tokens: fc.integer({ min: 1, max: 40 }) }), {
  minLength: 1,
  selector: ({ sequence }) => sequence,
})

const itemsOf = (shares: readonly Share[]): BatchItem[] =>
  shares.map(({ sequence, tokens }) => ({
    tokens: Array.from({ length: tokens }, () => 1 as Token),
    logits: [],
    evaluationPriority: numbered(sequence),
  }))

const filled = (shares: readonly Share[], size: number): Share[] =>
  fillBatch({ items: itemsOf(shares), size }).map(({ item, processAmount }) => ({
    sequence: item.evaluationPriority,
    tokens: processAmount,
  }))

test('sequences finish in the order of the batch', () => {
  fc.assert(
    fc.property(
      queue,
      fc.integer({ min: 16, max: 300 }),
      fc.integer({ min: 16, max: 64 }),
      (shares, size, pieceSize) => {
        const batch = filled(shares, size)
        expect(finishing(batch, pieceSize)).toEqual(batch.map(({ sequence }) => sequence))
      },
    ),
  )
})

test('as they come, they would not', () => {
  const shares = [
    { sequence: 1, tokens: 30 },
    { sequence: 0, tokens: 1 },
    { sequence: 2, tokens: 1 },
  ]
  expect(finishing(shares, 64)).not.toEqual([1, 0, 2])
})

test('uses all the room there is, and gives every sequence a fair share', () => {
  fc.assert(
    fc.property(queue, fc.integer({ min: 16, max: 300 }), (shares, size) => {
      const batch = filled(shares, size)
      const asked = shares.reduce((sum, { tokens }) => sum + tokens, 0)
      expect(batch.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(Math.min(size, asked))
      const fair = Math.floor(size / shares.length)
      for (const { sequence, tokens } of shares) {
        const got = batch.find((share) => share.sequence === sequence)?.tokens ?? 0
        expect(got).toBeGreaterThanOrEqual(Math.min(tokens, fair))
      }
    }),
  )
})
