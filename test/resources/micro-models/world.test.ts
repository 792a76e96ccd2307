import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { questionLine, worldQuestions, writeWorld } from '../../../resources/micro-models/evaluate.ts'
import { Random } from '../../../resources/micro-models/random.ts'
import { sideOf, World } from '../../../resources/micro-models/world.ts'
import { loadCorpus, loadQuestions } from '../../../src-main/evaluation/index.ts'
import { openPassageIndex, type PassageIndex } from '../../../src-main/retrieval/index.ts'
import { temporaryFolder } from '../../support/folder.ts'

const temporary = temporaryFolder()
const world = new World(5, { side: 'held-out' })
const questions = worldQuestions(world, 1, 150)

/** The invented words of a world: not those that every world shares, like "Festival" or "Silent". */
const inventedWords = (of: World): Set<string> => {
  const other = new Set(new World(99, { side: 'training' }).articles.flatMap(({ title }) => title.split(' ')))
  return new Set(of.articles.flatMap(({ title }) => title.split(' ')).filter((word) => !other.has(word)))
}

describe('a world', () => {
  test('is the same for the same seed, and another one for another', () => {
    expect(new World(5, { side: 'held-out' }).articles).toEqual(world.articles)
    expect(new World(6, { side: 'held-out' }).articles).not.toEqual(world.articles)
  })

  test('is as large as the sample library and has one article for each title', () => {
    expect(world.articles).toHaveLength(1540)
    expect(new Set(world.articles.map(({ title }) => title)).size).toBe(1540)
  })

  test('shares no invented word with a world of the other side', () => {
    const words = inventedWords(world)
    expect(words.size).toBeGreaterThan(1000)
    for (const word of words) expect(sideOf(word), word).toBe('held-out')
    const training = new World(7, { side: 'training' })
    for (const { title } of training.articles) {
      expect(
        title.split(' ').some((word) => words.has(word)),
        title,
      ).toBe(false)
    }
  })

  test('holds no banned word', () => {
    const banned = inventedWords(new World(7, { side: 'training' }))
    expect(banned.size).toBeGreaterThan(1000)
    const { articles } = new World(8, { side: 'training', banned })
    const words = new Set(articles.flatMap(({ text }) => text.match(/\p{L}+/gu) ?? []))
    expect([...banned].filter((word) => words.has(word))).toEqual([])
  })

  test('states every fact in the article about its subject', () => {
    for (const { subject, object } of world.facts) expect(world.articleOf(subject).text).toContain(object)
  })
})

describe('questions', () => {
  test('have their answer in the last of their articles', () => {
    for (const { answer, facts } of questions) {
      const last = facts.at(-1)
      expect(last && world.articleOf(last.subject).text).toContain(answer)
      expect(last?.object).toBe(answer)
    }
  })

  test('name what the first fact is about, and nothing that has to be found', () => {
    for (const { question, facts } of questions) {
      const [first, second] = facts
      expect(question).toContain(first?.subject)
      if (second) {
        expect(first?.object).toBe(second.subject)
        expect(question).not.toContain(second.subject)
      }
    }
  })

  test('are all different, as many over one article as over two', () => {
    expect(new Set(questions.map(({ question }) => question)).size).toBe(300)
    expect(questions.filter(({ facts }) => facts.length === 2)).toHaveLength(150)
  })

  test('can be read back from their files', async () => {
    const folder = join(temporary, 'world')
    mkdirSync(folder)
    const lines = questions.map((question, i) => questionLine(world, question, `q${i}`))
    const files = writeWorld(world, lines, folder)
    const ids: string[] = []
    for await (const { id } of loadCorpus(files.corpus)) ids.push(id)
    expect(ids).toEqual(world.articles.map(({ id }) => id))
    const { questions: read } = await loadQuestions(files.questions)
    expect(read.map(({ question }) => question)).toEqual(questions.map(({ question }) => question))
    expect(read.every(({ gold }) => [...gold.keys()].every((id) => ids.includes(id)))).toBe(true)
    expect(JSON.parse(readFileSync(files.questions, 'utf8').split('\n')[0] ?? '')).toHaveProperty('hops', 1)
  })
})

describe('the quick search', () => {
  let index: PassageIndex
  beforeAll(async () => {
    index = await openPassageIndex({ dir: join(temporary, 'index') })
    const files = world.articles.map(({ id, title, text }) => ({
      fileId: id,
      passages: [
        {
          id,
          libraryId: 'world',
          fileId: id,
          title,
          headings: [],
          path: '',
          page: null,
          start: 0,
          end: text.length,
          text,
        },
      ],
    }))
    await index.replace(files)
    await index.finish()
  })
  afterAll(() => index.close())

  test('finds nearly what the app’s index finds', async () => {
    let same = 0
    let first = 0
    const sample = questions.slice(0, 60)
    for (const { question, facts } of sample) {
      const query = facts.length === 1 ? question : `${facts[1]?.subject} ${facts[1]?.relation}`
      const quick = world.search(query).map(({ id }) => id)
      const real = (await index.search(query, 3)).map(({ id }) => id)
      same += quick.filter((id) => real.includes(id)).length / 3
      first += Number(quick[0] === real[0])
    }
    expect(first / sample.length).toBeGreaterThan(0.9)
    expect(same / sample.length).toBeGreaterThan(0.8)
  })

  test('never finds more than asked for, and nothing for nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 5 }), (query, limit) => {
        expect(world.search(query, limit).length).toBeLessThanOrEqual(limit)
      }),
      { numRuns: 50 },
    )
    expect(world.search('')).toEqual([])
  })
})

test('chance is spread evenly', () => {
  const random = new Random(3)
  const counts = [0, 0, 0, 0, 0]
  for (let i = 0; i < 5000; i++) (counts[random.integer(0, 4)] as number)++
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  const normal = Array.from({ length: 5000 }, () => random.normal())
  expect(Math.abs(normal.reduce((sum, x) => sum + x, 0) / 5000)).toBeLessThan(0.06)
  expect(normal.reduce((sum, x) => sum + x * x, 0) / 5000).toBeCloseTo(1, 0)
})
