import { setTimeout as sleep } from 'node:timers/promises'
import type { AppError } from '../contract/index.ts'

/** How often and how patiently a request is made again that failed for a reason that may pass. */
export interface Retrying {
  attempts: number
  /** Wait before the second attempt, ms; it doubles with each further one. */
  firstWaitMs: number
}

const patient: Retrying = { attempts: 6, firstWaitMs: 500 }

/** No server is obeyed that asks to wait longer than this. */
const MAX_WAIT_MS = 120_000

/** A failure that may pass by itself. */
export class Passing extends Error {
  readonly value: AppError
  /** What the server asked for in `Retry-After`; null: nothing. */
  readonly waitMs: number | null

  constructor(value: AppError, waitMs: number | null = null) {
    super(value.message, { cause: value })
    this.value = value
    this.waitMs = waitMs
  }
}

/** ms to wait by a `Retry-After` header: seconds or a date. */
export function retryAfter(value: string | undefined): number | null {
  if (value === undefined) return null
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.min(MAX_WAIT_MS, Math.max(0, ms)) : null
}

/**
 * Does something again that failed for a reason that may pass, waiting longer each time, and as long as the server asks.
 *
 * @param progressed whether the last attempt brought something: then counting starts anew
 * @throws the value of the last {@link Passing}; other errors at once; the signal's reason when aborted
 */
export async function persist<T>(
  work: () => Promise<T>,
  {
    signal,
    retrying = patient,
    progressed = () => false,
  }: { signal?: AbortSignal; retrying?: Retrying; progressed?: () => boolean } = {},
): Promise<T> {
  for (let failures = 0; ; ) {
    try {
      return await work()
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof Passing)) throw error
      failures = progressed() ? 1 : failures + 1
      if (failures >= retrying.attempts) throw error.value
      const wait = error.waitMs ?? retrying.firstWaitMs * 2 ** (failures - 1)
      await sleep(Math.min(wait, MAX_WAIT_MS), undefined, signal ? { signal } : {})
    }
  }
}
