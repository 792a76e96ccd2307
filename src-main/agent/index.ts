/**
 * agent: the think → search → answer loop: the protocol (pure), the episode, the evidence. May import: contract.
 * Must not know: llama.cpp, LanceDB, the store: models and retrieval come through the ports it declares. The same loop
 * plays chat answers, training rollouts and evaluations.
 */
export { type Episode, type EpisodeOptions, type EpisodeSearch, playEpisode, type Segment } from './episode.ts'
export { answerSpans, findEvidence, type RetrievedPassage } from './evidence.ts'
export type {
  Generated,
  GenerationRequest,
  GenerationSlot,
  Generator,
  Retriever,
  StopRule,
  TokenId,
  Tokenizer,
} from './ports.ts'
export {
  type Action,
  cutTurn,
  formatDocuments,
  invalidObservation,
  neutralize,
  parseAction,
  type ShownDocument,
  searchObservation,
  turnEnd,
  userMessage,
} from './protocol.ts'
export { type Reading, type ReadingOptions, readPassages } from './reading.ts'
export { createTurnReader, type TurnReader } from './turn-reader.ts'
