import type { Model, ModelDetails } from '../contract/index.ts'
import { readSource } from './source.ts'

/** Values longer than this are cut in the list of metadata, in characters and in entries of a list. */
const LONGEST_VALUE = 300
const LONGEST_LIST = 8

function show(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.slice(0, LONGEST_LIST).map(show).join(', ')
    return value.length > LONGEST_LIST ? `[${items}, … ${value.length} in all]` : `[${items}]`
  }
  const text = typeof value === 'string' ? value : String(value)
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
}

/** A tree of metadata as `general.architecture` → text, in the file's order. */
function flatten(value: unknown, key: string): { key: string; value: string }[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ key, value: show(value) }]
  return Object.entries(value).flatMap(([name, inner]) => flatten(inner, key === '' ? name : `${key}.${name}`))
}

/**
 * Everything that the header of a model's file says beyond the short facts, and where the file came from.
 *
 * @throws whatever reading the file throws
 */
export async function modelDetails(model: Model): Promise<Omit<ModelDetails, 'uses'>> {
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
    metadata: flatten(metadata, ''),
  }
}
