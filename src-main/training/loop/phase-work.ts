import type { RunManifest, RunStage, StepMetrics } from '../../contract/index.ts'
import type { Player, Rollout, TeacherScorer, TrainingQuestion } from '../ports.ts'
import type { Cursor } from '../run/checkpoint.ts'
import type { Learner } from './learner.ts'

/** What both kinds of phases work with. */
export interface PhaseContext {
  manifest: RunManifest
  learner: Learner
  /** Changed by the steps: TAID's t and the like. */
  cursor: Cursor
  questions: readonly TrainingQuestion[]
  /** The teacher's probabilities. @throws {AppError} INVALID_INPUT without a teacher */
  teacher: () => Promise<TeacherScorer>
  /** Loads the policy as it is and gives its player. */
  ownPlayer: () => Promise<Player>
  signal: AbortSignal | undefined
  onStage: (stage: RunStage, done: number, total: number) => void
}

/** What a step tells of itself; the rest is told by where it stands. */
export type StepFacts = Omit<StepMetrics, 'type' | 'step' | 'phase' | 'phaseStep' | 'phaseSteps' | 'at'>

/** A phase that is ready to be worked through. */
export interface PhaseWork {
  steps: number
  /** Validations come after every so many steps, and at the end. */
  validateEvery: number
  /** The next step, from the cursor's on. */
  step(): Promise<{ rollouts: readonly Rollout[]; facts: StepFacts }>
  /** Called at each validation: the loss on episodes that are held back, for methods that look at it. */
  heldBackLoss(): Promise<number | null>
  /** What a checkpoint holds beside the trainers and the cursor. */
  save(folder: string): Promise<void>
  restore(folder: string): Promise<void>
}
