import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { randomStream } from '../../src-main/contract/index.ts'
import {
  f32,
  type GgufMetadata,
  ggufHeader,
  padded,
  Q8_BLOCK,
  type TensorInfo,
  tensorBytes,
  text,
  u32,
} from '../../src-main/models/import/gguf-format.ts'
import { root } from './data.ts'

export interface GgufTensor extends TensorInfo {
  type: 'F32' | 'Q8_0'
  fill: 'ones' | 'zeros' | 'random' | 'factors'
  /** Of a random fill; 0.02 by default. */
  deviation?: number
}

/** Standard deviation of random weights, as in Qwen2's initialization. */
const DEVIATION = 0.02

export { f32, text, u32 }

const elements = (tensor: GgufTensor): number => tensor.dimensions.reduce((product, n) => product * n, 1)

/** About a mebibyte of a tensor's content; longer tensors repeat it. */
function pattern(tensor: GgufTensor, next: () => number): Buffer {
  const count = Math.min(elements(tensor), 2 ** 18)
  const value = (): number => {
    if (tensor.fill === 'random') return (tensor.deviation ?? DEVIATION) * Math.sqrt(12) * (next() - 0.5)
    if (tensor.fill === 'factors') return 1 + 7 * next()
    return tensor.fill === 'ones' ? 1 : 0
  }
  if (tensor.type === 'F32') return Buffer.from(Float32Array.from({ length: count }, value).buffer)
  const blocks = Array.from({ length: count / Q8_BLOCK }, () => {
    const values = Array.from({ length: Q8_BLOCK }, value)
    const scale = Math.max(...values.map(Math.abs)) / 127 || 1
    const block = Buffer.alloc(2 + Q8_BLOCK)
    block.writeUInt16LE(new Uint16Array(new Float16Array([scale]).buffer)[0] ?? 0)
    for (const [i, x] of values.entries()) block.writeInt8(Math.round(x / scale), 2 + i)
    return block
  })
  return Buffer.concat(blocks)
}

/** Writes a GGUF file (version 3). */
export function writeGguf(
  path: string,
  { metadata, tensors, seed = 1 }: { metadata: GgufMetadata; tensors: readonly GgufTensor[]; seed?: number },
): void {
  const next = randomStream(seed)
  const header = ggufHeader(metadata, tensors)
  const file = openSync(path, 'w')
  try {
    writeSync(file, header)
    for (const tensor of tensors) {
      const chunk = pattern(tensor, next)
      const total = tensorBytes(tensor)
      for (let done = 0; done < total; done += chunk.length) {
        writeSync(file, chunk, 0, Math.min(chunk.length, total - done))
      }
      writeSync(file, Buffer.alloc(padded(total) - total))
    }
  } finally {
    closeSync(file)
  }
}

/** Size and kind of a random model. */
export interface ModelShape {
  architecture: 'qwen2' | 'qwen3' | 'llama'
  embedding: number
  layers: number
  heads: number
  keyValueHeads: number
  headSize: number
  feedForward: number
  contextLength: number
  weights: 'F32' | 'Q8_0'
}

export const tinyShape: ModelShape = {
  architecture: 'qwen2',
  embedding: 64,
  layers: 2,
  heads: 2,
  keyValueHeads: 1,
  headSize: 32,
  feedForward: 128,
  contextLength: 512,
  weights: 'F32',
}

/** Qwen2.5-0.5B (its config.json). */
export const qwen05Shape: ModelShape = {
  architecture: 'qwen2',
  embedding: 896,
  layers: 24,
  heads: 14,
  keyValueHeads: 2,
  headSize: 64,
  feedForward: 4864,
  contextLength: 4096,
  weights: 'Q8_0',
}

/** The tokenizer of a GGUF file, ready to be written into another one. */
export async function tokenizerOf(path = join(root, 'resources/models/micro-teacher.gguf')): Promise<GgufMetadata> {
  const { readGgufFileInfo } = await import('node-llama-cpp')
  const { metadata } = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
  const ggml = metadata.tokenizer.ggml as Record<string, unknown>
  const template = metadata.tokenizer.chat_template
  const id = (key: string): GgufMetadata =>
    typeof ggml[key] === 'number' ? { [`tokenizer.ggml.${key}`]: u32(ggml[key]) } : {}
  return {
    'tokenizer.ggml.model': text(String(ggml['model'])),
    'tokenizer.ggml.pre': text(String(ggml['pre'] ?? 'qwen2')),
    'tokenizer.ggml.tokens': { type: 'strings', value: ggml['tokens'] as string[] },
    'tokenizer.ggml.token_type': { type: 'i32s', value: ggml['token_type'] as number[] },
    'tokenizer.ggml.merges': { type: 'strings', value: ggml['merges'] as string[] },
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
    ...id('eos_token_id'),
    ...id('bos_token_id'),
    ...id('padding_token_id'),
    ...(typeof template === 'string' ? { 'tokenizer.chat_template': text(template) } : {}),
  }
}

/** What turns a random model into an embedding model: the last token's state is the text's vector. */
export const embeddingMetadata: GgufMetadata = { 'qwen2.pooling_type': u32(3) }

/** A random reranker in the manner of Qwen3-Reranker: a "yes" and a "no" output on the last token. */
export const rerankerParts = {
  shape: { ...tinyShape, architecture: 'qwen3' } satisfies ModelShape,
  metadata: {
    'qwen3.pooling_type': u32(4),
    'qwen3.classifier.output_labels': { type: 'strings', value: ['yes', 'no'] },
    'tokenizer.chat_template.rerank': text('{query} {document}'),
  } satisfies GgufMetadata,
  tensors: [
    { name: 'cls.output.weight', dimensions: [tinyShape.embedding, 2], type: 'F32', fill: 'random' },
  ] satisfies GgufTensor[],
}

/** Writes a model with random weights: it loads and computes like a real one and says nothing sensible. */
export function writeRandomModel(
  path: string,
  {
    shape = tinyShape,
    tokenizer,
    metadata = {},
    tensors = [],
    seed = 1,
    deviation = DEVIATION,
    ropeFactors = false,
  }: {
    shape?: ModelShape
    /** Of the matrices; larger ones make larger differences between predictions. */
    deviation?: number
    /** Writes RoPE factors as Llama 3 has them (random ones here). */
    ropeFactors?: boolean
    tokenizer: GgufMetadata
    metadata?: GgufMetadata
    tensors?: readonly GgufTensor[]
    seed?: number
  },
): void {
  const { architecture: arch, embedding, layers, heads, keyValueHeads, headSize, feedForward, weights } = shape
  const tokens = tokenizer['tokenizer.ggml.tokens']
  const vocabulary = tokens?.type === 'strings' ? tokens.value.length : 0
  const matrix = (name: string, input: number, output: number): GgufTensor => ({
    name: `${name}.weight`,
    dimensions: [input, output],
    type: weights,
    fill: 'random',
    deviation,
  })
  const vector = (name: string, size: number, fill: GgufTensor['fill']): GgufTensor => ({
    name,
    dimensions: [size],
    type: 'F32',
    fill,
  })
  const queries = heads * headSize
  const keys = keyValueHeads * headSize
  const layer = (i: number): GgufTensor[] => {
    const at = `blk.${i}`
    return [
      vector(`${at}.attn_norm.weight`, embedding, 'ones'),
      matrix(`${at}.attn_q`, embedding, queries),
      matrix(`${at}.attn_k`, embedding, keys),
      matrix(`${at}.attn_v`, embedding, keys),
      matrix(`${at}.attn_output`, queries, embedding),
      ...(arch === 'qwen2'
        ? [
            vector(`${at}.attn_q.bias`, queries, 'zeros'),
            vector(`${at}.attn_k.bias`, keys, 'zeros'),
            vector(`${at}.attn_v.bias`, keys, 'zeros'),
          ]
        : []),
      ...(arch === 'qwen3'
        ? [vector(`${at}.attn_q_norm.weight`, headSize, 'ones'), vector(`${at}.attn_k_norm.weight`, headSize, 'ones')]
        : []),
      vector(`${at}.ffn_norm.weight`, embedding, 'ones'),
      matrix(`${at}.ffn_gate`, embedding, feedForward),
      matrix(`${at}.ffn_up`, embedding, feedForward),
      matrix(`${at}.ffn_down`, feedForward, embedding),
    ]
  }
  writeGguf(path, {
    seed,
    metadata: {
      'general.architecture': text(arch),
      'general.name': text('random'),
      'general.file_type': u32(weights === 'F32' ? 0 : 7),
      [`${arch}.context_length`]: u32(shape.contextLength),
      [`${arch}.embedding_length`]: u32(embedding),
      [`${arch}.block_count`]: u32(layers),
      [`${arch}.feed_forward_length`]: u32(feedForward),
      [`${arch}.attention.head_count`]: u32(heads),
      [`${arch}.attention.head_count_kv`]: u32(keyValueHeads),
      [`${arch}.attention.key_length`]: u32(headSize),
      [`${arch}.attention.value_length`]: u32(headSize),
      [`${arch}.attention.layer_norm_rms_epsilon`]: f32(1e-6),
      [`${arch}.rope.freq_base`]: f32(1_000_000),
      [`${arch}.rope.dimension_count`]: u32(headSize),
      ...tokenizer,
      ...metadata,
    },
    tensors: [
      matrix('token_embd', embedding, vocabulary),
      ...Array.from({ length: layers }, (_, i) => layer(i)).flat(),
      vector('output_norm.weight', embedding, 'ones'),
      ...(ropeFactors ? [vector('rope_freqs.weight', headSize / 2, 'factors')] : []),
      ...tensors,
    ],
  })
}
