import type { TimeRange } from '../../contract/index.ts'

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

/** What is known about a run's time beside that of its present phase. Seconds. */
export interface RunTime {
  /** Of the present phase, ms; null until a step of it was measured. */
  phaseLeftMs: number | null
  /** Of the phases to come. */
  laterSteps: number
  laterValidations: number
  /** Of a step, as foreseen before the run; null: it was not. */
  foreseenStepSeconds: number | null
  validationSeconds: number | null
  /** Questions that a validation asks, and that the test at the end does. */
  validationQuestions: number
  testQuestions: number
}

/** A step that was only foreseen may take half or twice as long. */
const DOUBT = 2
/** A test question is answered before and after; reading the passages for ARCap takes up to twice as long again. */
const TEST = { least: 2, most: 6 }

/**
 * Milliseconds that a whole run still takes: bounds, as wide as what has not been measured makes them.
 *
 * @returns null until a step was measured, and where nobody foresaw how long the steps of a later phase take
 */
export function runLeft(time: RunTime): TimeRange | null {
  const { phaseLeftMs, laterSteps, laterValidations, foreseenStepSeconds, testQuestions } = time
  if (phaseLeftMs === null || (laterSteps > 0 && foreseenStepSeconds === null)) return null
  const validation = time.validationSeconds ?? 0
  const later = laterSteps * (foreseenStepSeconds ?? 0)
  const fixed = phaseLeftMs + 1000 * laterValidations * validation
  const test = testQuestions * (validation / Math.max(1, time.validationQuestions))
  return {
    least: Math.round(fixed + 1000 * (later / DOUBT + TEST.least * test)),
    most: Math.round(fixed + 1000 * (later * DOUBT + TEST.most * test)),
  }
}
