import type { RunConfig, RunPhase } from '../../contract/index.ts'
import type { Guidance } from '../objectives/rewards.ts'

/** Distillation: which loss, and whose episodes it is measured on. */
export interface DistillationPhase {
  kind: Extract<RunPhase, 'distillation'>
  objective: 'cross-entropy' | 'cross-entropy+kl' | 'jensen-shannon' | 'skew-forward-kl' | 'taid'
  episodes: 'teacher' | 'mixed' | 'adaptive'
}

/** Reinforcement: PPO or GRPO, and what the policy is held to. */
export interface ReinforcementPhase {
  kind: Extract<RunPhase, 'reinforcement'>
  algorithm: 'ppo' | 'grpo'
  /** Null: nothing; `start`: the policy that the phase began with. */
  reference: 'teacher' | 'start' | null
  guidance: Guidance
}

export type Phase = DistillationPhase | ReinforcementPhase

const coldStart: DistillationPhase = { kind: 'distillation', objective: 'cross-entropy+kl', episodes: 'teacher' }

function ownPhase({ method, guidance }: RunConfig): Phase {
  switch (method) {
    case 'kd':
      return coldStart
    case 'seqkd':
      return { ...coldStart, objective: 'cross-entropy' }
    case 'gkd':
      return { ...coldStart, objective: 'jensen-shannon', episodes: 'mixed' }
    case 'distillm':
      return { ...coldStart, objective: 'skew-forward-kl', episodes: 'adaptive' }
    case 'taid':
      return { ...coldStart, objective: 'taid' }
    case 'ppo':
      return { kind: 'reinforcement', algorithm: 'ppo', reference: 'start', guidance: 'uniform' }
    case 'grpo':
      return { kind: 'reinforcement', algorithm: 'grpo', reference: 'start', guidance: 'none' }
    case 'dgpo':
      return {
        kind: 'reinforcement',
        algorithm: 'ppo',
        reference: guidance === 'none' ? null : 'teacher',
        guidance,
      }
  }
}

/** What a run does, one phase after the other: each begins with the weights that the one before ended with. */
export function recipe(config: RunConfig): Phase[] {
  const own = ownPhase(config)
  if (own.kind === 'distillation') return [own]
  const phases: Phase[] = (config.coldStart ?? config.method === 'dgpo') ? [coldStart, own] : [own]
  return config.order === 'reversed' ? phases.toReversed() : phases
}

/** Whether a phase asks the teacher for probabilities, and not for episodes only. */
export function needsTeacherScores(phase: Phase): boolean {
  return phase.kind === 'distillation' ? phase.objective !== 'cross-entropy' : phase.reference === 'teacher'
}
