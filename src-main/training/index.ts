/**
 * Training on the user's own computer: runs, methods and their steps (docs/training.md) on the native engine (native/).
 * May import the contract and the store, and the ports of other domain folders.
 * Must not know the service, the hosts, or how episodes come about.
 */
export type { Architecture, Device, MatrixName, MemoryEstimate } from './addon.ts'
export type { Batch, Loss, Sequence, TeacherDistributions } from './batch.ts'
export type { DecodedTurn, Decoder, DecodingTurn } from './decoder.ts'
export type { Engine, Model, ModelOptions, ModelSource, TrainerOptions } from './engine.ts'
export { openEngine } from './engine.ts'
export { needsTeacherScores, recipe } from './loop/recipe.ts'
export type { Examinee, Player, Rollout, TeacherScorer, TrainingQuestion, Weights } from './ports.ts'
export { savedTeacher } from './run/checkpoint.ts'
export { isAlive } from './run/lock.ts'
export { createRun, type NewRun, openRun, type Run, type RunState, runFiles } from './run/run.ts'
export type { Schedule } from './schedule.ts'
export { learningRateAt } from './schedule.ts'
export type { ScoreOptions, Scores, ScoringSequence } from './score.ts'
export { type TrainOptions, train } from './train.ts'
export type { StepLosses, StepOptions, StepResult, Trainer } from './trainer.ts'
