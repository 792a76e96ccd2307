import { z } from 'zod'
import { damaged, unsupported } from './errors.ts'
import { f32, type GgufMetadata, text, u32 } from './gguf-format.ts'

export const families = ['qwen2', 'llama', 'qwen3'] as const

const positive = z
  .number()
  .int()
  .min(1)
  .max(2 ** 31)
const ropeSchema = z
  .object({
    rope_type: z.string().optional(),
    type: z.string().optional(),
    rope_theta: z.number().positive().optional(),
    factor: z.number().positive().optional(),
    low_freq_factor: z.number().positive().optional(),
    high_freq_factor: z.number().positive().optional(),
    original_max_position_embeddings: z.number().positive().optional(),
  })
  .nullish()
const tokenIds = z.union([z.number().int(), z.array(z.number().int())]).nullish()

const configSchema = z.object({
  model_type: z.enum(families),
  hidden_size: positive,
  num_hidden_layers: positive.max(1000),
  num_attention_heads: positive,
  num_key_value_heads: positive.optional(),
  head_dim: positive.nullish(),
  intermediate_size: positive,
  max_position_embeddings: positive,
  rms_norm_eps: z.number().positive(),
  vocab_size: positive.max(10_000_000),
  rope_theta: z.number().positive().nullish(),
  rope_scaling: ropeSchema,
  rope_parameters: ropeSchema,
  tie_word_embeddings: z.boolean().default(false),
  bos_token_id: tokenIds,
  eos_token_id: tokenIds,
})

/** What `config.json` of a checkpoint says, with the gaps filled as transformers fills them. */
export interface CheckpointConfig {
  family: (typeof families)[number]
  embedding: number
  layers: number
  heads: number
  keyValueHeads: number
  headSize: number
  feedForward: number
  contextLength: number
  epsilon: number
  vocabulary: number
  ropeBase: number
  rope: NonNullable<z.infer<typeof ropeSchema>> & { kind: string }
  tied: boolean
  bos: number | null
  eos: number | null
}

const first = (ids: z.infer<typeof tokenIds>): number | null => (Array.isArray(ids) ? ids[0] : ids) ?? null

/** @throws {AppError} CHECKPOINT_DAMAGED, MODEL_UNSUPPORTED */
export function parseConfig(value: unknown): CheckpointConfig {
  const family = (value as { model_type?: unknown } | null)?.model_type
  if (typeof family === 'string' && !(families as readonly string[]).includes(family)) {
    throw unsupported(`Checkpoints of the kind "${family}" cannot be converted; ${families.join(', ')} can.`)
  }
  const parsed = configSchema.safeParse(value)
  if (!parsed.success) throw damaged('config.json', parsed.error.message)
  const c = parsed.data
  const rope = c.rope_scaling ?? c.rope_parameters ?? {}
  const kind = rope.rope_type ?? rope.type ?? 'default'
  if (!['default', 'linear', 'llama3', 'yarn'].includes(kind))
    throw unsupported(`This checkpoint stretches its context in a way that is not known ("${kind}").`)
  const keyValueHeads = c.num_key_value_heads ?? c.num_attention_heads
  const headSize = c.head_dim ?? c.hidden_size / c.num_attention_heads
  if (!Number.isInteger(headSize) || headSize % 2 !== 0 || c.num_attention_heads % keyValueHeads !== 0)
    throw damaged('config.json', `${c.num_attention_heads} and ${keyValueHeads} heads of ${headSize}`)
  return {
    family: c.model_type,
    embedding: c.hidden_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    keyValueHeads,
    headSize,
    feedForward: c.intermediate_size,
    contextLength: c.max_position_embeddings,
    epsilon: c.rms_norm_eps,
    vocabulary: c.vocab_size,
    ropeBase: c.rope_theta ?? rope.rope_theta ?? 10_000,
    rope: { ...rope, kind },
    tied: c.tie_word_embeddings,
    bos: first(c.bos_token_id),
    eos: first(c.eos_token_id),
  }
}

/** The configuration as llama.cpp's metadata. */
export function configMetadata(c: CheckpointConfig): GgufMetadata {
  const at = (key: string): string => `${c.family}.${key}`
  const scaled = c.rope.kind === 'linear' || c.rope.kind === 'yarn'
  return {
    'general.architecture': text(c.family),
    [at('context_length')]: u32(c.contextLength),
    [at('embedding_length')]: u32(c.embedding),
    [at('block_count')]: u32(c.layers),
    [at('feed_forward_length')]: u32(c.feedForward),
    [at('attention.head_count')]: u32(c.heads),
    [at('attention.head_count_kv')]: u32(c.keyValueHeads),
    [at('attention.key_length')]: u32(c.headSize),
    [at('attention.value_length')]: u32(c.headSize),
    [at('attention.layer_norm_rms_epsilon')]: f32(c.epsilon),
    [at('rope.freq_base')]: f32(c.ropeBase),
    [at('rope.dimension_count')]: u32(c.headSize),
    [at('vocab_size')]: u32(c.vocabulary),
    ...(scaled
      ? {
          [at('rope.scaling.type')]: text(c.rope.kind),
          [at('rope.scaling.factor')]: f32(c.rope.factor ?? 1),
          ...(c.rope.kind === 'yarn'
            ? {
                [at('rope.scaling.original_context_length')]: u32(
                  c.rope.original_max_position_embeddings ?? c.contextLength,
                ),
              }
            : {}),
        }
      : {}),
  }
}

/**
 * Llama 3's stretched context: by how much each frequency is divided ([head size / 2]); null when there is none.
 * Formula: Llama 3.1's reference code, `apply_scaling`.
 */
export function ropeFactors(c: CheckpointConfig): Float32Array | null {
  if (c.rope.kind !== 'llama3') return null
  const { factor = 8, low_freq_factor: low = 1, high_freq_factor: high = 4 } = c.rope
  const original = c.rope.original_max_position_embeddings ?? 8192
  return Float32Array.from({ length: c.headSize / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * c.ropeBase ** ((2 * i) / c.headSize)
    if (wavelength < original / high) return 1
    if (wavelength > original / low) return factor
    const smooth = (original / wavelength - low) / (high - low)
    return 1 / ((1 - smooth) / factor + smooth)
  })
}
