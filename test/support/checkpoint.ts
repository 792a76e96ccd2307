import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomStream } from '../../src-main/contract/index.ts'
import type { GgufMetadata } from '../../src-main/models/import/gguf-format.ts'

/** Size and kind of a random checkpoint. */
export interface CheckpointShape {
  family: 'qwen2' | 'llama' | 'qwen3'
  embedding: number
  layers: number
  heads: number
  keyValueHeads: number
  headSize: number
  feedForward: number
  tied: boolean
}

export const tinyCheckpoint: CheckpointShape = {
  family: 'qwen2',
  embedding: 64,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 16,
  feedForward: 128,
  tied: true,
}

/** Tensors by name with their shapes, as transformers stores them. Weights are small noise, norms near one. */
export function tensorsOf(s: CheckpointShape, vocabulary: number, biases: boolean): Record<string, number[]> {
  const queries = s.heads * s.headSize
  const keys = s.keyValueHeads * s.headSize
  const layer = (i: number): Record<string, number[]> => {
    const at = `model.layers.${i}`
    return {
      [`${at}.input_layernorm.weight`]: [s.embedding],
      [`${at}.self_attn.q_proj.weight`]: [queries, s.embedding],
      [`${at}.self_attn.k_proj.weight`]: [keys, s.embedding],
      [`${at}.self_attn.v_proj.weight`]: [keys, s.embedding],
      [`${at}.self_attn.o_proj.weight`]: [s.embedding, queries],
      ...(biases
        ? {
            [`${at}.self_attn.q_proj.bias`]: [queries],
            [`${at}.self_attn.k_proj.bias`]: [keys],
            [`${at}.self_attn.v_proj.bias`]: [keys],
          }
        : {}),
      ...(s.family === 'qwen3'
        ? { [`${at}.self_attn.q_norm.weight`]: [s.headSize], [`${at}.self_attn.k_norm.weight`]: [s.headSize] }
        : {}),
      [`${at}.post_attention_layernorm.weight`]: [s.embedding],
      [`${at}.mlp.gate_proj.weight`]: [s.feedForward, s.embedding],
      [`${at}.mlp.up_proj.weight`]: [s.feedForward, s.embedding],
      [`${at}.mlp.down_proj.weight`]: [s.embedding, s.feedForward],
    }
  }
  return {
    'model.embed_tokens.weight': [vocabulary, s.embedding],
    ...Object.assign({}, ...Array.from({ length: s.layers }, (_, i) => layer(i))),
    'model.norm.weight': [s.embedding],
    ...(s.tied ? {} : { 'lm_head.weight': [vocabulary, s.embedding] }),
  }
}

/** A safetensors file. */
export function safetensors(tensors: { name: string; dtype: string; shape: number[]; bytes: Buffer }[]): Buffer {
  let at = 0
  const header: Record<string, object> = { __metadata__: { format: 'pt' } }
  for (const { name, dtype, shape, bytes } of tensors) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] }
    at += bytes.length
  }
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, ...tensors.map(({ bytes }) => bytes)])
}

const regex = (digits: string): string =>
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
const REGEX: Record<string, string> = {
  qwen2: regex(String.raw`\p{N}`),
  'llama-bpe': regex(String.raw`\p{N}{1,3}`),
}

const NORMAL = 1
const CONTROL = 3

/** The `tokenizer.json` and `tokenizer_config.json` that a GGUF file's tokenizer would have been made from. */
export function tokenizerFiles(metadata: GgufMetadata): { tokenizer: object; config: object; tokens: string[] } {
  const value = <T>(key: string): T | undefined => metadata[`tokenizer.${key}`]?.value as T | undefined
  const tokens = value<string[]>('ggml.tokens') ?? []
  const types = value<number[]>('ggml.token_type') ?? []
  const content = (key: string) => tokens[value<number>(`ggml.${key}_token_id`) ?? -1] ?? null
  const added = tokens.flatMap((token, id) =>
    types[id] === NORMAL || token.startsWith('[PAD') ? [] : [{ id, content: token, special: types[id] === CONTROL }],
  )
  const pre = value<string>('ggml.pre') ?? 'qwen2'
  return {
    tokens,
    tokenizer: {
      version: '1.0',
      added_tokens: added,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: REGEX[pre] }, behavior: 'Isolated', invert: false },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
        ],
      },
      model: {
        type: 'BPE',
        vocab: Object.fromEntries(tokens.flatMap((token, id) => (types[id] === NORMAL ? [[token, id]] : []))),
        merges: (value<string[]>('ggml.merges') ?? []).map((merge, i) => (i % 2 ? merge : merge.split(' '))),
      },
    },
    config: {
      add_bos_token: false,
      bos_token: content('bos'),
      eos_token: { content: content('eos') },
      pad_token: content('padding'),
      chat_template: value<string>('chat_template') ?? null,
    },
  }
}

/** How the weights are stored. */
const encodings = {
  F32: (values: Float32Array) => Buffer.from(values.buffer),
  F16: (values: Float32Array) => Buffer.from(new Float16Array(values).buffer),
  BF16: (values: Float32Array) =>
    Buffer.from(Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16).buffer),
}

/** Writes a checkpoint with random weights into a folder; `biases` are random, zero or absent. */
export function writeCheckpoint(
  dir: string,
  metadata: GgufMetadata,
  {
    shape = tinyCheckpoint,
    dtype = 'F32',
    shards = 1,
    biases = 'random',
    config = {},
    seed = 1,
  }: {
    shape?: CheckpointShape
    dtype?: keyof typeof encodings
    shards?: number
    biases?: 'random' | 'zero' | 'none'
    config?: object
    seed?: number
  } = {},
): void {
  const { tokens, tokenizer, config: tokenizerConfig } = tokenizerFiles(metadata)
  mkdirSync(dir, { recursive: true })
  const json = (name: string, value: object): void => writeFileSync(join(dir, name), JSON.stringify(value))
  json('tokenizer.json', tokenizer)
  json('tokenizer_config.json', tokenizerConfig)
  json('config.json', {
    architectures: ['ForCausalLM'],
    model_type: shape.family,
    hidden_size: shape.embedding,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.keyValueHeads,
    head_dim: shape.headSize,
    intermediate_size: shape.feedForward,
    max_position_embeddings: 512,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    vocab_size: tokens.length,
    tie_word_embeddings: shape.tied,
    ...config,
  })
  const next = randomStream(seed)
  const all = Object.entries(tensorsOf(shape, tokens.length, biases !== 'none')).map(([name, size]) => {
    const count = size.reduce((product, n) => product * n, 1)
    const zero = biases === 'zero' && name.endsWith('.bias')
    const center = name.includes('norm') ? 1 : 0
    const values = Float32Array.from({ length: count }, () => (zero ? 0 : center + 0.6 * (next() - 0.5)))
    return { name, dtype, shape: size, bytes: encodings[dtype](values) }
  })
  if (shards === 1) {
    writeFileSync(join(dir, 'model.safetensors'), safetensors(all))
    return
  }
  const map: Record<string, string> = {}
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-0000${shard + 1}-of-0000${shards}.safetensors`
    const part = all.filter((_, i) => i % shards === shard)
    for (const { name } of part) map[name] = file
    writeFileSync(join(dir, file), safetensors(part))
  }
  json('model.safetensors.index.json', { metadata: {}, weight_map: map })
}
