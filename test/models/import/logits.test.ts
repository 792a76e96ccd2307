import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importAdapter } from '../../../src-main/models/adapter/import-adapter.ts'
import { parseConfig } from '../../../src-main/models/import/config.ts'
import { convertCheckpoint } from '../../../src-main/models/import/convert.ts'
import { readSafetensors } from '../../../src-main/models/import/safetensors.ts'
import { type CheckpointShape, tinyCheckpoint, writeCheckpoint } from '../../support/checkpoint.ts'
import { relativeError, testEngine } from '../../support/engine.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { tokenizerOf } from '../../support/gguf.ts'
import { centered, llamaLogProbabilities } from '../../support/llama.ts'
import { writePeft } from '../../support/peft.ts'

const folder = temporaryFolder()
const tokenizer = await tokenizerOf()
const engine = testEngine()
const tokens = Array.from({ length: 40 }, (_, i) => (i * 389 + 17) % 1500)
const rows = [0, 13, 39]
const BOUND = 1e-4

type Weights = (name: string) => { shape: readonly number[]; values: Float32Array } | null

async function weightsOf(file: string): Promise<Weights> {
  const bytes = readFileSync(file)
  const tensors = await readSafetensors(file)
  return (name) => {
    const found = tensors.get(name)
    if (!found) return null
    const { shape, offset } = found
    return {
      shape,
      values: new Float32Array(bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + found.bytes)),
    }
  }
}

/**
 * A decoder as transformers computes it (modeling_qwen2.py, modeling_qwen3.py, modeling_llama.py), straight from the
 * checkpoint and in double precision: what every other implementation is held against. Rotates halves of heads.
 *
 * @returns logits at `rows`
 */
async function reference(dir: string, peft: string | null): Promise<Float64Array[]> {
  const c = parseConfig(JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')))
  const weights = await weightsOf(join(dir, 'model.safetensors'))
  const adapter = peft === null ? null : await weightsOf(join(peft, 'adapter_model.safetensors'))

  function project(prefix: string, x: Float64Array[]): Float64Array[] {
    const w = weights(`${prefix}.weight`)
    const bias = weights(`${prefix}.bias`)?.values
    const [outputs = 0, inputs = 0] = w?.shape ?? []
    const a = adapter?.(`base_model.model.${prefix}.lora_A.weight`)
    const b = adapter?.(`base_model.model.${prefix}.lora_B.weight`)
    const product = (values: Float32Array, rows: number, vector: Float64Array): Float64Array =>
      Float64Array.from({ length: rows }, (_, row) => {
        let sum = 0
        for (let i = 0; i < vector.length; i++) sum += (values[row * vector.length + i] ?? 0) * (vector[i] ?? 0)
        return sum
      })
    return x.map((vector) => {
      expect(vector.length).toBe(inputs)
      const y = product(w?.values ?? new Float32Array(0), outputs, vector).map((v, i) => v + (bias?.[i] ?? 0))
      if (!a || !b) return y
      const change = product(b.values, outputs, product(a.values, a.shape[0] ?? 0, vector))
      return y.map((v, i) => v + 2 * (change[i] ?? 0))
    })
  }
  function norm(name: string, x: Float64Array): Float64Array {
    const w = weights(name)?.values ?? []
    const square = x.reduce((sum, v) => sum + v * v, 0) / x.length
    return x.map((v, i) => (v / Math.sqrt(square + c.epsilon)) * (w[i] ?? 0))
  }
  const { factor = 8, low_freq_factor: low = 1, high_freq_factor: high = 4 } = c.rope
  const original = c.rope.original_max_position_embeddings ?? 8192
  /** `_compute_llama3_parameters` of transformers. */
  const frequencies = Array.from({ length: c.headSize / 2 }, (_, i) => {
    const frequency = c.ropeBase ** ((-2 * i) / c.headSize)
    if (c.rope.kind !== 'llama3') return frequency
    const wavelength = (2 * Math.PI) / frequency
    if (wavelength > original / low) return frequency / factor
    if (wavelength < original / high) return frequency
    const smooth = (original / wavelength - low) / (high - low)
    return ((1 - smooth) * frequency) / factor + smooth * frequency
  })
  const rotate = (head: Float64Array, position: number): Float64Array => {
    const half = head.length / 2
    return head.map((v, i) => {
      const angle = position * (frequencies[i % half] ?? 0)
      const other = i < half ? -(head[i + half] ?? 0) : (head[i - half] ?? 0)
      return v * Math.cos(angle) + other * Math.sin(angle)
    })
  }
  const heads = (x: Float64Array): Float64Array[] =>
    Array.from({ length: x.length / c.headSize }, (_, h) => x.slice(h * c.headSize, (h + 1) * c.headSize))

  const table = weights('model.embed_tokens.weight')?.values ?? new Float32Array(0)
  let x = tokens.map((token) => Float64Array.from(table.subarray(token * c.embedding, (token + 1) * c.embedding)))
  for (let layer = 0; layer < c.layers; layer++) {
    const at = `model.layers.${layer}`
    const input = x.map((v) => norm(`${at}.input_layernorm.weight`, v))
    const turned = (which: 'q' | 'k') =>
      project(`${at}.self_attn.${which}_proj`, input).map((v, position) =>
        heads(v).map((head) =>
          rotate(c.family === 'qwen3' ? norm(`${at}.self_attn.${which}_norm.weight`, head) : head, position),
        ),
      )
    const [queries, keys] = [turned('q'), turned('k')]
    const values = project(`${at}.self_attn.v_proj`, input).map(heads)
    const mixed = queries.map((own, position) => {
      const result = new Float64Array(c.heads * c.headSize)
      for (const [h, query] of own.entries()) {
        const group = Math.floor(h / (c.heads / c.keyValueHeads))
        const scores = keys
          .slice(0, position + 1)
          .map((key) => query.reduce((sum, v, i) => sum + v * (key[group]?.[i] ?? 0), 0) / Math.sqrt(c.headSize))
        const largest = Math.max(...scores)
        const shares = scores.map((score) => Math.exp(score - largest))
        const total = shares.reduce((sum, share) => sum + share, 0)
        for (const [before, share] of shares.entries()) {
          for (let i = 0; i < c.headSize; i++)
            result[h * c.headSize + i] =
              (result[h * c.headSize + i] ?? 0) + (share / total) * (values[before]?.[group]?.[i] ?? 0)
        }
      }
      return result
    })
    const attended = project(`${at}.self_attn.o_proj`, mixed)
    x = x.map((v, t) => v.map((own, i) => own + (attended[t]?.[i] ?? 0)))
    const middle = x.map((v) => norm(`${at}.post_attention_layernorm.weight`, v))
    const gate = project(`${at}.mlp.gate_proj`, middle)
    const up = project(`${at}.mlp.up_proj`, middle)
    const inner = gate.map((v, t) => v.map((g, i) => (g / (1 + Math.exp(-g))) * (up[t]?.[i] ?? 0)))
    const down = project(`${at}.mlp.down_proj`, inner)
    x = x.map((v, t) => v.map((own, i) => own + (down[t]?.[i] ?? 0)))
  }
  const head = c.tied ? 'model.embed_tokens' : 'lm_head'
  return project(
    head,
    rows.map((row) => norm('model.norm.weight', x[row] ?? new Float64Array(0))),
  )
}

const rope_scaling = {
  rope_type: 'llama3',
  factor: 32,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 64,
}
const wide: Partial<CheckpointShape> = { heads: 6, keyValueHeads: 2, headSize: 16 }
const cases: [name: string, shape: Partial<CheckpointShape>, options: object][] = [
  ['qwen2', { family: 'qwen2' }, {}],
  ['qwen2, not tied', { family: 'qwen2', tied: false }, { biases: 'none' }],
  ['qwen3', { family: 'qwen3', ...wide }, { biases: 'none' }],
  ['llama', { family: 'llama', ...wide }, { biases: 'none' }],
  ['llama with a stretched context', { family: 'llama' }, { biases: 'none', config: { rope_scaling } }],
]

describe.each(cases)('a checkpoint of %s', (name, more, options) => {
  test.skipIf(!engine)(
    'means in llama.cpp and in the engine what it means in transformers, with an adapter as well',
    async () => {
      if (!engine) return
      const shape = { ...tinyCheckpoint, ...more }
      const [dir, path, adapter] = [
        join(folder, name),
        join(folder, `${name}.gguf`),
        join(folder, `${name}-adapter.gguf`),
      ]
      writeCheckpoint(dir, tokenizer, { shape, ...options })
      await convertCheckpoint(dir, path, 'F32')
      writePeft(join(folder, `${name}-peft`), shape, { config: { r: 4, lora_alpha: 8 } })
      await importAdapter(join(folder, `${name}-peft`), path, adapter)
      const model = await engine.loadModel({ path }, { threads: 1 })
      const { rank, alpha, matrices } = await engine.inspectAdapter(adapter)
      const trainer = await model.createTrainer({ rank, alpha, matrices })
      await trainer.importAdapter(adapter)
      const vocabulary = model.architecture.vocabulary
      for (const adapted of [false, true]) {
        const expected = await reference(dir, adapted ? join(folder, `${name}-peft`) : null)
        const [scores] = await model.score([{ tokens, rows }], { logits: true, ...(adapted ? { trainer } : {}) })
        const theirs = await llamaLogProbabilities(path, tokens, rows, ...(adapted ? [adapter] : []))
        for (const [i, logits] of expected.entries()) {
          const ours = scores?.logits.slice(i * vocabulary, (i + 1) * vocabulary) ?? []
          expect(relativeError(ours, logits), 'the engine').toBeLessThan(BOUND)
          expect(relativeError(centered(theirs[i] ?? []), centered(logits)), 'llama.cpp').toBeLessThan(BOUND)
        }
      }
      await trainer.dispose()
      await model.dispose()
    },
  )
})
