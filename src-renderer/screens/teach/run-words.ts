import type { Run, RunReport, RunState } from '../../../src-main/contract/index.ts'
import { phaseNames } from './plots.ts'

/** The state of a run as one or two words. */
export const stateNames: Record<RunState, string> = {
  running: 'Learning',
  paused: 'Paused',
  stopped: 'Stopped',
  interrupted: 'Interrupted',
  failed: 'Failed',
  finished: 'Finished',
}

const stageNames: Record<NonNullable<Run['stage']>, string> = {
  'teacher-episodes': 'The teacher answers the training questions',
  rollout: 'The student tries questions',
  teacher: 'The teacher reads the attempts',
  critic: 'Learning how promising an attempt is',
  actor: 'Learning from the attempts',
  validation: 'Testing on validation questions',
  test: 'Testing on test questions',
}

/** What a running training does at the moment. */
export function activityOf({ state, request, phase, stage }: Run): string {
  if (state !== 'running') return stateNames[state]
  if (request === 'pause') return 'Pausing after this step'
  if (request === 'stop') return 'Stopping'
  if (stage === null || phase === null) return 'Starting'
  return `${phaseNames[phase]} · ${stageNames[stage]}`
}

const outOf = (share: number, of: number): string => `${Math.round(share * of)} of ${of}`

/** "The small model now answers 41 of 60 test questions; before: 9 of 60." Null while nothing can be said. */
export function verdictOf(report: RunReport | null): string | null {
  if (!report) return null
  const now = report.test ?? report.best.validation
  if (!now) return null
  const kind = report.test ? 'test' : 'validation'
  const before = report.before
  const first = `The small model now answers ${outOf(now.em, now.episodes)} ${kind} questions`
  return before ? `${first}; before, it answered ${outOf(before.em, before.episodes)}.` : `${first}.`
}

/** A share as whole percent. */
export const percent = (share: number): string => `${Math.round(share * 100)} %`
