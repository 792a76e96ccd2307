import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { randomStream } from '../../src-main/contract/index.ts'
import type { Batch, Model } from '../../src-main/training/index.ts'
import { root } from '../support/data.ts'
import { relativeError, testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { centered, llamaLogProbabilities } from '../support/llama.ts'
import { microArchitecture, microBatch, shake, withTrainer } from '../support/micro.ts'
import { cannotRun } from '../support/skip.ts'

const engine = testEngine()
const folder = temporaryFolder()
const base = join(folder, 'base.gguf')
const tokens = Array.from({ length: 40 }, (_, i) => (i * 389 + 17) % 1500)
const rows = [0, 11, 39]

/** A sequence is random numbers, a separator, and the same numbers again: attention must look them up. */
function copying(count: number, seed: number): Batch {
  const next = randomStream(seed)
  const sequences = Array.from({ length: count }, () => {
    const numbers = Array.from({ length: 6 }, () => 1 + Math.floor(next() * 8))
    return { tokens: [...numbers, 0, ...numbers], rows: [6, 7, 8, 9, 10, 11] }
  })
  return { sequences, losses: [{ kind: 'cross-entropy' }] }
}

async function shareCopied(model: Model): Promise<number> {
  const { sequences } = copying(32, 12345)
  const scores = await model.score(sequences, { top: 1 })
  const hits = scores.flatMap(({ topTokens }, i) =>
    [...topTokens].map((token, j) => token === sequences[i]?.tokens[7 + j]),
  )
  return hits.filter(Boolean).length / hits.length
}

describe.skipIf(!engine)('training', () => {
  if (!engine) return

  beforeAll(async () => writeRandomModel(base, { tokenizer: await tokenizerOf(), deviation: 0.15 }))

  test('overfits a handful of sequences with an adapter', async () => {
    // Large embeddings: with the head frozen they bound how sure the model can become.
    const path = join(folder, 'sure.gguf')
    writeRandomModel(path, { tokenizer: await tokenizerOf(), deviation: 0.4 })
    const model = await engine.loadModel({ path }, { threads: 1 })
    const batch = microBatch(1500, [{ kind: 'cross-entropy' }], [16, 12, 9])
    await withTrainer(model, { rank: 8, alpha: 16 }, async (trainer) => {
      const { loss } = await trainer.step([batch], { learningRate: 1e-2 })
      expect(loss).toBeGreaterThan(3)
      let last = loss
      for (let i = 0; i < 120; i++) ({ loss: last } = await trainer.step([batch], { learningRate: 5e-3, maxNorm: 1 }))
      expect(last).toBeLessThan(0.02)
    })
    await model.dispose()
  })

  test('from a random start learns to copy', async () => {
    const architecture = microArchitecture('qwen2', { vocabulary: 9, embedding: 48, headSize: 12, feedForward: 96 })
    const model = await engine.loadModel({ architecture, seed: 3 }, { threads: 1, full: true })
    await withTrainer(model, { mode: 'full' }, async (trainer) => {
      for (let step = 0; step < 700; step++) {
        const learningRate = 4e-3 * Math.min(1, (step + 1) / 20) * Math.min(1, (700 - step) / 200)
        await trainer.step([copying(24, step)], { learningRate, maxNorm: 1, beta2: 0.98 })
        if (step % 50 === 49 && (await shareCopied(model)) === 1) break
      }
    })
    expect(await shareCopied(model)).toBe(1)
    await model.dispose()
  })

  test('accumulates gradients over batches', async () => {
    const model = await engine.loadModel({ architecture: microArchitecture('llama'), seed: 4 }, { threads: 1 })
    const batch = microBatch(50, [{ kind: 'cross-entropy' }], [20, 9])
    const parts = batch.sequences.map((sequence) => ({ ...batch, sequences: [sequence] }))
    const after = (batches: Batch[]) =>
      withTrainer(model, { rank: 2 }, async (trainer) => {
        const { gradientNorm, loss } = await trainer.step(batches, { learningRate: 1e-3 })
        return { gradientNorm, loss, value: await trainer.read('blk.0.ffn_up.weight.lora_b') }
      })
    const whole = await after([batch])
    const split = await after(parts)
    expect(split.loss).toBeCloseTo(whole.loss, 5)
    expect(split.gradientNorm).toBeCloseTo(whole.gradientNorm, 5)
    expect(relativeError(split.value, whole.value)).toBeLessThan(1e-2)
    await model.dispose()
  })

  test('goes on bit for bit from a saved state', async () => {
    const model = await engine.loadModel({ architecture: microArchitecture('qwen3'), seed: 4 }, { threads: 1 })
    const options = { rank: 2, dropout: 0.2, valueHead: true, seed: 5 }
    const batch = microBatch(50, [{ kind: 'cross-entropy' }], [20, 9])
    const state = join(folder, 'state.gguf')
    const settings = { learningRate: 1e-2, weightDecay: 0.1 }
    const straight = await withTrainer(model, options, async (trainer) => {
      for (let i = 0; i < 3; i++) await trainer.step([batch], settings)
      await trainer.save(state)
      for (let i = 0; i < 3; i++) await trainer.step([batch, batch], settings)
      return { steps: trainer.steps, a: await trainer.read('blk.1.attn_q.weight.lora_a') }
    })
    const resumed = await withTrainer(model, options, async (trainer) => {
      await trainer.restore(state)
      for (let i = 0; i < 3; i++) await trainer.step([batch, batch], settings)
      return { steps: trainer.steps, a: await trainer.read('blk.1.attn_q.weight.lora_a') }
    })
    expect(resumed).toEqual(straight)
    await withTrainer(model, { ...options, rank: 3 }, async (trainer) => {
      await expect(trainer.restore(state)).rejects.toMatchObject({ code: 'ADAPTER_MISMATCH' })
    })
    await model.dispose()
  })

  test("an adapter changes llama.cpp's probabilities exactly as the engine says", async () => {
    const adapter = join(folder, 'adapter.gguf')
    const merged = join(folder, 'merged.gguf')
    const model = await engine.loadModel({ path: base }, { threads: 1 })
    const vocabulary = model.architecture.vocabulary
    const options = {
      rank: 4,
      alpha: 12,
      matrices: ['attn_q', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_down'] as const,
    }
    const scores = await withTrainer(model, options, async (trainer) => {
      await shake(trainer, 0.1)
      await trainer.exportAdapter(adapter, { name: 'test', base: 'random', origin: 'test/training' })
      await model.write({ path: merged, type: 'f16' }, trainer)
      return (await model.score([{ tokens, rows }], { trainer, logits: true }))[0]?.logits ?? new Float32Array()
    })
    const plain = (await model.score([{ tokens, rows }], { logits: true }))[0]?.logits ?? new Float32Array()
    expect(relativeError(plain, scores)).toBeGreaterThan(0.05)
    const loaded = await llamaLogProbabilities(base, tokens, rows, adapter)
    const whole = await llamaLogProbabilities(merged, tokens, rows)
    for (const i of rows.keys()) {
      const row = centered(scores.subarray(i * vocabulary, (i + 1) * vocabulary))
      expect(relativeError(centered(loaded[i] ?? []), row)).toBeLessThan(1e-4)
      expect(relativeError(centered(whole[i] ?? []), row)).toBeLessThan(1e-2)
    }

    const described = await engine.inspectAdapter(adapter)
    expect(described).toEqual({ ...options, matrices: [...options.matrices] })
    await withTrainer(model, described, async (trainer) => {
      await trainer.importAdapter(adapter)
      const [again] = await model.score([{ tokens, rows }], { trainer, logits: true })
      expect(again?.logits).toEqual(scores)
    })
    await withTrainer(model, { rank: 5 }, async (trainer) => {
      await expect(trainer.importAdapter(adapter)).rejects.toMatchObject({ code: 'ADAPTER_MISMATCH' })
    })
    await model.dispose()
  })

  test('writes models in each type', async () => {
    const model = await engine.loadModel({ path: base }, { threads: 1 })
    const [expected] = await model.score([{ tokens, rows }], { logits: true })
    for (const [type, bound] of [
      ['f32', 1e-6],
      ['bf16', 5e-2],
      ['q8_0', 5e-2],
    ] as const) {
      const path = join(folder, `${type}.gguf`)
      await model.write({ path, type })
      const copy = await engine.loadModel({ path }, { threads: 1 })
      const [scores] = await copy.score([{ tokens, rows }], { logits: true })
      expect(relativeError(scores?.logits ?? [], expected?.logits ?? [])).toBeLessThan(bound)
      await copy.dispose()
    }
    await model.dispose()
  })

  test.skipIf(
    cannotRun(
      process.platform !== 'linux' || process.getuid?.() !== 0,
      'a small disk can only be mounted by root on Linux',
    ),
  )('a full disk leaves the previous file', async () => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { stdio: 'ignore' })
    } catch {
      console.warn('skipped: file systems cannot be mounted here')
      return
    }
    try {
      const model = await engine.loadModel({ architecture: microArchitecture('llama'), seed: 4 }, { threads: 1 })
      const path = join(disk, 'adapter.gguf')
      await withTrainer(model, { rank: 2 }, (trainer) =>
        trainer.exportAdapter(path, { name: 'a', base: 'b', origin: 'c' }),
      )
      const before = readFileSync(path)
      await withTrainer(model, { rank: 512 }, async (trainer) => {
        const written = trainer.exportAdapter(path, { name: 'a', base: 'b', origin: 'c' })
        await expect(written).rejects.toMatchObject({ code: 'DISK_FULL' })
      })
      expect(readFileSync(path).equals(before)).toBe(true)
      expect(existsSync(`${path}.partial`)).toBe(false)
      await model.dispose()
    } finally {
      execFileSync('umount', [disk])
    }
  })

  test('loads in a process of its own, before and after node-llama-cpp', () => {
    const script = (order: string) => `
      const { openEngine } = await import(${JSON.stringify(join(root, 'src-main/training/index.ts'))})
      const llama = async () => (await import('node-llama-cpp')).getLlama({ gpu: false, build: 'never', skipDownload: true })
      ${order}
      const model = await engine.loadModel({ path: ${JSON.stringify(base)} }, { threads: 1 })
      const [scores] = await model.score([{ tokens: [1, 2, 3], rows: [1] }], { logProbabilities: true })
      await model.dispose()
      console.log(scores.logProbabilities[0].toFixed(6), engine.devices.length)
    `
    const results = ['const engine = openEngine(); await llama()', 'await llama(); const engine = openEngine()'].map(
      (order) => {
        const file = join(root, 'test/training', `.order-${order.length}.mjs`)
        writeFileSync(file, script(order))
        try {
          return execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
            encoding: 'utf8',
          }).trim()
        } finally {
          execFileSync('rm', [file])
        }
      },
    )
    expect(results[0]).toMatch(/^-\d/)
    expect(results[1]).toBe(results[0])
  })
})
