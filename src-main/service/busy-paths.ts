/** A file that was looked at this often in a row is a busy one… */
const LOOKS = 5
/** …and is then looked at again only after this long. */
const REST_MS = 30_000

/**
 * Keeps files that are written to all the time, such as a log, from being read all the time: the first few changes are
 * looked at as they come, further ones now and then.
 */
export class BusyPaths {
  readonly #looks = new Map<string, { count: number; lastAt: number }>()
  readonly #held = new Set<string>()

  /** Those of the touched paths, and of those held back before, that shall be looked at now. */
  take(touched: Iterable<string>, now = performance.now()): string[] {
    const due: string[] = []
    const asked = new Set([...touched, ...this.#held])
    this.#held.clear()
    for (const path of asked) {
      const seen = this.#looks.get(path)
      const age = now - (seen?.lastAt ?? Number.NEGATIVE_INFINITY)
      const count = seen ? seen.count + (age < REST_MS ? 1 : 0) : 1
      if (count > LOOKS) {
        this.#held.add(path)
      } else {
        this.#looks.set(path, { count, lastAt: now })
        due.push(path)
      }
    }
    for (const [path, { lastAt }] of this.#looks) {
      if (now - lastAt > 4 * REST_MS && !this.#held.has(path)) this.#looks.delete(path)
    }
    return due
  }
}
