import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomStream } from '../../src-main/contract/index.ts'
import { safetensors } from './checkpoint.ts'

export interface PeftShape {
  embedding: number
  layers: number
  heads: number
  keyValueHeads: number
  headSize: number
  feedForward: number
}

/** Writes a PEFT adapter with random weights over all matrices, of rank 4 where `ranks` says nothing else. */
export function writePeft(
  dir: string,
  { embedding, layers, heads, keyValueHeads, headSize, feedForward }: PeftShape,
  { config = {}, ranks = {} }: { config?: object; ranks?: Record<string, number> } = {},
): { name: string; bytes: Buffer }[] {
  const [queries, keys] = [heads * headSize, keyValueHeads * headSize]
  const modules: Record<string, [inputs: number, outputs: number]> = {
    'self_attn.q_proj': [embedding, queries],
    'self_attn.k_proj': [embedding, keys],
    'self_attn.v_proj': [embedding, keys],
    'self_attn.o_proj': [queries, embedding],
    'mlp.gate_proj': [embedding, feedForward],
    'mlp.up_proj': [embedding, feedForward],
    'mlp.down_proj': [feedForward, embedding],
  }
  const next = randomStream(5)
  const tensors = Array.from({ length: layers }, (_, layer) =>
    Object.entries(modules).flatMap(([module, [inputs, outputs]]) => {
      const rank = ranks[module.split('.')[1] ?? ''] ?? 4
      const halves = { lora_A: [rank, inputs], lora_B: [outputs, rank] }
      return Object.entries(halves).map(([half, shape]) => {
        const count = shape.reduce((product, n) => product * n, 1)
        const values = Float32Array.from({ length: count }, () => 0.3 * (next() - 0.5))
        const name = `base_model.model.model.layers.${layer}.${module}.${half}.weight`
        return { name, dtype: 'F32', shape, bytes: Buffer.from(values.buffer) }
      })
    }),
  ).flat()
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'adapter_model.safetensors'), safetensors(tensors))
  const target_modules = Object.keys(modules).map((module) => module.split('.')[1])
  const whole = { peft_type: 'LORA', r: 4, lora_alpha: 8, target_modules, bias: 'none', ...config }
  writeFileSync(join(dir, 'adapter_config.json'), JSON.stringify(whole))
  return tensors
}
