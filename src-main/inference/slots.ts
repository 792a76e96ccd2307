/** Things that are lent one at a time, to whoever asked first. */
export interface Pool<T> {
  /** Waits for a free item and takes the one with the highest preference. */
  take(preference: (item: T) => number, signal?: AbortSignal): Promise<T>
  give(item: T): void
}

/** A pool of the given items. */
export function createPool<T>(items: readonly T[]): Pool<T> {
  const free = [...items]
  const waiting: ((item: T) => void)[] = []
  return {
    async take(preference, signal) {
      signal?.throwIfAborted()
      const best = free.reduce<T | undefined>(
        (a, b) => (a === undefined || preference(b) > preference(a) ? b : a),
        undefined,
      )
      if (best !== undefined) {
        free.splice(free.indexOf(best), 1)
        return best
      }
      return new Promise<T>((resolve, reject) => {
        const turn = (item: T): void => {
          signal?.removeEventListener('abort', give)
          resolve(item)
        }
        const give = (): void => {
          waiting.splice(waiting.indexOf(turn), 1)
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', give, { once: true })
        waiting.push(turn)
      })
    },
    give(item) {
      const next = waiting.shift()
      if (next) next(item)
      else free.push(item)
    },
  }
}
