import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Batch } from '../../src-main/training/index.ts'
import { testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { text, tinyShape, tokenizerOf, u32, writeGguf, writeRandomModel } from '../support/gguf.ts'
import { microArchitecture, microBatch, randomTeacher, rowsOf, withTrainer } from '../support/micro.ts'

const engine = testEngine()
const folder = temporaryFolder()
const model = join(folder, 'model.gguf')
const adapter = join(folder, 'adapter.gguf')
const crossEntropy: Batch['losses'] = [{ kind: 'cross-entropy' }]
const source = { architecture: microArchitecture('qwen2'), seed: 1 }

describe.skipIf(!engine)('bad input', () => {
  if (!engine) return

  beforeAll(async () => {
    const full = await tokenizerOf()
    // A short vocabulary, so that damage falls on what matters as well.
    const tokenizer = {
      ...full,
      'tokenizer.ggml.tokens': { type: 'strings', value: ['a', 'b', 'c', 'd'] },
    } as typeof full
    delete tokenizer['tokenizer.ggml.merges']
    delete tokenizer['tokenizer.ggml.token_type']
    writeRandomModel(model, { tokenizer, shape: { ...tinyShape, embedding: 32, heads: 1, feedForward: 32, layers: 1 } })
    const loaded = await engine.loadModel({ path: model }, { threads: 1 })
    await withTrainer(loaded, { rank: 1 }, (trainer) =>
      trainer.exportAdapter(adapter, { name: 'a', base: 'b', origin: 'c' }),
    )
    await loaded.dispose()
  })

  test('models that are missing, no models, truncated or of other kinds are named as such', async () => {
    const write = (name: string, content: Buffer | string) => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    const load = (path: string) => engine.loadModel({ path }, { threads: 1 })
    await expect(load(join(folder, 'missing.gguf'))).rejects.toMatchObject({ code: 'MODEL_MISSING' })
    await expect(load(write('text.gguf', 'hello'))).rejects.toMatchObject({ code: 'MODEL_NOT_GGUF' })
    const whole = readFileSync(model)
    await expect(load(write('cut.gguf', whole.subarray(0, whole.length - 100)))).rejects.toMatchObject({
      code: 'MODEL_TRUNCATED',
    })
    const path = join(folder, 'gemma.gguf')
    writeGguf(path, { metadata: { 'general.architecture': text('gemma3') }, tensors: [] })
    await expect(engine.inspectModel(path)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('gemma3'),
    })
    writeRandomModel(path, { tokenizer: {}, metadata: { 'qwen2.expert_count': u32(8) } })
    await expect(engine.inspectModel(path)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' })
  })

  test('a damaged model, adapter or state is an error, never a crash', async () => {
    const state = join(folder, 'state.gguf')
    const base = await engine.loadModel({ path: model }, { threads: 1 })
    const trainer = await base.createTrainer({ rank: 1 })
    await trainer.save(state)
    for (const [file, open] of [
      [model, (path: string) => engine.loadModel({ path }, { threads: 1 }).then((loaded) => loaded.dispose())],
      [adapter, (path: string) => engine.inspectAdapter(path)],
      [adapter, (path: string) => trainer.importAdapter(path)],
      [state, (path: string) => trainer.restore(path)],
    ] as const) {
      const whole = readFileSync(file)
      const path = join(folder, 'damaged.gguf')
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(Math.min(whole.length, 3000) - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
          fc.option(fc.nat(whole.length), { freq: 5 }),
          async (changes, length) => {
            const bytes = Buffer.from(whole)
            for (const [at, value] of changes) bytes[at] = value
            writeFileSync(path, length === null ? bytes : bytes.subarray(0, length))
            const outcome = await open(path).then(
              () => 'fine',
              (error: { code?: string }) => error.code,
            )
            expect(outcome).toMatch(/^(fine|MODEL_\w+|ADAPTER_MISMATCH|TRAINING_MEMORY)$/)
          },
        ),
        { numRuns: 150 },
      )
    }
    await trainer.dispose()
    await base.dispose()
  })

  test('batches that cannot be are refused and change nothing', async () => {
    const loaded = await engine.loadModel(source, { threads: 1 })
    const good = microBatch(50, crossEntropy)
    const rows = rowsOf(good)
    const sequence = good.sequences[0] ?? { tokens: [], rows: [] }
    const bad: Record<string, Batch> = {
      'a token outside the vocabulary': { ...good, sequences: [{ tokens: [1, 50], rows: [0] }] },
      'a negative token': { ...good, sequences: [{ tokens: [-1, 5], rows: [0] }] },
      'a token that is no whole number': { ...good, sequences: [{ tokens: [1.5, 5], rows: [0] }] },
      'no sequences': { ...good, sequences: [] },
      'an empty sequence': { ...good, sequences: [sequence, { tokens: [], rows: [] }] },
      'no rows': { ...good, sequences: [{ tokens: [1, 2], rows: [] }] },
      'a row behind the end': { ...good, sequences: [{ tokens: [1, 2], rows: [2] }] },
      'rows that do not ascend': { ...good, sequences: [{ tokens: [1, 2, 3], rows: [1, 1] }] },
      'a last row without a label': { ...good, sequences: [{ tokens: [1, 2], rows: [1] }] },
      'weights of another number': { ...good, sequences: [{ ...sequence, weights: [1] }] },
      'a sequence longer than the context': { ...good, sequences: [{ tokens: new Int32Array(513), rows: [0] }] },
      'a weight that is no number': { ...good, sequences: [{ tokens: [1, 2], rows: [0], weights: [Number.NaN] }] },
      'a teacher with another vocabulary': {
        ...good,
        losses: [{ kind: 'forward-kl', teacher: randomTeacher(rows, 49) }],
      },
      'a teacher with too few rows': {
        ...good,
        losses: [{ kind: 'forward-kl', teacher: randomTeacher(rows - 1, 50, 5) }],
      },
      'a value loss without a value head': {
        ...good,
        losses: [{ kind: 'value', oldValues: new Float32Array(rows), returns: new Float32Array(rows) }],
      },
      'advantages of another number': {
        ...good,
        losses: [{ kind: 'policy', oldLogProbabilities: new Float32Array(rows), advantages: new Float32Array(1) }],
      },
      'no loss': { ...good, losses: [] },
    }
    await withTrainer(loaded, {}, async (trainer) => {
      const before = await trainer.read('blk.0.attn_q.weight.lora_b')
      for (const [name, batch] of Object.entries(bad)) {
        const step = trainer.step([good, batch], { learningRate: 1e-2 })
        await expect(step, name).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      }
      await expect(trainer.step([], { learningRate: 1 })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      await expect(trainer.step([good], { learningRate: Number.NaN })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      await expect(trainer.read('nothing')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      await expect(trainer.assign('blk.0.attn_q.weight.lora_b', new Float32Array(3))).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      })
      expect(await trainer.read('blk.0.attn_q.weight.lora_b')).toEqual(before)
      expect(trainer.steps).toBe(0)
    })
    for (const options of [
      { rank: 0 },
      { rank: 1.5 },
      { alpha: -1 },
      { dropout: 1 },
      { matrices: [] },
      { mode: 'full' as const },
    ]) {
      const created = loaded.createTrainer(options)
      if ('mode' in options) await (await created).dispose()
      else await expect(created).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
    await loaded.dispose()
    await expect(loaded.score([{ tokens: [1], rows: [0] }])).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(engine.loadModel(source, { threads: 0 })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(engine.loadModel(source, { device: 'none' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('a loss that is no number names the sequence and leaves the weights', async () => {
    const loaded = await engine.loadModel(source, { threads: 1 })
    await withTrainer(loaded, {}, async (trainer) => {
      const name = 'blk.0.attn_q.weight.lora_a'
      const batch = microBatch(50, crossEntropy)
      await trainer.step([batch], { learningRate: 1e-3 })
      const value = await trainer.read(name)
      await trainer.assign(
        name,
        value.map(() => Number.NaN),
      )
      const step = trainer.step([batch], { learningRate: 1e-3 })
      await expect(step).rejects.toMatchObject({
        code: 'TRAINING_NOT_FINITE',
        message: expect.stringContaining('sequence 0'),
      })
      expect(trainer.steps).toBe(1)
      await trainer.assign(name, value)
      expect((await trainer.step([batch], { learningRate: 1e-3 })).step).toBe(2)
    })
    await loaded.dispose()
  })

  test('a stopped step leaves the state as it was', async () => {
    const loaded = await engine.loadModel(
      { architecture: microArchitecture('qwen3', { layers: 8, embedding: 128 }), seed: 1 },
      { threads: 1 },
    )
    await withTrainer(loaded, {}, async (trainer) => {
      const batch = microBatch(50, crossEntropy, [200, 200])
      await trainer.step([batch], { learningRate: 1e-3 })
      const before = await trainer.gradients(batch)
      const stop = new AbortController()
      const step = trainer.step(
        Array.from({ length: 50 }, () => batch),
        {
          learningRate: 1e-3,
          signal: stop.signal,
          onProgress: (done) => done === 2 && setTimeout(() => stop.abort(), 3),
        },
      )
      const start = performance.now()
      await expect(step).rejects.toMatchObject({ name: 'AbortError' })
      expect(performance.now() - start).toBeLessThan(5000)
      expect(trainer.steps).toBe(1)
      expect(await trainer.gradients(batch)).toEqual(before)
      await expect(trainer.step([batch], { learningRate: 1e-3, signal: AbortSignal.abort() })).rejects.toThrow()
    })
    await loaded.dispose()
  })

  test('what does not fit into memory is refused before it is allocated, with what would fit', async () => {
    await expect(engine.loadModel({ path: model }, { memoryLimit: 1000 })).rejects.toMatchObject({
      code: 'TRAINING_MEMORY',
    })
    const loaded = await engine.loadModel(source, { threads: 1, memoryLimit: 2 * 2 ** 20 })
    await withTrainer(loaded, { rank: 2 }, async (trainer) => {
      const step = trainer.step([microBatch(50, crossEntropy, [500, 500, 500])], { learningRate: 1e-3 })
      const error = await step.then(
        () => null,
        (thrown: { code: string; value: { action: string } }) => thrown,
      )
      expect(error?.code).toBe('TRAINING_MEMORY')
      expect(error?.value.action).toMatch(/at most \d+ tokens/)
    })
    await loaded.dispose()
  })
})

describe.skipIf(!engine)('the memory estimate', () => {
  if (!engine) return

  for (const activations of ['keep', 'recompute'] as const) {
    for (const plain of [false, true]) {
      test(`is right within 15 % with activations ${activations}${plain ? ', with plain operators' : ''}`, async () => {
        const trainerOptions = { rank: 4, activations }
        const compute = { threads: 1, plain }
        const batch = microBatch(50, crossEntropy, [300, 120])
        const lengths = batch.sequences.map(({ tokens }) => tokens.length)
        const before = await engine.estimate(
          source,
          { lengths, rows: rowsOf(batch) },
          { ...compute, trainer: trainerOptions },
        )
        const loaded = await engine.loadModel(source, compute)
        await withTrainer(loaded, trainerOptions, async (trainer) => {
          await trainer.step([batch], { learningRate: 1e-3 })
          expect(Math.abs(trainer.memory.total / before.total - 1)).toBeLessThan(0.15)
        })
        await loaded.dispose()
      })
    }
  }
})
