import type { Batch, Sequence } from '../../src-main/training/index.ts'
import type { BpeTokenizer } from './bpe.ts'
import type { Piece } from './episodes.ts'
import { mixSeed, Random } from './random.ts'
import type { Draw } from './recipe.ts'
import { World } from './world.ts'

/** A training text in tokens. Rows are the positions before tokens that count. */
export interface WeightedSequence extends Sequence {
  tokens: number[]
  rows: number[]
  weights: number[]
  /** Whether the token after each row is copied from what was read. */
  copied: boolean[]
}

export function toSequence(pieces: readonly Piece[], tokenizer: BpeTokenizer): WeightedSequence {
  const sequence: WeightedSequence = { tokens: [], rows: [], weights: [], copied: [] }
  for (const { text, weight, copied = false } of pieces) {
    const tokens = typeof text === 'string' ? tokenizer.encode(text) : [tokenizer.control(text.control)]
    for (const token of tokens) {
      if (weight > 0 && sequence.tokens.length > 0) {
        sequence.rows.push(sequence.tokens.length - 1)
        sequence.weights.push(weight)
        sequence.copied.push(copied)
      }
      sequence.tokens.push(token)
    }
  }
  return sequence
}

/** As many texts as asked for out of one world. */
export function drawSequences(
  draw: Draw,
  world: World,
  random: Random,
  { count, longest }: { count: number; longest: number },
  tokenizer: BpeTokenizer,
): WeightedSequence[] {
  const sequences: WeightedSequence[] = []
  while (sequences.length < count) {
    const pieces = draw(world, random)
    const sequence = pieces && toSequence(pieces, tokenizer)
    if (sequence && sequence.rows.length > 0 && sequence.tokens.length <= longest) sequences.push(sequence)
  }
  return sequences
}

/** Texts out of one fresh world, in steps of about `stepTokens`. */
export function chunkOfSteps(
  draw: Draw,
  { seed, chunk, banned, stepTokens }: { seed: number; chunk: number; banned: ReadonlySet<string>; stepTokens: number },
  tokenizer: BpeTokenizer,
): WeightedSequence[][] {
  const world = new World(mixSeed(seed, chunk), { side: 'training', banned })
  const random = new Random(mixSeed(seed, chunk, 1))
  const steps: WeightedSequence[][] = []
  let room = 0
  for (const sequence of drawSequences(draw, world, random, { count: 256, longest: 800 }, tokenizer)) {
    const { length } = sequence.tokens
    if (length > room) {
      steps.push([])
      room = stepTokens
    }
    steps.at(-1)?.push(sequence)
    room -= length
  }
  return steps
}

/** The mean loss over a step's tokens, by their weights. */
export function toBatch(sequences: readonly WeightedSequence[]): Batch {
  const total = sequences.flatMap(({ weights }) => weights).reduce((sum, weight) => sum + weight, 0)
  return {
    sequences: sequences.map((sequence) => ({
      tokens: sequence.tokens,
      rows: sequence.rows,
      weights: sequence.weights.map((weight) => weight / total),
    })),
    losses: [{ kind: 'cross-entropy' }],
  }
}
