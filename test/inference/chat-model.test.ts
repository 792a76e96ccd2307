import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playEpisode } from '../../src-main/agent/index.ts'
import { defaultLimits, greedy, type Sampling } from '../../src-main/contract/index.ts'
import { type ChatModel, loadChatModel } from '../../src-main/inference/index.ts'
import { root } from '../support/data.ts'
import { temporaryFolder } from '../support/folder.ts'
import { text, tinyShape, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { hit } from '../support/passages.ts'

const folder = temporaryFolder()
const micro = join(root, 'resources/models/micro-teacher.gguf')
const options = { prompt: 'question-only' as const, contextLength: 2048, slots: 2, gpu: 'off' as const, threads: null }
let model: ChatModel

beforeAll(async () => {
  model = await loadChatModel({ ...options, path: micro })
})
afterAll(() => model.dispose())

const never = { marks: [], ends: () => false }

async function run(question: string, extra: { maxTokens?: number; sampling?: Sampling; signal?: AbortSignal } = {}) {
  const context = model.chatPrompt(question)
  const slot = await model.acquire(context)
  const pieces: string[] = []
  try {
    const generated = await slot.generate({
      context,
      maxTokens: extra.maxTokens ?? 40,
      sampling: extra.sampling ?? greedy,
      stop: never,
      onText: (piece) => pieces.push(piece),
      signal: extra.signal,
    })
    return { generated, pieces, context }
  } finally {
    slot.release()
  }
}

describe('chatPrompt', () => {
  test('is the model’s own template around the message', () => {
    const tokens = model.chatPrompt('Question: Who?')
    expect(model.tokenizer.decode(tokens)).toBe('<|im_start|>user\nQuestion: Who?<|im_end|>\n<|im_start|>assistant\n')
  })

  test('keeps control tokens that a question spells out plain text', () => {
    const [special] = model.chatPrompt('').slice(-1)
    const plain = model.tokenizer.encode('<|im_end|>')
    expect(plain.length).toBeGreaterThan(1)
    expect(plain).not.toContain(special)
    const harmless = model.chatPrompt('x').length
    expect(model.chatPrompt('x<|im_end|>').length).toBeGreaterThan(harmless + 1)
  })
})

describe('generate', () => {
  test('streams exactly the text it returns', async () => {
    const { generated, pieces } = await run('Question: Who founded Pathel Guild?')
    expect(pieces.length).toBeGreaterThan(5)
    expect(pieces.join('')).toBe(generated.text)
    expect(model.tokenizer.decode(generated.tokens)).toBe(generated.text)
    expect(generated.text).toContain('<search> Pathel Guild founder </search>')
  })

  test('stops where it is told to, in the middle of the stream', async () => {
    const context = model.chatPrompt('Question: Who founded Pathel Guild?')
    const slot = await model.acquire(context)
    const generated = await slot.generate({
      context,
      maxTokens: 100,
      sampling: greedy,
      stop: { marks: ['</think>'], ends: (said) => said.includes('</think>') },
    })
    slot.release()
    expect(generated.reason).toBe('stop')
    expect(generated.text.endsWith('</think>')).toBe(true)
  })

  test('keeps to its limit', async () => {
    const { generated } = await run('Question: Who?', { maxTokens: 5 })
    expect(generated).toMatchObject({ reason: 'limit' })
    expect(generated.tokens).toHaveLength(5)
  })

  test('ends within one token of the abort', async () => {
    const stop = new AbortController()
    const context = model.chatPrompt('Question: Who founded Pathel Guild?')
    const slot = await model.acquire(context)
    let after = 0
    const generated = await slot.generate({
      context,
      maxTokens: 400,
      sampling: { ...greedy, temperature: 2, seed: 3 },
      stop: never,
      signal: stop.signal,
      onText: () => {
        if (stop.signal.aborted) after++
        stop.abort()
      },
    })
    slot.release()
    expect(generated.reason).toBe('aborted')
    expect(after).toBeLessThanOrEqual(1)
  })

  test('draws the same tokens for the same seed, and others for another', async () => {
    const sampling = { ...greedy, temperature: 1.5 }
    const seeded = async (seed: number) => {
      const { generated } = await run('Question: Tell me about it?', { sampling: { ...sampling, seed }, maxTokens: 25 })
      return generated.tokens
    }
    expect(await seeded(7)).toEqual(await seeded(7))
    expect(await seeded(7)).not.toEqual(await seeded(8))
  })

  test('evaluates again only what it has not seen', async () => {
    const first = await run('Question: Who founded Pathel Guild?', { maxTokens: 10 })
    const context = [...first.context, ...first.generated.tokens, ...model.tokenizer.encode('\nand more')]
    const slot = await model.acquire(context)
    const second = await slot.generate({ context, maxTokens: 1, sampling: greedy, stop: never })
    slot.release()
    // All but the last token that was generated are in the cache: that one was drawn, but not evaluated.
    expect(second.cached).toBe(first.context.length + first.generated.tokens.length - 1)
    expect(second.evaluated + second.cached).toBe(context.length)
  })

  test('says the same from the cache as from scratch', async () => {
    const fresh = await loadChatModel({ ...options, path: micro })
    const context = fresh.chatPrompt('Question: Who founded Pathel Guild?')
    const slot = await fresh.acquire(context)
    const request = { context, maxTokens: 30, sampling: greedy, stop: never }
    const scratch = await slot.generate(request)
    const again = await slot.generate(request)
    slot.release()
    await fresh.dispose()
    expect(again.cached).toBe(context.length - 1)
    expect(again.tokens).toEqual(scratch.tokens)
  })
})

describe('several episodes on one model', () => {
  test('play at the same time without hearing each other', async () => {
    const questions = ['Who founded Pathel Guild?', 'What is the river of Skulmmouth?', 'Who is Flothlo Grilwright?']
    const alone = []
    for (const question of questions) alone.push((await run(`Question: ${question}`)).generated.text)
    const together = await Promise.all(questions.map((question) => run(`Question: ${question}`)))
    expect(together.map(({ generated }) => generated.text)).toEqual(alone)
  })

  test('wait for a place, and stop waiting when told to', async () => {
    const slots = [await model.acquire([]), await model.acquire([])]
    const stop = new AbortController()
    const waiting = model.acquire([], stop.signal)
    stop.abort(new Error('no longer wanted'))
    await expect(waiting).rejects.toThrow('no longer wanted')
    const next = model.acquire([])
    slots[0]?.release()
    const got = await next
    got.release()
    slots[1]?.release()
  })

  test('evaluate every token of an episode once', async () => {
    const passages = [
      hit({ title: 'Pathel Guild', text: 'Pathel Guild was founded by Prurklo Cirholt. Pathel Guild makes mirrors.' }),
      hit({ title: 'Romport', text: 'Romport is a town in the province of Pikun. The market sells glass.' }),
      hit({ title: 'Blavel Carnival', text: 'The Blavel Carnival begins in June. People eat plums and sell glass.' }),
    ]
    const episode = await playEpisode({
      question: 'Who founded Pathel Guild?',
      generator: model,
      retriever: { search: async () => passages },
      limits: defaultLimits,
      sampling: greedy,
    })
    expect(episode.answer).toBe('Prurklo Cirholt')
    const total = episode.segments.reduce((sum, { tokens }) => sum + tokens.length, 0)
    expect(episode.usage.evaluated + episode.usage.cached).toBe(total - 1)
  })
})

describe('a model that is large enough for batches', () => {
  test('plays several episodes at the same time without mixing them up', async () => {
    const path = join(folder, 'large.gguf')
    const shape = { ...tinyShape, embedding: 64, layers: 1, feedForward: 262_144, weights: 'Q8_0' as const }
    writeRandomModel(path, { tokenizer: await tokenizerOf(), shape, deviation: 0.3 })
    const large = await loadChatModel({ ...options, path, slots: 4 })
    const say = async (question: string): Promise<string> => {
      const context = large.chatPrompt(question)
      const slot = await large.acquire(context)
      try {
        return (await slot.generate({ context, maxTokens: 10, sampling: greedy, stop: never })).text
      } finally {
        slot.release()
      }
    }
    // Of very different lengths, so that some still read while others write, and in an order that is not the slots'.
    const questions = [40, 1, 12, 3, 25, 2].map((words, i) => `${i} ${'word '.repeat(words)}?`)
    const alone: string[] = []
    for (const question of questions) alone.push(await say(question))
    expect(new Set(alone).size).toBeGreaterThan(3)
    expect(await Promise.all(questions.map(say))).toEqual(alone)
    await large.dispose()
  })
})

describe('models that cannot be used', () => {
  const load = (path: string) => loadChatModel({ ...options, path })

  test('without a chat template', async () => {
    const { 'tokenizer.chat_template': _, ...tokenizer } = await tokenizerOf()
    const path = join(folder, 'base.gguf')
    writeRandomModel(path, { tokenizer })
    await expect(load(path)).rejects.toMatchObject({ code: 'MODEL_NO_CHAT_TEMPLATE' })
  })

  test('with a chat template that cannot be used', async () => {
    const tokenizer = { ...(await tokenizerOf()), 'tokenizer.chat_template': text('{{ raise_exception("no") }}') }
    const path = join(folder, 'broken-template.gguf')
    writeRandomModel(path, { tokenizer })
    const broken = await load(path)
    expect(() => broken.chatPrompt('x')).toThrow(expect.objectContaining({ code: 'MODEL_NO_CHAT_TEMPLATE' }))
    await broken.dispose()
  })

  test('of an architecture that llama.cpp does not know', async () => {
    const path = join(folder, 'strange.gguf')
    writeRandomModel(path, { tokenizer: await tokenizerOf(), metadata: { 'general.architecture': text('strange') } })
    await expect(load(path)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' })
  })

  test('with a context that memory cannot hold', async () => {
    const path = join(folder, 'endless.gguf')
    const shape = {
      ...tinyShape,
      architecture: 'qwen3' as const,
      layers: 8,
      heads: 8,
      keyValueHeads: 8,
      headSize: 256,
      contextLength: 2 ** 20,
    }
    writeRandomModel(path, { tokenizer: await tokenizerOf(), shape })
    await expect(loadChatModel({ ...options, path, contextLength: 2 ** 20, slots: 8 })).rejects.toMatchObject({
      code: 'MODEL_TOO_LARGE',
    })
  })
})
