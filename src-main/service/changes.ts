import type { Change } from '../contract/index.ts'

/** Tells everyone who listens that something changed. */
export interface Changes {
  tell(change: Change): void
  listen(signal?: AbortSignal): AsyncGenerator<Change, void, void>
}

/** Creates the announcer of a service. Changes of the same thing that nobody took yet are told once. */
export function createChanges(): Changes {
  const listeners = new Set<(change: Change) => void>()
  return {
    tell(change) {
      for (const listener of listeners) listener(change)
    },
    async *listen(signal) {
      const pending = new Map<string, Change>()
      let wake: () => void = () => {}
      const listener = (change: Change): void => {
        pending.set(`${change.topic} ${change.id ?? ''}`, change)
        wake()
      }
      const aborted = (): void => wake()
      listeners.add(listener)
      signal?.addEventListener('abort', aborted)
      try {
        while (!signal?.aborted) {
          const batch = [...pending.values()]
          pending.clear()
          yield* batch
          if (pending.size > 0 || signal?.aborted) continue
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      } finally {
        listeners.delete(listener)
        signal?.removeEventListener('abort', aborted)
      }
    },
  }
}
