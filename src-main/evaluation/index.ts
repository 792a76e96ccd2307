/**
 * evaluation: how good are retrieval and answers: metrics, data set files, loops over questions.
 * May import: contract. Declares the ports it needs (`Search`, `Play`, `Read`).
 * Must not know: how a search or an episode is made, which model or index is behind them.
 */
export { type AgentMetrics, type AgentRow, evaluateAgent, holdsAnswer } from './agent.ts'
export { type Arcap, type ArcapMetrics, type ArcapRow, evaluateArcap } from './arcap.ts'
export {
  type CorpusDocument,
  judgedQuestions,
  loadCorpus,
  loadQrels,
  loadQueries,
  type Question,
} from './datasets.ts'
export {
  checkDraft,
  type DraftTrial,
  findPair,
  type Generate,
  isSound,
  isTelling,
  placeInWalk,
  type WriteQuestion,
  type WrittenQuestion,
  writeByInstructions,
  writeFromNotes,
} from './drafting/index.ts'
export { mapAtOnce } from './parallel.ts'
export type { EpisodeSummary, OnProgress, Play, Read, Search } from './ports.ts'
export { loadQuestionFile, loadQuestions, type QuestionFile, questionId, questionKey } from './question-file.ts'
export {
  isJudged,
  type Judgments,
  type RetrievalMetrics,
  retrievalMetricNames,
  retrievalMetrics,
  scoreRanking,
} from './ranking.ts'
export { type ReportContent, reportHtml } from './report.ts'
export { evaluateRetrieval, type RetrievalEvaluation } from './retrieval.ts'
export { scoreTrace, summarizeTrace } from './scoring.ts'
export { type TableInput, tabulate } from './table.ts'
