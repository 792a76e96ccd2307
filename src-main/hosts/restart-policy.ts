/** How often a process that keeps dying is started again. */
export interface RestartPolicy {
  /** Restarts within the window. */
  limit: number
  windowMs: number
}

/** At most three times within a minute. */
export const defaultRestartPolicy: RestartPolicy = { limit: 3, windowMs: 60_000 }

/**
 * Decides what to do about a death. Pure: keep what it returns and hand it in at the next one.
 *
 * @param restarts times of the restarts so far, ms, oldest first
 * @param now time of the death, on the same clock
 * @returns the restarts that still count (with this one, if there is one), and whether to restart
 */
export function afterDeath(
  restarts: readonly number[],
  now: number,
  policy: RestartPolicy = defaultRestartPolicy,
): { restarts: number[]; restart: boolean } {
  const recent = restarts.filter((at) => now - at < policy.windowMs)
  return recent.length < policy.limit
    ? { restarts: [...recent, now], restart: true }
    : { restarts: recent, restart: false }
}
