import type { Progress } from '../contract/index.ts'

/** Events follow each other at least this far apart. */
const INTERVAL_MS = 100
/** Before this much time has passed, a rate says nothing. */
const SETTLED_MS = 1000
/** What opening a file costs, in bytes of reading. */
const BYTES_PER_FILE = 20_000

/** Counts what is done and says so, at most ten times a second. Estimates the time left by the bytes still to be read. */
export class ProgressMeter {
  readonly #emit: (progress: Progress) => void
  readonly #unit: string
  readonly #startedAt = performance.now()
  #saidAt = Number.NEGATIVE_INFINITY
  #what: string
  #done = 0
  #total = 0
  #doneWork = 0
  #totalWork = 0

  constructor(what: string, unit: string, emit: (progress: Progress) => void) {
    this.#what = what
    this.#unit = unit
    this.#emit = emit
    this.#say(true)
  }

  /** Files were found that have to be read. */
  plan(sizesBytes: readonly number[]): void {
    this.#total += sizesBytes.length
    for (const size of sizesBytes) this.#totalWork += size + BYTES_PER_FILE
    this.#say(true)
  }

  now(what: string): void {
    this.#what = what
    this.#say()
  }

  fileDone(sizeBytes: number): void {
    this.#done++
    this.#doneWork += sizeBytes + BYTES_PER_FILE
    this.#say()
  }

  /** So many of so many are done, each as much work as the other. */
  reached(done: number, total: number): void {
    this.#done = this.#doneWork = done
    this.#total = this.#totalWork = total
    this.#say()
  }

  /** The last word: always said. */
  end(what: string): void {
    this.#what = what
    this.#say(true)
  }

  #say(always = false): void {
    const now = performance.now()
    if (!always && now - this.#saidAt < INTERVAL_MS) return
    this.#saidAt = now
    const elapsed = now - this.#startedAt
    const known = elapsed >= SETTLED_MS && this.#done > 0
    const left = this.#totalWork - this.#doneWork
    this.#emit({
      what: this.#what,
      done: this.#done,
      total: this.#total,
      unit: this.#unit,
      rate: known ? Number(((this.#done / elapsed) * 1000).toPrecision(3)) : null,
      leftMs: known ? Math.round((elapsed / this.#doneWork) * left) : null,
    })
  }
}
