import { hashText } from '../contract/index.ts'

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

/** The same things in another order (Fisher-Yates). */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const next = randomStream(seed)
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    ;[result[i], result[j]] = [result[j] as T, result[i] as T]
  }
  return result
}

/**
 * What comes next of endlessly many passes over some things, each pass in an order of its own.
 *
 * @param from how many were taken before
 */
export function takeShuffled<T>(items: readonly T[], from: number, count: number, seed: number): T[] {
  const taken: T[] = []
  for (let at = from; taken.length < count && items.length > 0; ) {
    const pass = Math.floor(at / items.length)
    const part = shuffled(items, seedFor(seed, 'pass', pass)).slice(at % items.length)
    taken.push(...part.slice(0, count - taken.length))
    at += part.length
  }
  return taken
}
