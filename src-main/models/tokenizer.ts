import { createHash } from 'node:crypto'

/** Keys of a GGUF header's `tokenizer.ggml` that decide which tokens a text becomes, and what they mean. */
const KEYS = [
  'model',
  'pre',
  'tokens',
  'token_type',
  'merges',
  'scores',
  'bos_token_id',
  'eos_token_id',
  'add_bos_token',
  'add_eos_token',
  'add_space_prefix',
] as const

const short = (hash: ReturnType<typeof createHash>): string => hash.digest('hex').slice(0, 16)

/**
 * Short names of what turns a question into tokens: two models with the same `tokenizer` spell every text alike, with the
 * same `template` they open a conversation alike.
 *
 * @param path of a GGUF file that was inspected before
 */
export async function tokenizerFingerprints(path: string): Promise<{ tokenizer: string; template: string }> {
  const { readGgufFileInfo } = await import('node-llama-cpp')
  const { metadata } = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
  const ggml = (metadata.tokenizer?.ggml ?? {}) as Record<string, unknown>
  const hash = createHash('sha256')
  for (const key of KEYS) hash.update(JSON.stringify([key, ggml[key] ?? null]))
  const template = createHash('sha256').update(metadata.tokenizer?.chat_template ?? '')
  return { tokenizer: short(hash), template: short(template) }
}
