import type { Architecture, Trainer } from '../../src-main/training/index.ts'
import { mixSeed, Random } from './random.ts'

/** How sharply the heads of the copying circuit look. */
const PREVIOUS = 7
const MATCH = 3
/** How much of what they read they add to the stream. */
const WRITTEN = 0.1
const COPIED = 0.3
/** What a layer at first adds to the stream, as a share of its inputs: less than a token's own embedding. */
const ADDED = 0.05
/** What is left of the random weights where the circuit is. */
const REST = 0.1
/** Frequencies of the rotary embedding that tell neighbors apart. */
const FAST = 5
/** A rotation that turns less than this over a text leaves what it rotates recognizable. */
const SLOW = 0.006

/** A matrix of the model with [inputs, outputs] in ggml's order: one row per output. */
class Matrix {
  readonly values: Float32Array
  readonly inputs: number

  constructor(inputs: number, outputs: number, fill: () => number) {
    this.inputs = inputs
    this.values = Float32Array.from({ length: inputs * outputs }, fill)
  }

  set(output: number, input: number, value: number): void {
    this.values[output * this.inputs + input] = value
  }

  scaleRow(output: number, factor: number): void {
    for (let i = 0; i < this.inputs; i++) (this.values[output * this.inputs + i] as number) *= factor
  }
}

/**
 * The start of a training. Every layer passes on what it gets: deviation 1/√inputs, less for what adds to the stream.
 *
 * On top of that the circuit that copies (the induction heads of Olsson et al. 2022) is laid in, since a small model
 * needs millions of tokens to find it: heads of the first layer write into spare coordinates which token came before;
 * heads of the second look for the place whose previous token is the present one, and repeat what stands there.
 */
export async function initialize(trainer: Trainer, architecture: Architecture, seed: number): Promise<void> {
  const { embedding, heads, keyValueHeads, headSize, ropeBase } = architecture
  const matrices = new Map<string, Matrix>()
  for (const [i, { name, shape }] of trainer.parameters.entries()) {
    const [inputs = 0, outputs = 1] = shape
    if (!name.endsWith('.weight') || outputs === 1) continue
    const random = new Random(mixSeed(seed, i, 2))
    const closes = name.endsWith('attn_output.weight') || name.endsWith('ffn_down.weight')
    const deviation = inputs ** -0.5 * (closes ? ADDED : 1)
    matrices.set(name, new Matrix(inputs, outputs, () => deviation * random.normal()))
  }
  const matrix = (name: string): Matrix => matrices.get(`${name}.weight`) as Matrix
  const biases = { q: new Float32Array(heads * headSize), k: new Float32Array(keyValueHeads * headSize) }

  const half = headSize / 2
  const speed = (pair: number): number => ropeBase ** (-pair / half)
  const group = heads / keyValueHeads
  const writers = keyValueHeads - 1
  const spare = writers * headSize
  const own = embedding - spare

  const embeddings = matrix('token_embd')
  const tokens = embeddings.values.length / embedding
  for (let token = 0; token < tokens; token++) {
    for (let i = own; i < embedding; i++) (embeddings.values[token * embedding + i] as number) *= REST
  }

  for (let g = 0; g < writers; g++) {
    for (let j = 0; j < headSize; j++) {
      matrix('blk.0.attn_k').scaleRow(g * headSize + j, REST)
      for (let h = 0; h < group; h++) matrix('blk.0.attn_q').scaleRow((g * group + h) * headSize + j, REST)
      matrix('blk.0.attn_v').scaleRow(g * headSize + j, REST)
      matrix('blk.0.attn_v').set(g * headSize + j, g * headSize + j, 1)
      matrix('blk.0.attn_output').scaleRow(own + g * headSize + j, REST)
      matrix('blk.0.attn_output').set(own + g * headSize + j, g * group * headSize + j, WRITTEN)
    }
    for (let pair = 0; pair < FAST; pair++) {
      biases.k[g * headSize + pair] = PREVIOUS
      for (let h = 0; h < group; h++) {
        const at = (g * group + h) * headSize + pair
        biases.q[at] = PREVIOUS * Math.cos((h + 1) * speed(pair))
        biases.q[at + half] = -PREVIOUS * Math.sin((h + 1) * speed(pair))
      }
    }
  }

  const slow = Array.from({ length: half }, (_, pair) => pair).filter((pair) => speed(pair) < SLOW)
  const matched = [...slow, ...slow.map((pair) => pair + half)]
  for (let g = 0; g < keyValueHeads; g++) {
    const query = g * group * headSize
    for (let j = 0; j < headSize; j++) {
      matrix('blk.1.attn_q').scaleRow(query + j, REST)
      matrix('blk.1.attn_v').scaleRow(g * headSize + j, REST)
      matrix('blk.1.attn_v').set(g * headSize + j, g * headSize + j, 1)
      matrix('blk.1.attn_output').set(g * headSize + j, query + j, COPIED)
    }
    for (const [t, j] of matched.entries()) {
      const index = (g * matched.length + t) % spare
      matrix('blk.1.attn_k').scaleRow(g * headSize + j, REST)
      matrix('blk.1.attn_k').set(g * headSize + j, own + index, MATCH)
      matrix('blk.1.attn_q').set(query + j, index, MATCH)
    }
  }

  for (const [name, { values }] of matrices) await trainer.assign(name, values)
  await trainer.assign('blk.0.attn_q.bias', biases.q)
  await trainer.assign('blk.0.attn_k.bias', biases.k)
}
