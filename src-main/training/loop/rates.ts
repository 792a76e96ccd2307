import type { RunConfig } from '../../contract/index.ts'

/** Peaks of learning rates. */
export interface Rates {
  distillation: number
  actor: number
  critic: number
}

/**
 * Learning rates for a model of some width (embedding length), where the settings name none: distillation as found on the
 * micro pair, 128 wide (docs/training.md), scaled by 1 / width (μP, Yang et al. 2022); a tenth of it for the actor; ten
 * times the actor's for the critic, as in the paper. All weights take a third of what an adapter takes.
 */
export function learningRates({ tuning, distillation, reinforcement }: RunConfig, width: number): Rates {
  const found = (tuning.mode === 'lora' ? 3e-3 : 1e-3) * (128 / width)
  const actor = reinforcement.learningRate ?? found / 10
  return {
    distillation: distillation.learningRate ?? found,
    actor,
    critic: reinforcement.criticLearningRate ?? 10 * actor,
  }
}
