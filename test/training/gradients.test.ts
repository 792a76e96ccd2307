import { describe, expect, test } from 'vitest'
import type { Batch, Loss } from '../../src-main/training/index.ts'
import { relativeError, testEngine } from '../support/engine.ts'
import {
  logSoftmax,
  microArchitecture,
  microBatch,
  normals,
  randomTeacher,
  rowsOf,
  shake,
  withTrainer,
  worstDerivative,
} from '../support/micro.ts'

const engine = testEngine()
const VOCABULARY = 50
const crossEntropy: Loss[] = [{ kind: 'cross-entropy' }]
const rows = rowsOf(microBatch(VOCABULARY, []))
const teacher = randomTeacher(rows, VOCABULARY)
const topTeacher = randomTeacher(rows, VOCABULARY, 5)
const losses: [name: string, losses: Loss[]][] = [
  ['cross-entropy', crossEntropy],
  ['forward KL', [{ kind: 'forward-kl', teacher }]],
  ['forward KL to the top 5', [{ kind: 'forward-kl', teacher: topTeacher }]],
  ['reverse KL', [{ kind: 'reverse-kl', teacher }]],
  ['reverse KL to the top 5', [{ kind: 'reverse-kl', teacher: topTeacher }]],
  ['Jensen-Shannon', [{ kind: 'jensen-shannon', teacher, lambda: 0.1 }]],
  ['Jensen-Shannon to the top 5', [{ kind: 'jensen-shannon', teacher: topTeacher, lambda: 0.3 }]],
  ['skewed forward KL', [{ kind: 'skew-forward-kl', teacher, lambda: 0.1 }]],
  ['skewed reverse KL', [{ kind: 'skew-reverse-kl', teacher, lambda: 0.1 }]],
  ['cold start', [{ kind: 'cross-entropy' }, { kind: 'forward-kl', teacher, coefficient: 1 }]],
  [
    'policy with entropy and reference',
    [
      {
        kind: 'policy',
        oldLogProbabilities: normals(rows, 5).map((x) => -3.9 + 0.02 * x),
        advantages: normals(rows, 6),
        entropyCoefficient: 0.1,
        clip: 5,
        reference: { logProbabilities: normals(rows, 8).map((x) => -3.9 + 0.1 * x), coefficient: 0.2 },
      },
    ],
  ],
  ['value', [{ kind: 'value', oldValues: normals(rows, 9), returns: normals(rows, 10), clip: 100 }]],
]

describe.skipIf(!engine)('gradients are those of finite differences', () => {
  if (!engine) return

  for (const family of ['qwen2', 'llama', 'qwen3'] as const) {
    for (const mode of ['lora', 'full'] as const) {
      for (const plain of [true, false]) {
        test(`of ${family}, ${mode}${plain ? ', with plain operators' : ''}`, async () => {
          const source = { architecture: microArchitecture(family), seed: 11 }
          const model = await engine.loadModel(source, { threads: 1, full: true, plain, logitRows: 4 })
          // From weights as large as trained ones: norms of tiny states bend too much for differences.
          await withTrainer(model, { mode: 'full' }, (all) => shake(all, 0.1))
          await withTrainer(model, { mode, rank: 3, activations: 'recompute' }, async (trainer) => {
            await shake(trainer, 0.1)
            const { error, name } = await worstDerivative(trainer, microBatch(VOCABULARY, crossEntropy))
            expect(error, name).toBeLessThan(1e-3)
          })
          await model.dispose()
        })
      }
    }
  }

  for (const [name, terms] of losses) {
    test(`of ${name}`, async () => {
      const source = { architecture: microArchitecture('qwen2', { layers: 1 }), seed: 11 }
      const model = await engine.loadModel(source, { threads: 1, full: true, logitRows: 5 })
      await withTrainer(model, { mode: 'full' }, (all) => shake(all, 0.1))
      const valueHead = terms.some(({ kind }) => kind === 'value')
      await withTrainer(model, { rank: 2, valueHead, matrices: ['attn_q', 'ffn_down'] }, async (trainer) => {
        await shake(trainer, 0.2)
        const worst = await worstDerivative(trainer, microBatch(VOCABULARY, terms))
        expect(worst.error, worst.name).toBeLessThan(1e-3)
      })
      await model.dispose()
    })
  }
})

describe.skipIf(!engine)('gradients', () => {
  if (!engine) return

  const gradientsOf = async (options: {
    plain?: boolean
    activations?: 'keep' | 'recompute'
    threads?: number
    dropout?: number
    products?: 'exact' | 'bf16'
  }) => {
    const { activations = 'keep', dropout = 0, ...compute } = options
    const model = await engine.loadModel(
      { architecture: microArchitecture('qwen3'), seed: 4 },
      { threads: 1, ...compute },
    )
    // Longer than a tile of attention.
    const batch = microBatch(VOCABULARY, crossEntropy, [300, 20, 70])
    const result = await withTrainer(model, { activations, dropout }, async (trainer) => {
      await shake(trainer, 0.1)
      return Float32Array.from([...(await trainer.gradients(batch)).values()].flatMap((gradient) => [...gradient]))
    })
    await model.dispose()
    return result
  }

  test('are the same with kept and with recomputed activations', async () => {
    expect(await gradientsOf({ activations: 'recompute' })).toEqual(await gradientsOf({}))
    expect(await gradientsOf({ activations: 'recompute', dropout: 0.3 })).toEqual(await gradientsOf({ dropout: 0.3 }))
    expect(relativeError(await gradientsOf({ dropout: 0.3 }), await gradientsOf({}))).toBeGreaterThan(0.1)
  })

  test('of TAID are those of the KL to its target as it is', async () => {
    const model = await engine.loadModel({ architecture: microArchitecture('qwen2'), seed: 4 }, { threads: 1 })
    const lambda = 0.6
    const batch = microBatch(VOCABULARY, [{ kind: 'taid', teacher, lambda }])
    await withTrainer(model, {}, async (trainer) => {
      await shake(trainer, 0.1)
      const scores = await model.score(batch.sequences, { trainer, logits: true })
      const student = scores.flatMap((one) => [...one.logits])
      const mixed = student.map((x, i) => (1 - lambda) * x + lambda * (teacher.logProbabilities[i] ?? 0))
      const target = Array.from({ length: rows }, (_, row) =>
        logSoftmax(mixed.slice(row * VOCABULARY, (row + 1) * VOCABULARY)),
      )
      const logProbabilities = Float32Array.from(target.flatMap((row) => [...row]))
      const fixed: Batch = { ...batch, losses: [{ kind: 'forward-kl', teacher: { logProbabilities } }] }
      const expected = await trainer.gradients(fixed)
      for (const [name, gradient] of await trainer.gradients(batch)) {
        expect(relativeError(gradient, expected.get(name) ?? [])).toBeLessThan(1e-4)
      }
      expect((await trainer.loss(batch)).loss).toBeCloseTo((await trainer.loss(fixed)).loss, 5)
    })
    await model.dispose()
  })

  test('of products that round to BF16 are nearly those of exact ones', async () => {
    const error = relativeError(await gradientsOf({ products: 'bf16' }), await gradientsOf({}))
    // Tiny shaken models are as sensitive as they get.
    expect(error).toBeLessThan(5e-2)
  })

  test('of the fused kernels are those of plain operators', async () => {
    expect(relativeError(await gradientsOf({}), await gradientsOf({ plain: true }))).toBeLessThan(1e-5)
    expect(relativeError(await gradientsOf({ threads: 2 }), await gradientsOf({}))).toBeLessThan(1e-5)
  })

  test('of packed sequences are the sum of those alone', async () => {
    const model = await engine.loadModel({ architecture: microArchitecture('llama'), seed: 4 }, { threads: 1 })
    const batch = microBatch(VOCABULARY, crossEntropy, [40, 9, 23])
    await withTrainer(model, {}, async (trainer) => {
      await shake(trainer, 0.1)
      const together = await trainer.gradients(batch)
      const alone: Map<string, Float32Array>[] = []
      for (const sequence of batch.sequences) alone.push(await trainer.gradients({ ...batch, sequences: [sequence] }))
      for (const [name, gradient] of together) {
        const sum = gradient.map((_, i) => alone.reduce((total, one) => total + (one.get(name)?.[i] ?? 0), 0))
        expect(relativeError(sum, gradient)).toBeLessThan(1e-5)
      }
    })
    await model.dispose()
  })
})
