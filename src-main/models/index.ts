/**
 * models: which models there are, what is in their files, whether they can be used, and how they come here: from the
 * hub, from other formats. May import: contract, store.
 * Must not know: how a model is run (inference), what it is asked (agent).
 */
export { exportAdapter } from './adapter/export-adapter.ts'
export { importAdapter } from './adapter/import-adapter.ts'
export { isStudentOf, offersOf, readCatalogue } from './catalogue.ts'
export { modelDetails } from './details.ts'
export { freeSpace } from './disk.ts'
export { downloadModel } from './download/download-model.ts'
export { fetchFile } from './download/fetch-file.ts'
export { type HubOptions, hubOptions, resolveModel } from './download/hub.ts'
export { removePartial } from './download/partial.ts'
export { fitModel, type Shape } from './fit.ts'
export { inspectModel, type ModelFacts, modelFingerprint } from './gguf.ts'
export { hashFile } from './hash.ts'
export { importCheckpoint } from './import/import-checkpoint.ts'
export { createModelRegistry, type ModelRegistry } from './registry.ts'
export { readSource, removeModelFiles, verifyModel, writeSource } from './source.ts'
export { tokenizerFingerprints } from './tokenizer.ts'
