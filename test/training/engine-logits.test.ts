import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Model, Trainer } from '../../src-main/training/index.ts'
import { relativeError, testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type ModelShape, tinyShape, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { centered, llamaLogProbabilities } from '../support/llama.ts'
import { shake, withTrainer } from '../support/micro.ts'

const engine = testEngine()
const folder = temporaryFolder()
const tokens = Array.from({ length: 60 }, (_, i) => (i * 389 + 17) % 1500)
const rows = [0, 7, 31, 59]

/** Three heads to a key; qwen3 and llama may have more queries than the embedding is long. */
const grouped: Partial<ModelShape> = { heads: 6, keyValueHeads: 2, headSize: 16 }
/** llama.cpp rounds activations to 8 bits where the engine does not: the longer the rows, the less it matters. */
const wide: Partial<ModelShape> = { weights: 'Q8_0', embedding: 256, heads: 4, headSize: 64, feedForward: 512 }
const models: [name: string, shape: ModelShape, bound: number][] = [
  ['qwen2-f32', { ...tinyShape, embedding: 96, ...grouped }, 1e-4],
  ['qwen3-f32', { ...tinyShape, ...grouped, architecture: 'qwen3' }, 1e-4],
  ['llama-f32', { ...tinyShape, ...grouped, architecture: 'llama' }, 1e-4],
  ['qwen2-q8_0', { ...tinyShape, ...wide }, 2e-2],
  ['llama-q8_0', { ...tinyShape, ...wide, architecture: 'llama' }, 2e-2],
]
const pathOf = (name: string): string => join(folder, `${name}.gguf`)

/** The rows' logits of the sequence alone, and packed between others. */
async function logitsOf(model: Model, trainer?: Trainer): Promise<Float32Array[][]> {
  const other = { tokens: tokens.slice(9, 40).reverse(), rows: [3] }
  const sequence = { tokens, rows }
  const options = { logits: true, ...(trainer ? { trainer } : {}) }
  const [alone] = await model.score([sequence], options)
  const packed = await model.score([other, sequence, other], options)
  const { vocabulary } = model.architecture
  return [alone, packed[1]].map((scores) =>
    rows.map((_, i) => scores?.logits.slice(i * vocabulary, (i + 1) * vocabulary) ?? new Float32Array()),
  )
}

function expectRows(actual: Float32Array[], expected: Float64Array[], bound: number): void {
  expect(actual.length).toBe(expected.length)
  for (const [i, reference] of expected.entries()) {
    expect(relativeError(centered(actual[i] ?? []), centered(reference))).toBeLessThan(bound)
  }
}

describe.skipIf(!engine)('logits', () => {
  if (!engine) return

  beforeAll(async () => {
    const tokenizer = await tokenizerOf()
    for (const [name, shape] of models) {
      writeRandomModel(pathOf(name), {
        shape,
        tokenizer,
        deviation: shape.weights === 'F32' ? 0.15 : 0.04,
        ropeFactors: shape.architecture === 'llama',
      })
    }
  })

  for (const [name, , bound] of models) {
    for (const plain of [false, true]) {
      test(`of ${name} are llama.cpp's, alone and packed${plain ? ', with plain operators' : ''}`, async () => {
        const model = await engine.loadModel({ path: pathOf(name) }, { threads: 1, plain, logitRows: 3 })
        const expected = await llamaLogProbabilities(pathOf(name), tokens, rows)
        for (const rows of await logitsOf(model)) expectRows(rows, expected, bound)
        await model.dispose()
      })
    }
  }

  for (const [name, , bound] of models.filter(([name]) => name.startsWith('qwen2'))) {
    test(`of ${name} with an adapter are llama.cpp's, alone and packed`, async () => {
      const adapter = join(folder, `${name}-adapter.gguf`)
      const model = await engine.loadModel({ path: pathOf(name) }, { threads: 1 })
      const [plain] = await logitsOf(model)
      await withTrainer(model, { rank: 4, alpha: 12 }, async (trainer) => {
        await shake(trainer, 0.03)
        await trainer.exportAdapter(adapter, { name: 'test', base: name, origin: 'test/training' })
        const expected = await llamaLogProbabilities(pathOf(name), tokens, rows, adapter)
        for (const rows of await logitsOf(model, trainer)) expectRows(rows, expected, bound)
        expect(() => expectRows(plain ?? [], expected, 5 * bound)).toThrow()
      })
      await model.dispose()
    })
  }
})
