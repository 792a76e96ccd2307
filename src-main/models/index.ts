/**
 * models: which models there are, what is in their files, whether they can be used, and how they come here: from the
 * hub, from other formats. May import: contract, store.
 * Must not know: how a model is run (inference), what it is asked (agent).
 */
export { readCatalogue } from './catalogue.ts'
export { modelDetails } from './details.ts'
export { freeSpace } from './disk.ts'
export { downloadModel } from './download/download-model.ts'
export { hashFile } from './download/fetch-file.ts'
export { resolveModel } from './download/hub.ts'
export { fitModel } from './fit.ts'
export { inspectModel, type ModelFacts, modelFingerprint } from './gguf.ts'
export { importCheckpoint } from './import/import-checkpoint.ts'
export { createModelRegistry, type ModelRegistry } from './registry.ts'
export { readSource, removeModelFiles, writeSource } from './source.ts'
export { tokenizerFingerprints } from './tokenizer.ts'
