import { randomStream, seedFor } from '../contract/index.ts'

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
