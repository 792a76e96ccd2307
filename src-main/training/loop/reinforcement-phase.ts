import type { PhaseContext, PhaseWork } from './phase-work.ts'
import type { ReinforcementPhase } from './recipe.ts'
import { reinforcementStep } from './reinforcement-step.ts'

/** Prepares PPO or GRPO, with whom the policy is held to. */
export async function reinforcementPhase(context: PhaseContext, phase: ReinforcementPhase): Promise<PhaseWork> {
  const { manifest, learner, cursor } = context
  const { config } = manifest
  const reference =
    phase.reference === null || config.reinforcement.beta === 0
      ? null
      : phase.reference === 'teacher'
        ? await context.teacher()
        : await learner.startingPolicy()
  return {
    steps: config.reinforcement.steps,
    validateEvery: config.validation.every,
    async step() {
      const { rollouts, metrics } = await reinforcementStep(
        { ...context, config, phase, reference, rateScale: cursor.rateScale },
        cursor.phaseStep,
      )
      return { rollouts, facts: { ...metrics, distillation: null } }
    },
    heldBackLoss: async () => null,
    save: async () => undefined,
    restore: async () => undefined,
  }
}
