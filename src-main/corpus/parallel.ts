/**
 * Does `work` for each item, a few at a time, and yields the results as they come. No more than `width` results wait to
 * be taken, so a slow taker slows the work down. When the loop over it ends early or a piece of work fails, the signal
 * given to the others is aborted and they are waited for.
 */
export async function* inParallel<T, R>(
  items: Iterable<T>,
  width: number,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  signal?: AbortSignal,
): AsyncGenerator<R> {
  const ended = new AbortController()
  const inner = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal
  const source = items[Symbol.iterator]()
  const running = new Map<number, Promise<{ id: number; result: R }>>()
  let count = 0
  const startOne = (): void => {
    const item = source.next()
    if (item.done) return
    const id = count++
    const piece = work(item.value, inner).then((result) => ({ id, result }))
    // It may fail while the taker is busy; that is heard when the taker comes back, and until then ends no process.
    piece.catch(() => undefined)
    running.set(id, piece)
  }
  try {
    for (let i = 0; i < width; i++) startOne()
    while (running.size > 0) {
      const { id, result } = await Promise.race(running.values())
      running.delete(id)
      startOne()
      yield result
    }
  } finally {
    ended.abort()
    await Promise.allSettled(running.values())
  }
}
