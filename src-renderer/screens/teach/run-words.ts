import { phaseNames, type Run, type RunState } from '../../../src-main/contract/index.ts'

/** The state of a run as one or two words. */
export const stateNames: Record<RunState, string> = {
  running: 'Learning',
  paused: 'Paused',
  stopped: 'Stopped',
  interrupted: 'Interrupted',
  failed: 'Failed',
  finished: 'Finished',
}

/** What a phase is for, as a title. */
export const phaseTitles: Record<NonNullable<Run['phase']>, string> = {
  distillation: 'Imitating the teacher',
  reinforcement: 'Practicing',
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

/** A share as whole percent. */
export const percent = (share: number): string => `${Math.round(share * 100)} %`
