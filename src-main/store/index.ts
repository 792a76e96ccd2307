/**
 * store: what the app remembers, in one SQLite database per data folder: settings, libraries, files, models, jobs with
 * their events, threads, comparisons, evaluations, question sets, drafts, requests; and secrets, in a file of their own. May
 * import: contract.
 * Must not know: who asks, what a job does, where passages are indexed.
 */
export { type BaselineStore, baselineStore } from './baselines.ts'
export { type ComparisonEntryRow, type ComparisonRow, type ComparisonStore, comparisonStore } from './comparisons.ts'
export { openStore, type Store } from './database.ts'
export { type DraftingRow, type DraftStore, draftStore } from './drafts.ts'
export {
  type EvaluationRow,
  type EvaluationStore,
  evaluationStore,
  type ResultKeys,
  type StoredQuestion,
} from './evaluations.ts'
export { type JobStore, jobStore } from './jobs.ts'
export {
  type FileQuery,
  type FileRow,
  type LibraryRow,
  type LibraryStore,
  libraryStore,
  type SearchableFile,
  type SourceRow,
} from './libraries.ts'
export { type ModelRow, type ModelStore, modelStore } from './models.ts'
export { type NetworkStore, networkStore } from './network.ts'
export { type PaceStore, paceStore } from './paces.ts'
export { type PromotionRow, type PromotionStore, promotionStore } from './promotions.ts'
export { type KeyedQuestion, type QuestionStore, questionStore } from './questions.ts'
export { openSecrets, type Secrets } from './secrets.ts'
export { defaultSettings, type SettingsStore, settingsStore } from './settings.ts'
export { type ExchangeRow, type ThreadStore, threadStore } from './threads.ts'
