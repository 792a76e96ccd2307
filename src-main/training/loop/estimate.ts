/** Steps whose time is averaged: conditions change, the latest count. */
const RECENT = 20

/** What is known about a phase's time. Seconds. */
export interface PhaseTime {
  stepsLeft: number
  /** Of the steps so far, all parts included. */
  stepSeconds: readonly number[]
  validationsLeft: number
  validationSeconds: number | null
}

/** Milliseconds that a phase still takes; null until a step of it was measured. */
export function phaseLeft({ stepsLeft, stepSeconds, validationsLeft, validationSeconds }: PhaseTime): number | null {
  const recent = stepSeconds.slice(-RECENT)
  if (stepsLeft > 0 && recent.length === 0) return null
  const perStep = recent.reduce((sum, x) => sum + x, 0) / Math.max(1, recent.length)
  return Math.round(1000 * (stepsLeft * perStep + validationsLeft * (validationSeconds ?? 0)))
}
