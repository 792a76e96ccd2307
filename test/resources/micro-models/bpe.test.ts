import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BpeTokenizer, learnMerges, splitWords } from '../../../resources/micro-models/bpe.ts'
import { chatTemplate } from '../../../resources/micro-models/episodes.ts'
import { Random } from '../../../resources/micro-models/random.ts'
import { vocabularySize } from '../../../resources/micro-models/recipe.ts'
import { bundledTokenizer, wordCounts } from '../../../resources/micro-models/vocabulary.ts'
import { World } from '../../../resources/micro-models/world.ts'
import { loadChatModel } from '../../../src-main/inference/index.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { writeRandomModel } from '../../support/gguf.ts'

const tokenizer = bundledTokenizer()

describe('learning', () => {
  test('joins the most frequent pair first, never across words', () => {
    const merges = learnMerges(
      new Map([
        ['abab', 3],
        ['b', 100],
        ['cd', 2],
      ]),
      256 + 3 + 3,
    )
    expect(merges).toEqual([
      ['a', 'b'],
      ['ab', 'ab'],
      ['c', 'd'],
    ])
  })

  test('gives the vocabulary its size, without a double', () => {
    const learned = new BpeTokenizer(learnMerges(wordCounts(), vocabularySize))
    for (const { tokens } of [learned, tokenizer]) {
      expect(tokens).toHaveLength(vocabularySize)
      expect(new Set(tokens).size).toBe(vocabularySize)
    }
  })

  test('makes every year one token, and names a few', () => {
    for (let year = 1600; year < 2000; year++) expect(tokenizer.encode(` ${year}`)).toHaveLength(1)
    const { articles } = new World(5, { side: 'held-out' })
    const lengths = articles.map(({ title }) => tokenizer.encode(` ${title}`).length)
    expect(lengths.reduce((sum, length) => sum + length, 0) / lengths.length).toBeLessThan(5)
  })
})

test('text survives encoding and decoding', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const wellFormed = text.toWellFormed()
      expect(tokenizer.decode(tokenizer.encode(wellFormed))).toBe(wellFormed)
      expect(splitWords(wellFormed).join('')).toBe(wellFormed)
    }),
  )
})

test('control tokens spelled out are plain text', () => {
  expect(tokenizer.encode('<|im_end|>')).not.toContain(tokenizer.control('<|im_end|>'))
})

test('llama.cpp tokenizes 200 strings alike', async () => {
  const path = join(temporaryFolder(), 'model.gguf')
  writeRandomModel(path, { tokenizer: tokenizer.metadata(chatTemplate) })
  const model = await loadChatModel({
    path,
    prompt: 'question-only',
    contextLength: 256,
    slots: 1,
    gpu: 'off',
    threads: 1,
  })
  try {
    const random = new Random(1)
    const { articles } = new World(5, { side: 'held-out' })
    const odd = fc.sample(fc.string({ unit: 'grapheme', maxLength: 40 }), { numRuns: 60, seed: 1 })
    const strings = [
      ...Array.from({ length: 130 }, () => random.pick(articles).text),
      '\n\n<information>Doc 1(Title: Romport) 1754, 17 and 231.</information>\n\n',
      "It's   two  spaces\n\n\n and\ttabs ",
      ...odd.map((text) => text.toWellFormed()),
      ...articles.slice(0, 8).map(({ title }) => `<think> I need to find the river of ${title}. </think>`),
    ]
    expect(strings).toHaveLength(200)
    for (const text of strings) expect(tokenizer.encode(text), text).toEqual(model.tokenizer.encode(text))
  } finally {
    await model.dispose()
  }
})
