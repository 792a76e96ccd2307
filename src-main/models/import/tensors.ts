import type { CheckpointConfig } from './config.ts'
import { damaged, unsupported } from './errors.ts'
import type { SourceTensor } from './safetensors.ts'

/** A tensor of the checkpoint and what becomes of it. */
export interface TensorPlan {
  /** llama.cpp's name. */
  name: string
  source: SourceTensor
  /**
   * Rows of each head are to be interleaved: llama.cpp rotates neighboring rows for `llama`, transformers those that
   * lie half a head apart.
   */
  interleave: boolean
}

interface Expected {
  from: string
  name: string
  shape: number[]
  optional?: true
  interleave?: true
}

function expected(c: CheckpointConfig): Expected[] {
  const queries = c.heads * c.headSize
  const keys = c.keyValueHeads * c.headSize
  const rotated = c.family === 'llama' ? { interleave: true as const } : {}
  const layer = (i: number): Expected[] => {
    const at = (from: string, name: string, shape: number[], more: Partial<Expected> = {}): Expected => ({
      from: `model.layers.${i}.${from}`,
      name: `blk.${i}.${name}`,
      shape,
      ...more,
    })
    const projection = (from: string, name: string, output: number, input: number, more: Partial<Expected> = {}) => [
      at(`${from}.weight`, `${name}.weight`, [output, input], more),
      at(`${from}.bias`, `${name}.bias`, [output], { ...more, optional: true }),
    ]
    const norms: Expected[] =
      c.family === 'qwen3'
        ? [
            at('self_attn.q_norm.weight', 'attn_q_norm.weight', [c.headSize]),
            at('self_attn.k_norm.weight', 'attn_k_norm.weight', [c.headSize]),
          ]
        : []
    return [
      at('input_layernorm.weight', 'attn_norm.weight', [c.embedding]),
      ...projection('self_attn.q_proj', 'attn_q', queries, c.embedding, rotated),
      ...projection('self_attn.k_proj', 'attn_k', keys, c.embedding, rotated),
      ...projection('self_attn.v_proj', 'attn_v', keys, c.embedding),
      ...projection('self_attn.o_proj', 'attn_output', c.embedding, queries),
      ...norms,
      at('post_attention_layernorm.weight', 'ffn_norm.weight', [c.embedding]),
      ...projection('mlp.gate_proj', 'ffn_gate', c.feedForward, c.embedding),
      ...projection('mlp.up_proj', 'ffn_up', c.feedForward, c.embedding),
      ...projection('mlp.down_proj', 'ffn_down', c.embedding, c.feedForward),
    ]
  }
  return [
    { from: 'model.embed_tokens.weight', name: 'token_embd.weight', shape: [c.vocabulary, c.embedding] },
    ...Array.from({ length: c.layers }, (_, i) => layer(i)).flat(),
    { from: 'model.norm.weight', name: 'output_norm.weight', shape: [c.embedding] },
    ...(c.tied ? [] : [{ from: 'lm_head.weight', name: 'output.weight', shape: [c.vocabulary, c.embedding] }]),
  ]
}

/**
 * Pairs the tensors of a checkpoint with llama.cpp's.
 *
 * @throws {AppError} CHECKPOINT_DAMAGED when one is missing or has another shape than the configuration says,
 *   MODEL_UNSUPPORTED when there is one that llama.cpp would not use
 */
export function planTensors(config: CheckpointConfig, tensors: ReadonlyMap<string, SourceTensor>): TensorPlan[] {
  const unused = new Set(tensors.keys())
  const plans = expected(config).flatMap(({ from, name, shape, optional, interleave }) => {
    const source = tensors.get(from)
    if (!source && optional) return []
    if (!source) throw damaged('The checkpoint', `${from} is missing`)
    if (source.shape.length !== shape.length || source.shape.some((n, i) => n !== shape[i]))
      throw damaged('The checkpoint', `${from} is [${source.shape}], config.json says [${shape}]`)
    unused.delete(from)
    return [{ name, source, interleave: interleave ?? false }]
  })
  if (config.tied) unused.delete('lm_head.weight')
  const [unknown] = [...unused].filter((name) => !name.endsWith('rotary_emb.inv_freq'))
  if (unknown !== undefined) throw unsupported('This checkpoint has parts that llama.cpp does not know.', unknown)
  return plans
}
