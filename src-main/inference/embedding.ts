import type { LlamaEmbeddingContext, LlamaModel, Token } from 'node-llama-cpp'
import type { GpuChoice } from '../contract/index.ts'
import type { Embedder, Reranker } from '../retrieval/ports.ts'
import { loadWeights, modelError, threadsFor } from './runtime.ts'

const INSTRUCT = 'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: '
const REPRESENT = 'Represent this sentence for searching relevant passages: '

/** Prefixes that embedding models were trained with, by what their files say of them (from their model cards). */
const PREFIXES: readonly { name: RegExp; query: string; passage: string }[] = [
  {
    name: /qwen3.*embed/i,
    query: 'Instruct: Given a question, retrieve passages that answer it\nQuery: ',
    passage: '',
  },
  { name: /gte-?qwen|e5.*(?:instruct|mistral)|sfr-embedding|linq-embed/i, query: INSTRUCT, passage: '' },
  {
    name: /embedding-?gemma|gemma-?embedding/i,
    query: 'task: search result | query: ',
    passage: 'title: none | text: ',
  },
  { name: /nomic/i, query: 'search_query: ', passage: 'search_document: ' },
  { name: /\be5\b/i, query: 'query: ', passage: 'passage: ' },
  { name: /bge-(?:m3|multilingual)/i, query: '', passage: '' },
  { name: /bge.*\bzh\b/i, query: '为这个句子生成表示以用于检索相关文章：', passage: '' },
  { name: /bge/i, query: REPRESENT, passage: '' },
  { name: /arctic-embed.*v2/i, query: 'query: ', passage: '' },
  { name: /mxbai|arctic-embed/i, query: REPRESENT, passage: '' },
]

/** The prefixes of an embedding model, from its names, the most telling first; none when no name is known. */
export function embeddingPrefixes(names: readonly string[]): { query: string; passage: string } {
  const known = names.flatMap((name) => PREFIXES.find((entry) => entry.name.test(name.replaceAll('_', '-'))) ?? [])[0]
  return { query: known?.query ?? '', passage: known?.passage ?? '' }
}

/** What a model's file says it is, and what the file is called. */
function namesOf(model: LlamaModel, path: string): string[] {
  const { general } = model.fileInfo.metadata
  const told = [general.name, general.basename, general.base_model?.['0']?.name, general.architecture]
  const file = path.split(/[\\/]/).at(-1)
  return [...told.slice(0, 3), file, told[3]].filter((name) => typeof name === 'string')
}

/** How an embedding or reranking model is to be run. */
export interface EncoderOptions {
  path: string
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
  const prefixes = embeddingPrefixes(namesOf(model, options.path))
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
  options: Omit<EncoderOptions, 'fingerprint'>,
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
