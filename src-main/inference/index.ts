/**
 * inference: llama.cpp through node-llama-cpp: generation with several episodes on one loaded model, embeddings,
 * reranking. May import: contract, and the types of the ports it implements (agent, retrieval). Must not know: the
 * protocol's tags, where passages come from, what is stored.
 */
export { type ChatModel, type ChatModelOptions, loadChatModel } from './chat-model.ts'
export { type EncoderOptions, embeddingPrefixes, loadEmbedder, loadReranker } from './embedding.ts'
export { computeBackend } from './runtime.ts'
export { possibleBackends, testBackend } from './self-test/self-test.ts'
export { createPool, type Pool } from './slots.ts'
export { type LoadedSpelling, loadSpelling, type Spelling } from './spelling.ts'
