/**
 * Does `work` for each item, `width` at a time, and gives the results in the order of the items. When a piece of work
 * fails, the signal given to the others is aborted, and they are waited for.
 *
 * @throws what `work` throws, and the signal's reason
 */
export async function mapAtOnce<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number, signal: AbortSignal) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  const results: R[] = new Array(items.length)
  const failure = new AbortController()
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal
  const waiting = items.entries()
  const worker = async (): Promise<void> => {
    for (const [i, item] of waiting) {
      stop.throwIfAborted()
      results[i] = await work(item, i, stop)
    }
  }
  const workers = Array.from({ length: Math.max(1, width) }, worker)
  try {
    await Promise.all(workers)
  } catch (error) {
    failure.abort(error)
    await Promise.allSettled(workers)
    throw error
  }
  return results
}
