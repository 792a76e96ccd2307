import type { Model, ModelDetails } from '../contract/index.ts'
import { readSource } from './source.ts'

/**
 * Everything that the header of a model's file says beyond the short facts, and where the file came from.
 *
 * @throws whatever reading the file throws
 */
export async function modelDetails(model: Model): Promise<ModelDetails> {
  const { readGgufFileInfo } = await import('node-llama-cpp')
  const { metadata, architectureMetadata } = await readGgufFileInfo(model.path, {
    sourceType: 'filesystem',
    logWarnings: false,
  })
  const architecture = architectureMetadata as { block_count?: number; embedding_length?: number } | undefined
  const ggml = metadata.tokenizer?.ggml
  const pre = ggml?.pre ? ` (${ggml.pre})` : ''
  return {
    model,
    source: await readSource(model.path),
    layers: architecture?.block_count ?? null,
    embeddingLength: architecture?.embedding_length ?? null,
    vocabulary: ggml?.tokens?.length ?? null,
    tokenizer: ggml ? `${ggml.model}${pre}` : null,
    chatTemplate: metadata.tokenizer?.chat_template ?? null,
  }
}
