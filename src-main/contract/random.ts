import { hashText } from './text.ts'

/**
 * Random numbers that depend on what they are for, and on nothing that went before: a run that goes on from a checkpoint draws
 * what it would have drawn.
 */
export function seedFor(seed: number, ...purpose: (string | number)[]): number {
  return hashText([seed, ...purpose].join('/'))
}

/** A stream of numbers in [0, 1) (mulberry32). */
export function randomStream(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
