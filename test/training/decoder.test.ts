import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Architecture, Decoder, DecodingTurn, Model, Trainer } from '../../src-main/training/index.ts'
import { testEngine } from '../support/engine.ts'

const engine = testEngine()
const VOCABULARY = 64
const shape: Architecture = {
  family: 'qwen2',
  layers: 3,
  embedding: 32,
  heads: 4,
  keyValueHeads: 2,
  headSize: 8,
  feedForward: 48,
  vocabulary: VOCABULARY,
  contextLength: 1024,
  normEpsilon: 1e-6,
  ropeBase: 10_000,
}
/** One letter a token; the last token ends a turn. */
const pieces = Array.from({ length: VOCABULARY }, (_, i) => String.fromCharCode(48 + i))
const vocabulary = { pieces, ends: [VOCABULARY - 1] }
const turn = (extra: Partial<DecodingTurn> = {}): DecodingTurn => ({
  slot: 0,
  context: [1, 2, 3],
  fresh: true,
  maxTokens: 12,
  temperature: 1.5,
  seed: 7,
  drawn: 0,
  stops: [],
  said: '',
  ...extra,
})
/** Contexts of very different lengths: some still read while others write. */
const contexts = [5, 210, 1, 40, 97, 300].map((length, i) =>
  Array.from({ length }, (_, at) => (7 * at + 11 * i + ((at * at) % 5)) % (VOCABULARY - 1)),
)

describe.skipIf(!engine)('a decoder', () => {
  if (!engine) return
  let model: Model
  let trainer: Trainer
  let decoder: Decoder

  beforeAll(async () => {
    model = await engine.loadModel({ architecture: shape, seed: 5 }, { threads: 1 })
    trainer = await model.createTrainer({ rank: 4, seed: 2 })
    for (const {
      name,
      shape: [width = 1, rows = 1],
    } of trainer.parameters) {
      // Without this, an adapter changes nothing: one of its factors begins at zero.
      const values = Float32Array.from({ length: width * rows }, (_, i) => Math.sin(0.37 * i + name.length) / 3)
      await trainer.assign(name, values)
    }
    decoder = model.createDecoder({ trainer, vocabulary, slots: contexts.length })
  })
  afterAll(async () => {
    await decoder.dispose()
    await trainer.dispose()
    await model.dispose()
  })

  const all = (seed: number, temperature = 1.5) =>
    contexts.map((context, slot) => turn({ slot, context, seed: seed + slot, temperature }))

  test.each(['qwen2', 'llama', 'qwen3'] as const)('says what the model finds most probable: %s', async (family) => {
    const other = await engine.loadModel({ architecture: { ...shape, family }, seed: 3 }, { threads: 1 })
    const greedy = other.createDecoder({ vocabulary: { pieces, ends: [] }, slots: 2 })
    for (const context of contexts.slice(0, 4)) {
      const { tokens } = await greedy.write(turn({ context, temperature: 0, maxTokens: 8 }))
      const whole = [...context, ...tokens]
      const rows = tokens.map((_, i) => context.length - 1 + i)
      const [scores] = await other.score([{ tokens: whole, rows }], { top: 1 })
      expect(tokens).toEqual([...(scores?.topTokens ?? [])])
    }
    await greedy.dispose()
    await other.dispose()
  })

  test('draws the same alone and beside others, with another seed something else', async () => {
    const alone: number[][] = []
    for (const one of all(7)) alone.push((await decoder.write(one)).tokens)
    const together = await Promise.all(all(7).map((one) => decoder.write(one)))
    expect(together.map(({ tokens }) => tokens)).toEqual(alone)
    const single = model.createDecoder({ trainer, vocabulary, slots: 1 })
    for (const [i, one] of all(7).entries()) {
      expect((await single.write({ ...one, slot: 0 })).tokens).toEqual(alone[i])
    }
    await single.dispose()
    const others = await Promise.all(all(700).map((one) => decoder.write(one)))
    expect(others.map(({ tokens }) => tokens)).not.toEqual(alone)
  })

  test('plays the adapter, not the bare model', async () => {
    const bare = model.createDecoder({ vocabulary, slots: 1 })
    const without = await bare.write(turn({ temperature: 0 }))
    await bare.dispose()
    expect((await decoder.write(turn({ temperature: 0 }))).tokens).not.toEqual(without.tokens)
  })

  test('draws as often as the probabilities say', async () => {
    const context = [4, 8, 15]
    const temperature = 0.3
    const [scores] = await model.score([{ tokens: [...context, 0], rows: [2] }], { trainer, top: VOCABULARY })
    const weights = [...(scores?.topLogProbabilities ?? [])].map((log) => Math.exp(log / temperature))
    const sum = weights.reduce((a, b) => a + b)
    const endless = model.createDecoder({ trainer, vocabulary: { pieces, ends: [] }, slots: 8 })
    const counts = new Array<number>(VOCABULARY).fill(0)
    const draws = 2000
    for (let seed = 0; seed < draws; seed += 8) {
      const one = (slot: number) => turn({ slot, context, seed: seed + slot, maxTokens: 1, temperature })
      const drawn = await Promise.all(Array.from({ length: 8 }, (_, slot) => endless.write(one(slot))))
      for (const { tokens } of drawn) for (const token of tokens) counts[token] = (counts[token] ?? 0) + 1
    }
    await endless.dispose()
    const chiSquared = weights.reduce((total, weight, i) => {
      const expected = (draws * weight) / sum
      return total + ((counts[scores?.topTokens[i] ?? -1] ?? 0) - expected) ** 2 / expected
    }, 0)
    // 63 degrees of freedom: mean 63, deviation 11.2.
    expect(chiSquared).toBeLessThan(63 + 5 * 11.2)
  })

  test('goes on from what it holds, as if it had never stopped', async () => {
    const whole = await decoder.write(turn({ maxTokens: 10 }))
    const first = await decoder.write(turn({ maxTokens: 4 }))
    const context = [1, 2, 3, ...first.tokens]
    const second = await decoder.write(turn({ context, fresh: false, drawn: 4, maxTokens: 6 }))
    // The last token was drawn, but not computed.
    expect(second.cached).toBe(context.length - 1)
    expect([...first.tokens, ...second.tokens]).toEqual(whole.tokens)
    const elsewhere = await decoder.write(turn({ context: [1, 2, 9, 9, 9], fresh: false, maxTokens: 1 }))
    expect(elsewhere.cached).toBe(2)
  })

  test('rests at a mark that several tokens spell, and goes on when it is said to be none', async () => {
    const free = await decoder.write(turn())
    const said = free.tokens.map((token) => pieces[token]).join('')
    const mark = said.slice(2, 5)
    const marked = await decoder.write(turn({ stops: [mark] }))
    expect(marked).toMatchObject({ reason: 'stop', tokens: free.tokens.slice(0, 5) })
    const rest = { context: [1, 2, 3, ...marked.tokens], fresh: false, drawn: 5, maxTokens: 7 }
    const further = await decoder.write(turn({ ...rest, stops: [mark], said: said.slice(0, 5) }))
    expect(further.tokens).toEqual(free.tokens.slice(5, 5 + further.tokens.length))
    expect(further.tokens.length).toBeGreaterThan(0)
  })

  test('ends with a token that ends turns, and keeps it for itself', async () => {
    const free = await decoder.write(turn({ maxTokens: 6 }))
    const last = free.tokens[3] as number
    const at = free.tokens.indexOf(last)
    const ending = model.createDecoder({ trainer, vocabulary: { pieces, ends: [last] }, slots: 1 })
    expect(await ending.write(turn({ maxTokens: 6 }))).toMatchObject({
      reason: 'end-of-turn',
      tokens: free.tokens.slice(0, at),
    })
    await ending.dispose()
  })

  test('stops one of several when told to', async () => {
    const endless = model.createDecoder({ trainer, vocabulary: { pieces, ends: [] }, slots: 2 })
    const stop = new AbortController()
    const long = endless.write(turn({ maxTokens: 1000 }), stop.signal)
    const other = endless.write(turn({ slot: 1, maxTokens: 30 }))
    stop.abort()
    expect((await long).reason).toBe('aborted')
    expect(await other).toMatchObject({ reason: 'limit', tokens: { length: 30 } })
    expect(await endless.write(turn({ maxTokens: 3 }), stop.signal)).toMatchObject({ reason: 'aborted', tokens: [] })
    await endless.dispose()
  })

  test.each<[string, Partial<DecodingTurn>]>([
    ['an empty context', { context: [] }],
    ['a token that there is none', { context: [VOCABULARY] }],
    ['a slot that there is none', { slot: 99 }],
    ['more than the model can hold', { maxTokens: 1024 }],
    ['no token at all', { maxTokens: 0 }],
    ['a negative temperature', { temperature: -1 }],
  ])('refuses %s, and works on', async (_, wrong) => {
    await expect(decoder.write(turn(wrong))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect((await decoder.write(turn({ maxTokens: 2 }))).tokens.length).toBeLessThanOrEqual(2)
  })

  test('refuses a vocabulary that is not the model’s', () => {
    expect(() => model.createDecoder({ vocabulary: { pieces: ['a'], ends: [] }, slots: 1 })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    )
  })
})
