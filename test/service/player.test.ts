import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playEpisode } from '../../src-main/agent/index.ts'
import { defaultLimits, greedy } from '../../src-main/contract/index.ts'
import { loadChatModel } from '../../src-main/inference/index.ts'
import { openPassageIndex, type PassageIndex } from '../../src-main/retrieval/index.ts'
import { createPlayer, type PlayerOptions } from '../../src-main/service/player.ts'
import type { TrainingQuestion } from '../../src-main/training/ports.ts'
import { root } from '../support/data.ts'
import { testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { passage } from '../support/passages.ts'

const folder = temporaryFolder()
const sample = join(root, 'resources/sample-library')
const micro = { model: join(root, 'resources/models/micro-teacher.gguf'), adapter: null }
const lines = <T>(file: string): T[] =>
  readFileSync(join(sample, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
const questions = lines<TrainingQuestion>('questions.jsonl').slice(0, 6)
const engine = testEngine()
let retriever: PassageIndex
let options: PlayerOptions

beforeAll(async () => {
  if (!engine) return
  retriever = await openPassageIndex({ dir: folder })
  const documents = lines<{ id: string; title: string; text: string }>('encyclopedia.jsonl')
  await retriever.replace(
    documents.map(({ id, title, text }) => ({ fileId: id, passages: [passage(id, text, { fileId: id, title })] })),
  )
  await retriever.finish()
  options = { engine, retriever, prompt: 'question-only', limits: defaultLimits, slots: 4, gpu: 'off', threads: null }
})
afterAll(() => retriever?.close())

async function played(slots: number, temperature: number, seed: number, asked = questions): Promise<string[]> {
  const player = createPlayer({ ...options, slots })
  await player.load(micro)
  const rollouts = await player.play(asked, { temperature, seed })
  await player.unload()
  expect(rollouts.map(({ question }) => question)).toEqual(asked)
  return rollouts.map(({ transcript }) => transcript)
}

describe.skipIf(!engine)('a player', () => {
  test('plays the very episodes of chat, several at once', async () => {
    const model = await loadChatModel({
      path: micro.model,
      prompt: 'question-only',
      contextLength: 4096,
      slots: 1,
      gpu: 'off',
      threads: null,
    })
    const player = createPlayer(options)
    await player.load(micro)
    const progress: number[] = []
    const rollouts = await player.play(questions, {
      temperature: 0,
      seed: 1,
      onProgress: (done) => progress.push(done),
    })
    for (const rollout of rollouts.slice(0, 4)) {
      const { question } = rollout.question
      const chat = await playEpisode({ question, generator: model, retriever, limits: defaultLimits, sampling: greedy })
      expect(rollout.segments).toEqual(chat.segments)
      expect(rollout).toMatchObject({
        answer: chat.answer,
        queries: chat.searches.map(({ query }) => query),
        turns: chat.turns,
        validTurns: chat.validTurns,
        generatedTokens: chat.usage.generated,
      })
      expect(rollout.transcript).toBe(model.tokenizer.decode(chat.segments.flatMap(({ tokens }) => tokens)))
    }
    expect(progress).toEqual([1, 2, 3, 4, 5, 6])
    expect(rollouts.filter(({ hit }) => hit).length).toBeGreaterThan(3)
    const [first] = rollouts
    const elsewhere = { ...questions[0], answers: ['a place that no document names'] } as TrainingQuestion
    expect(first?.hit).toBe(true)
    expect((await player.play([elsewhere], { temperature: 0, seed: 1 }))[0]?.hit).toBe(false)
    await player.unload()
    await model.dispose()
  })

  test('draws the same for a seed, however many play at once, and something else for another', async () => {
    const alone = await played(1, 1, 7)
    expect(await played(6, 1, 7)).toEqual(alone)
    const other = await played(6, 1, 8)
    expect(other.filter((text, i) => text === alone[i]).length).toBeLessThan(questions.length)
  })

  test('draws anew for each episode of one call', async () => {
    const same = Array.from({ length: 4 }, () => questions[1] as TrainingQuestion)
    expect(new Set(await played(4, 1.5, 7, same)).size).toBeGreaterThan(1)
  })

  test('stops when told to, with the reason, and can play again', async () => {
    const player = createPlayer(options)
    await player.load(micro)
    const stop = new AbortController()
    const playing = player.play(questions, {
      temperature: 0,
      seed: 1,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    })
    await expect(playing).rejects.toThrow('enough')
    await expect(player.play(questions.slice(0, 4), { temperature: 0, seed: 1 })).resolves.toHaveLength(4)
    await player.unload()
  })

  test('frees its model and brings it back', async () => {
    const player = createPlayer(options)
    const one = questions.slice(0, 1)
    await player.load(micro)
    const [before] = await player.play(one, { temperature: 0, seed: 1 })
    await player.unload()
    await expect(player.play(one, { temperature: 0, seed: 1 })).rejects.toMatchObject({ code: 'INTERNAL' })
    await player.load(micro)
    expect((await player.play(one, { temperature: 0, seed: 1 }))[0]).toEqual(before)
    await expect(player.load({ ...micro, adapter: micro.model })).rejects.toMatchObject({ code: 'ADAPTER_DAMAGED' })
    await player.unload()
  })
})
