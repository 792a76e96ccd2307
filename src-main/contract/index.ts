/**
 * contract: THE interface of the service: schemas, event unions, error codes, and the pure fold from events to traces.
 * May import: zod and the contract part of oRPC. Imported by everyone, the renderer included.
 * Must not know: any state, any I/O, any other folder.
 */
export * from './answers.ts'
export * from './api.ts'
export * from './catalogue.ts'
export * from './comparison.ts'
export * from './draft.ts'
export * from './errors.ts'
export * from './evaluation.ts'
export * from './evaluation-words.ts'
export * from './fold.ts'
export * from './job.ts'
export * from './library.ts'
export * from './model.ts'
export * from './question.ts'
export * from './random.ts'
export * from './run.ts'
export * from './survey.ts'
export * from './system.ts'
export * from './text.ts'
export * from './thread.ts'
export * from './trace.ts'
export * from './training.ts'
