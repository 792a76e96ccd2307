import type { RunEvent, RunReport } from '../contract/index.ts'
import type { Engine } from './engine.ts'
import type { Player, TeacherScorer, TrainingQuestion, Weights } from './ports.ts'
import type { Run } from './run/run.ts'

/** Everything that training takes from outside. */
export interface TrainOptions {
  run: Run
  engine: Engine
  /** What is trained: the manifest's model, and an adapter to begin with. */
  student: Weights
  /** Null for the methods without one (PPO, GRPO). */
  teacher: Weights | null
  questions: {
    train: readonly TrainingQuestion[]
    validation: readonly TrainingQuestion[]
    test: readonly TrainingQuestion[]
  }
  /** `teacher` plays the episodes that distillation learns from. Only one of them is loaded at a time. */
  players: { student: Player; teacher: Player | null }
  /** By default the native engine with the teacher's file. */
  teacherScorer?: TeacherScorer
  /** Tells whether a model file is still the one of the manifest (`modelFingerprint`). */
  fingerprint: (path: string) => Promise<string>
  /** Teacher episodes and distributions are kept here, for several runs over the same questions; the run's own folder by default. */
  teacherFolder?: string
  /** Pauses: what was saved is kept, and training goes on from there another time. */
  signal?: AbortSignal
  onEvent?: (event: RunEvent) => void
}

/**
 * Trains a run, from its beginning or from its last checkpoint, to its end.
 *
 * @returns the report, which is also in the run's folder
 * @throws the signal's reason when paused; {AppError} RUN_IN_USE, RUN_DAMAGED, MODEL_CHANGED, MODEL_MISSING,
 *   TOKENIZER_MISMATCH, NO_QUESTIONS, NO_CORRECT_EPISODES, NO_VALID_ACTIONS, TRAINING_*, DISK_FULL: the run is intact
 */
export type Train = (options: TrainOptions) => Promise<RunReport>
