/**
 * models: which model files there are, what is in them, and whether they can be used. May import: contract, store.
 * Must not know: how a model is run (inference), what it is asked (agent).
 */
export { inspectModel, type ModelFacts, modelFingerprint } from './gguf.ts'
export { createModelRegistry, type ModelRegistry } from './registry.ts'
