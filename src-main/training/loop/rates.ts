import type { RunConfig } from '../../contract/index.ts'

/** Peaks of learning rates. */
export interface Rates {
  distillation: number
  actor: number
  critic: number
}

/**
 * Learning rates for a model of some width (embedding length), where the settings name none: as found on the micro pair, 128
 * wide (docs/training.md), scaled by 1 / width (μP, Yang et al. 2022). An adapter takes three times as much as all weights in
 * distillation, and ten times as much as the actor of reinforcement.
 */
export function learningRates({ tuning, distillation, reinforcement }: RunConfig, width: number): Rates {
  const found = 1e-3 * (128 / width)
  const adapter = tuning.mode === 'lora'
  return {
    distillation: distillation.learningRate ?? (adapter ? 3 * found : found),
    actor: reinforcement.learningRate ?? (adapter ? found : found / 10),
    critic: reinforcement.criticLearningRate ?? found,
  }
}
