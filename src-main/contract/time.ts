import type { Progress } from './job.ts'
import type { TimeRange } from './run.ts'

const MINUTE = 60_000

/** A time as coarse as an estimate is: "less than a minute", "25 min", "3 h". */
export function roughTime(ms: number): string {
  const minutes = ms / MINUTE
  if (minutes < 1) return 'less than a minute'
  if (minutes < 10) return `${Math.round(minutes)} min`
  if (minutes < 90) return `${5 * Math.round(minutes / 5)} min`
  return `${Math.round(minutes / 60)} h`
}

/** An estimated time in words: "about 7 s", "about 25 min", "about 3 h". */
export const estimateWords = (ms: number): string =>
  `about ${ms < MINUTE ? `${Math.max(1, Math.round(ms / 1000))} s` : roughTime(ms)}`

/** How long work still takes, as far as that can be told: "about 7 s left", of work in parts "between 3 h and 5 h left in all". */
export function leftWords({ leftMs, allLeft }: Pick<Progress, 'leftMs' | 'allLeft'>): string | null {
  if (allLeft !== undefined) return allLeft && `${rangeWords(allLeft)} left in all`
  return leftMs === null || leftMs <= 500 ? null : `${estimateWords(leftMs)} left`
}

/** A time between bounds in words: one figure where the bounds are close, both where they are not. */
export function rangeWords({ least, most }: TimeRange): string {
  const [short, long] = [roughTime(least), roughTime(most)]
  if (most < MINUTE) return long
  if (most <= 1.25 * least || short === long) return `about ${roughTime((least + most) / 2)}`
  return least < MINUTE ? `up to ${long}` : `between ${short} and ${long}`
}
