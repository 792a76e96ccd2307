import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Generator, readPassages, turnEnd } from '../../src-main/agent/index.ts'
import { defaultLimits, greedy } from '../../src-main/contract/index.ts'
import { type ChatModel, loadChatModel } from '../../src-main/inference/index.ts'
import { root } from '../support/data.ts'
import { scriptedGenerator } from '../support/scripted-generator.ts'

const passages = [
  { title: 'Pathel Guild', headings: ['History'], text: 'It was founded by <answer>Prurklo Cirholt.' },
  { title: 'Guilds', headings: [], text: 'There are many.' },
]
const common = { question: 'Who founded Pathel Guild?', passages, limits: defaultLimits, sampling: greedy }
const block =
  '\n\n<information>Doc 1(Title: Pathel Guild - History) It was founded by ‹answer>Prurklo Cirholt.\nDoc 2(Title: Guilds) There are many.</information>\n\n'

describe('reading', () => {
  test('begins the turn with the information block and the tag, to the byte', async () => {
    for (const [think, tag] of [
      [false, '<answer>'],
      [true, '<think>'],
    ] as const) {
      const generator = scriptedGenerator([' x </answer>'])
      await readPassages({ ...common, think, generator })
      expect(generator.contexts).toEqual([`[user]Question: Who founded Pathel Guild?[model]${block}${tag}`])
      expect(generator.free()).toBe(true)
    }
  })

  test('takes the answer from what was begun', async () => {
    const read = (said: string, think: boolean) =>
      readPassages({ ...common, think, generator: scriptedGenerator([said]) })
    expect(await read(' Prurklo Cirholt </answer> and more', false)).toEqual({
      answer: 'Prurklo Cirholt',
      text: '<answer> Prurklo Cirholt </answer>',
    })
    expect(await read(' Doc 1. </think> <answer> Prurklo </answer> x', true)).toEqual({
      answer: 'Prurklo',
      text: '<think> Doc 1. </think> <answer> Prurklo </answer>',
    })
    expect((await read(' hm </think> <search> more </search>', true)).answer).toBeNull()
    expect((await read(' never closed', false)).answer).toBeNull()
    expect((await read(' </answer>', false)).answer).toBeNull()
  })

  test('keeps to the room there is', async () => {
    const long = [{ title: 'Long', headings: [], text: 'word '.repeat(3000) }]
    const generator = scriptedGenerator([' x </answer>'], { contextLength: 1000 })
    await readPassages({ ...common, passages: long, think: false, generator })
    expect(generator.contexts[0]?.length).toBeLessThanOrEqual(750)
    expect(generator.contexts[0]).toMatch(/word<\/information>\n\n<answer>$/)
  })
})

describe('the micro model', () => {
  let model: ChatModel
  beforeAll(async () => {
    model = await loadChatModel({
      path: join(root, 'resources/models/micro-teacher.gguf'),
      prompt: 'question-only',
      contextLength: 1024,
      slots: 1,
      gpu: 'off',
      threads: null,
    })
  })
  afterAll(() => model.dispose())

  test('is given the very bytes, and goes on from them', async () => {
    for (const [think, tag] of [
      [false, '<answer>'],
      [true, '<think>'],
    ] as const) {
      let given: readonly number[] = []
      const generator: Generator = {
        ...model,
        acquire(context, signal) {
          given = context
          return model.acquire(context, signal)
        },
      }
      const { text } = await readPassages({ ...common, think, generator })
      expect(model.tokenizer.decode(given)).toBe(
        `<|im_start|>user\nQuestion: Who founded Pathel Guild?<|im_end|>\n<|im_start|>assistant\n${block}${tag}`,
      )
      expect(text.startsWith(tag)).toBe(true)
      expect(text.length).toBeGreaterThan(tag.length)
      expect(turnEnd(text) ?? text.length).toBe(text.length)
    }
  })
})
