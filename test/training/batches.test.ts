import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runConfigSchema, seedFor } from '../../src-main/contract/index.ts'
import { packs, updateBatches } from '../../src-main/training/loop/batches.ts'
import { learningRates } from '../../src-main/training/loop/rates.ts'
import { recipe } from '../../src-main/training/loop/recipe.ts'
import { generatedRows, learningEpisode } from '../../src-main/training/objectives/episode.ts'
import { shuffled, takeShuffled } from '../../src-main/training/random.ts'
import { testEngine } from '../support/engine.ts'
import { microArchitecture, shake, withTrainer } from '../support/micro.ts'

const engine = testEngine()
const segments = fc.array(
  fc.record({
    kind: fc.constantFrom('response' as const, 'observation' as const),
    tokens: fc.array(fc.integer({ min: 0, max: 49 }), { maxLength: 6 }),
  }),
  { maxLength: 5 },
)
const episodes = fc.array(
  segments.map((rest) => learningEpisode({ segments: [{ kind: 'prompt', tokens: [1, 2, 3] }, ...rest] })),
  { maxLength: 6 },
)

describe('the batches of an update', () => {
  test('have rows before generated tokens only, and count each of them alike', () => {
    fc.assert(
      fc.property(episodes, fc.integer({ min: 1, max: 40 }), (all, limit) => {
        const items = all.map((episode) => ({ episode, sequence: generatedRows(episode) }))
        const batches = updateBatches(items, limit, () => [])
        const generated = all.reduce((sum, episode) => sum + episode.generatedTokens, 0)
        const weights = batches.flatMap(({ sequences }) =>
          sequences.flatMap(({ weights }) => Array.from(weights ?? [])),
        )
        expect(weights).toHaveLength(generated)
        if (generated > 0) expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4)
        for (const { tokens, rows, generated: mask } of all) {
          const own = [...generatedRows({ tokens, rows, generated: mask, generatedTokens: 0 }).rows]
          // Behind the prompt of three tokens, the i-th token is predicted at row i + 2.
          expect(own).toEqual([...mask].flatMap((one, i) => (one === 1 ? [i + 2] : [])))
        }
      }),
      { numRuns: 60 },
    )
  })

  test('are no larger than they may be, unless one episode is', () => {
    fc.assert(
      fc.property(episodes, fc.integer({ min: 1, max: 40 }), (all, limit) => {
        const items = all.map((episode) => ({ episode, sequence: generatedRows(episode) }))
        const packed = packs(items, limit)
        expect(packed.flat()).toEqual(items.filter(({ sequence }) => sequence.rows.length > 0))
        for (const pack of packed) {
          const tokens = pack.reduce((sum, { sequence }) => sum + sequence.tokens.length, 0)
          expect(pack.length === 1 || tokens <= limit).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })

  test.skipIf(!engine)('give no gradient for what the environment said', async () => {
    if (!engine) return
    const model = await engine.loadModel({ architecture: microArchitecture('qwen2'), seed: 4 }, { threads: 1 })
    await withTrainer(model, { rank: 2 }, async (trainer) => {
      await shake(trainer, 0.1)
      const episode = (last: number) =>
        learningEpisode({
          segments: [
            { kind: 'prompt', tokens: [1, 2, 3] },
            { kind: 'response', tokens: [4, 5] },
            { kind: 'observation', tokens: [6, 7, last] },
          ],
        })
      // The last token of the information is predicted by others and predicts nothing: it may be any.
      const gradients = async (last: number) => {
        const [batch] = updateBatches([{ sequence: generatedRows(episode(last)) }], 100, () => [
          { kind: 'cross-entropy' },
        ])
        return batch ? trainer.gradients(batch) : null
      }
      const one = await gradients(8)
      expect(Math.max(...(one?.get('blk.0.attn_q.weight.lora_a') ?? []).map(Math.abs))).toBeGreaterThan(0)
      expect(await gradients(30)).toEqual(one)
    })
    await model.dispose()
  })
})

describe('what comes next', () => {
  const items = ['a', 'b', 'c', 'd', 'e']

  test('is every thing once per pass, from wherever one goes on', () => {
    const ten = takeShuffled(items, 0, 10, 7)
    expect(ten.slice(0, 5).toSorted()).toEqual(items)
    expect(ten.slice(5).toSorted()).toEqual(items)
    for (const from of [0, 3, 5, 7]) expect(takeShuffled(items, from, 10 - from, 7)).toEqual(ten.slice(from))
    expect(takeShuffled([], 0, 3, 7)).toEqual([])
  })

  test('depends on the seed and on nothing else', () => {
    expect(shuffled(items, 1)).toEqual(shuffled(items, 1))
    expect(new Set(Array.from({ length: 20 }, (_, seed) => shuffled(items, seed).join(''))).size).toBeGreaterThan(10)
    expect(seedFor(1, 'play', 2)).not.toBe(seedFor(1, 'play', 3))
  })
})

describe('a recipe', () => {
  const phases = (config: object) => recipe(runConfigSchema.parse(config)).map(({ kind }) => kind)

  test('has the cold start where the method or the person wants it', () => {
    expect(phases({})).toEqual(['distillation', 'reinforcement'])
    expect(phases({ coldStart: false })).toEqual(['reinforcement'])
    expect(phases({ method: 'ppo' })).toEqual(['reinforcement'])
    expect(phases({ method: 'grpo', coldStart: true })).toEqual(['distillation', 'reinforcement'])
    expect(phases({ order: 'reversed' })).toEqual(['reinforcement', 'distillation'])
    expect(phases({ method: 'taid' })).toEqual(['distillation'])
  })
})

describe('learning rates', () => {
  const rates = (config: object, width: number) => learningRates(runConfigSchema.parse(config), width)

  test('fall with the width, and are smaller where all weights are trained', () => {
    const near = (value: number) => expect.closeTo(value, 8)
    const full = { tuning: { mode: 'full' } }
    expect(rates({}, 128)).toEqual({ distillation: near(3e-3), actor: near(1e-3), critic: near(1e-3) })
    expect(rates(full, 128)).toEqual({ distillation: near(1e-3), actor: near(1e-4), critic: near(1e-3) })
    expect(rates({}, 896).distillation).toBeCloseTo(4.3e-4, 5)
  })

  test('are those of the settings where they are named', () => {
    const named = { distillation: { learningRate: 1 }, reinforcement: { learningRate: 2, criticLearningRate: 5 } }
    expect(rates(named, 128)).toEqual({ distillation: 1, actor: 2, critic: 5 })
  })
})
