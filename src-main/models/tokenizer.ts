import { createHash } from 'node:crypto'
import { oncePerFile } from './once-per-file.ts'

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

/** Of `token_type`: padding that brings a vocabulary to a round number and never occurs in a text. */
const UNUSED = 5

/** The vocabulary without the padding at its end, of which models of one family have more or less (Qwen2.5 3B and 7B). */
function unpadded(ggml: Record<string, unknown>): Record<string, unknown> {
  const types = ggml['token_type']
  if (!Array.isArray(types)) return ggml
  const length = types.findLastIndex((type) => type !== UNUSED) + 1
  const cut = (key: string): object =>
    Array.isArray(ggml[key]) ? { [key]: (ggml[key] as unknown[]).slice(0, length) } : {}
  return { ...ggml, ...cut('tokens'), ...cut('token_type'), ...cut('scores') }
}

const short = (hash: ReturnType<typeof createHash>): string => hash.digest('hex').slice(0, 16)

async function readFingerprints(path: string): Promise<{ tokenizer: string; template: string }> {
  const { readGgufFileInfo } = await import('node-llama-cpp')
  const { metadata } = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
  const ggml = unpadded((metadata.tokenizer?.ggml ?? {}) as Record<string, unknown>)
  const hash = createHash('sha256')
  for (const key of KEYS) hash.update(JSON.stringify([key, ggml[key] ?? null]))
  const template = createHash('sha256').update(metadata.tokenizer?.chat_template ?? '')
  return { tokenizer: short(hash), template: short(template) }
}

/**
 * Short names of what turns a question into tokens: two models with the same `tokenizer` spell every text alike, with the
 * same `template` they open a conversation alike. Whoever looks at a run asks for them, and reading 150,000 tokens takes half a
 * second: a file is read once.
 *
 * @param path of a GGUF file that was inspected before
 */
export const tokenizerFingerprints = oncePerFile(readFingerprints)
