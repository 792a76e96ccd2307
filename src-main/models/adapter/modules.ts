import type { GgufFileInfo } from 'node-llama-cpp'
import { appError } from '../../contract/index.ts'

/** The modules of a transformers decoder layer by llama.cpp's names of the same matrices. */
const MODULES = {
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
} as const
type Matrix = keyof typeof MODULES

/** What the shapes of an adapter follow from. */
export interface BaseModel {
  architecture: string
  layers: number
  embedding: number
  heads: number
  keyValueHeads: number
  headSize: number
  feedForward: number
}

/** A matrix of one layer that an adapter changes. */
export interface AdaptedMatrix {
  layer: number
  matrix: Matrix
}

export const moduleOf = ({ layer, matrix }: AdaptedMatrix): string => `model.layers.${layer}.${MODULES[matrix]}`
export const tensorOf = ({ layer, matrix }: AdaptedMatrix): string => `blk.${layer}.${matrix}.weight`
/** The last part of the module's name, as PEFT lists targets. */
export const targetOf = ({ matrix }: AdaptedMatrix): string => MODULES[matrix].split('.')[1] ?? ''

/** The matrix behind a module's name; null: none that llama.cpp can adapt. */
export function matrixOfModule(module: string): AdaptedMatrix | null {
  const [, layer, name] = /^(?:model\.)*layers\.(\d+)\.(.+)$/.exec(module) ?? []
  const found = Object.entries(MODULES).find(([, known]) => known === name)
  return found ? { layer: Number(layer), matrix: found[0] as Matrix } : null
}

/** The matrix behind a tensor's name without `.lora_a` or `.lora_b`. */
export function matrixOfTensor(tensor: string): AdaptedMatrix | null {
  const [, layer, matrix = ''] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(tensor) ?? []
  return Object.hasOwn(MODULES, matrix) ? { layer: Number(layer), matrix: matrix as Matrix } : null
}

/** Inputs and outputs of a matrix. */
export function sizeOf({ matrix }: AdaptedMatrix, base: BaseModel): { inputs: number; outputs: number } {
  const { embedding, feedForward } = base
  const queries = base.heads * base.headSize
  const keys = base.keyValueHeads * base.headSize
  switch (matrix) {
    case 'attn_q':
      return { inputs: embedding, outputs: queries }
    case 'attn_k':
    case 'attn_v':
      return { inputs: embedding, outputs: keys }
    case 'attn_output':
      return { inputs: queries, outputs: embedding }
    case 'ffn_gate':
    case 'ffn_up':
      return { inputs: embedding, outputs: feedForward }
    case 'ffn_down':
      return { inputs: feedForward, outputs: embedding }
  }
}

/** Rows of a head that llama.cpp keeps in another order; null: the order is the same. */
export function rotatedRows({ matrix }: AdaptedMatrix, { architecture, headSize }: BaseModel): number | null {
  return architecture === 'llama' && (matrix === 'attn_q' || matrix === 'attn_k') ? headSize : null
}

/** @throws {AppError} MODEL_UNSUPPORTED */
export function baseModel(info: GgufFileInfo): BaseModel {
  const architecture = String(info.metadata.general?.architecture)
  const meta = info.architectureMetadata as unknown as Record<string, unknown> | undefined
  const attention = meta?.['attention'] as Record<string, unknown> | undefined
  const embedding = Number(meta?.['embedding_length'])
  const heads = Number(attention?.['head_count'])
  const sizes = {
    layers: Number(meta?.['block_count']),
    embedding,
    heads,
    keyValueHeads: Number(attention?.['head_count_kv'] ?? heads),
    headSize: Number(attention?.['key_length'] ?? embedding / heads),
    feedForward: Number(meta?.['feed_forward_length']),
  }
  if (['qwen2', 'qwen3', 'llama'].includes(architecture) && Object.values(sizes).every(Number.isInteger))
    return { architecture, ...sizes }
  throw appError(
    'MODEL_UNSUPPORTED',
    `Adapters for models of the kind "${architecture}" cannot be converted; those for qwen2, qwen3 and llama can.`,
    'Choose the model that the adapter was trained for.',
  )
}
