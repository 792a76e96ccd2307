/**
 * remote: models on servers that speak OpenAI's protocol (llama-server, vLLM, Ollama, LM Studio, …), behind the ports that
 * local models have: they play episodes, and as teachers they tell how probable tokens are. May import: contract, network,
 * and the types of the ports it implements (agent, training). Must not know: where servers are kept, the protocol's tags.
 */
export { remoteGenerator } from './generator.ts'
export { checkSpelling, listModels, probeModel } from './probe.ts'
export { remoteScorer } from './scorer.ts'
export type { Server } from './server.ts'
