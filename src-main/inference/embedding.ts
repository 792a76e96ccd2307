import type { LlamaEmbeddingContext, Token } from 'node-llama-cpp'
import type { GpuChoice } from '../contract/index.ts'
import type { Embedder, Reranker } from '../retrieval/ports.ts'
import { loadWeights, modelError, threadsFor } from './runtime.ts'

/** Prefixes that embedding models were trained with, by a word in the model's or the file's name (their model cards). */
const PREFIXES: readonly { name: RegExp; query: string; passage: string }[] = [
  {
    name: /qwen3.*embed/i,
    query: 'Instruct: Given a question, retrieve passages that answer it\nQuery: ',
    passage: '',
  },
  { name: /nomic/i, query: 'search_query: ', passage: 'search_document: ' },
  { name: /e5/i, query: 'query: ', passage: 'passage: ' },
  { name: /bge-m3/i, query: '', passage: '' },
  { name: /bge/i, query: 'Represent this sentence for searching relevant passages: ', passage: '' },
]

/** The prefixes of an embedding model, from its name; none when it is not known. */
export function embeddingPrefixes(name: string): { query: string; passage: string } {
  const known = PREFIXES.find((entry) => entry.name.test(name))
  return { query: known?.query ?? '', passage: known?.passage ?? '' }
}

/** How an embedding or reranking model is to be run. */
export interface EncoderOptions {
  path: string
  /** Name in the file's header; with the file's name it decides the prefixes. */
  name: string
  /** Names the weights; vectors of different fingerprints do not mix. */
  fingerprint: string
  gpu: GpuChoice
  threads: number | null
}

/** Most tokens of a text that are looked at. */
const MAX_TOKENS = 512

function unit(vector: readonly number[]): Float32Array {
  const norm = Math.hypot(...vector) || 1
  return Float32Array.from(vector, (x) => x / norm)
}

/** Loads an embedding model. @throws {AppError} MODEL_TOO_LARGE, MODEL_UNSUPPORTED, MODEL_FAILED */
export async function loadEmbedder(options: EncoderOptions): Promise<Embedder & { dispose(): Promise<void> }> {
  const model = await loadWeights(options.path, options.gpu)
  const contextSize = Math.min(MAX_TOKENS, model.trainContextSize)
  let context: LlamaEmbeddingContext
  try {
    context = await model.createEmbeddingContext({
      contextSize,
      batchSize: contextSize,
      threads: threadsFor(model, options.threads),
    })
  } catch (error) {
    await model.dispose()
    throw modelError(error, options.path)
  }
  const prefixes = embeddingPrefixes(`${options.name} ${options.path.split(/[\\/]/).at(-1)}`)
  // Special tokens that the model adds by itself have to fit as well.
  const room = contextSize - 4
  return {
    fingerprint: `${options.fingerprint} ${JSON.stringify(prefixes)}`,
    dimensions: model.embeddingVectorSize,
    async embed(texts, kind, signal) {
      const vectors: Float32Array[] = []
      for (const text of texts) {
        signal?.throwIfAborted()
        const tokens: Token[] = model.tokenize(prefixes[kind] + text, false).slice(0, room)
        try {
          vectors.push(unit((await context.getEmbeddingFor(tokens)).vector))
        } catch (error) {
          throw modelError(error, options.path)
        }
      }
      return vectors
    },
    async dispose() {
      await context.dispose()
      await model.dispose()
    },
  }
}

/** Loads a reranking model. @throws {AppError} MODEL_TOO_LARGE, MODEL_UNSUPPORTED, MODEL_FAILED */
export async function loadReranker(
  options: Omit<EncoderOptions, 'name' | 'fingerprint'>,
): Promise<Reranker & { dispose(): Promise<void> }> {
  const model = await loadWeights(options.path, options.gpu)
  try {
    const context = await model.createRankingContext({
      contextSize: Math.min(2 * MAX_TOKENS, model.trainContextSize),
      threads: threadsFor(model, options.threads),
    })
    return {
      async score(query, texts, signal) {
        signal?.throwIfAborted()
        return context.rankAll(query, [...texts])
      },
      async dispose() {
        await context.dispose()
        await model.dispose()
      },
    }
  } catch (error) {
    await model.dispose()
    throw modelError(error, options.path)
  }
}
