/**
 * Runs asynchronous work one after the other: a model computes one thing at a time.
 *
 * @param abort stops the work that is running
 */
export class Serial {
  readonly #abort: () => void
  #last: Promise<unknown> = Promise.resolve()

  constructor(abort: () => void) {
    this.#abort = abort
  }

  /** @throws the signal's reason when it stopped the work, or had come before it began */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const result = this.#last.then(async () => {
      signal?.throwIfAborted()
      signal?.addEventListener('abort', this.#abort)
      try {
        return await work()
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      } finally {
        signal?.removeEventListener('abort', this.#abort)
      }
    })
    this.#last = result.catch(() => undefined)
    return result
  }
}
