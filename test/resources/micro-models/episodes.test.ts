import { describe, expect, test } from 'vitest'
import {
  chatOpening,
  chatTemplate,
  episodePieces,
  givenReading,
  goldEpisode,
  markupRecord,
  observation,
  openBookChat,
  type Piece,
  plainArticles,
  readingDrill,
  readingNotes,
} from '../../../resources/micro-models/episodes.ts'
import { Random } from '../../../resources/micro-models/random.ts'
import { World } from '../../../resources/micro-models/world.ts'
import { cutTurn, parseAction, turnEnd, userMessage } from '../../../src-main/agent/index.ts'
import { renderPrompt } from '../../../src-main/inference/chat-template.ts'

const world = new World(3, { side: 'held-out' })
const random = new Random(4)
const weights = { read: 0.2, written: 1, copied: 4 }
const textOf = (pieces: readonly Piece[]): string =>
  pieces.map(({ text }) => (typeof text === 'string' ? text : text.control)).join('')

const episodes = Array.from({ length: 200 }, (_, i) => {
  const question = world.question(random, i % 2 === 0 ? 1 : 2)
  return goldEpisode(world, question, random, { poorQueries: 0.3, shuffled: 0.4, weights })
}).filter((episode) => episode !== null)

describe('a gold episode', () => {
  test('can be played for nearly every question', () => {
    expect(episodes.length).toBeGreaterThan(190)
  })

  test('is a row of turns that the agent loop reads: searches, then the answer', () => {
    for (const { turns, question } of episodes) {
      for (const [i, { pieces, found }] of turns.entries()) {
        const text = textOf(pieces)
        expect(turnEnd(text)).toBe(text.length)
        expect(cutTurn(text)).toBe(text)
        const action = parseAction(text)
        expect(action?.type).toBe(i + 1 < turns.length ? 'search' : 'answer')
        if (action?.type === 'search') expect(found).toEqual(expect.arrayContaining(world.search(action.content)))
        else expect(action?.content).toBe(question.answer)
      }
      expect(turns.length).toBeLessThanOrEqual(5)
    }
  })

  test('points at the document that says so', () => {
    for (const { turns } of episodes) {
      for (const [i, { pieces }] of turns.entries()) {
        const said = /^<think> Doc (\d) says .* is (.+?)\./.exec(textOf(pieces))
        if (said) expect(turns[i - 1]?.found?.[Number(said[1]) - 1]?.text).toContain(said[2])
        else if (i > 0) expect(textOf(pieces)).toMatch(/^<think> No document is about/)
      }
    }
  })

  test('shows what the environment would show, and none of that counts', () => {
    for (const episode of episodes.slice(0, 20)) {
      const pieces = episodePieces(episode, { ...weights, read: 0 })
      const shown = episode.turns.flatMap(({ found }) => (found ? [observation(found)] : []))
      for (const text of shown) expect(pieces.find((piece) => piece.text === text)?.weight).toBe(0)
      expect(textOf(pieces)).toContain(userMessage(episode.question.question, 'question-only'))
    }
  })

  test('begins as the chat template renders it', () => {
    const { before, content, after } = renderPrompt(chatTemplate, 'Question: Who?', { bos: '', eos: '' })
    expect(before + content + after).toBe(textOf(chatOpening('Question: Who?', 0)))
  })
})

describe('what the student reads', () => {
  test('holds nothing of the protocol', () => {
    for (let i = 0; i < 100; i++) {
      const question = world.question(random, i % 2 === 0 ? 1 : 2)
      const texts = [
        plainArticles(world, random, 3, 1),
        readingNotes(world, random, 3, weights),
        markupRecord(world, random, weights),
        openBookChat(world, random, question, weights),
      ].map(textOf)
      for (const text of texts) {
        expect(text).not.toMatch(/<\/?(think|search|information|answer)>|Doc \d|Question:/)
        expect(parseAction(text)).toBeNull()
      }
    }
  })

  test('states facts of the articles that lie open', () => {
    for (let i = 0; i < 50; i++) {
      const question = world.question(random, 2)
      const [opened = '', reply = ''] = textOf(openBookChat(world, random, question, weights)).split('assistant\n')
      expect(reply).toContain(`is ${question.answer}.`)
      for (const { object } of question.facts) expect(opened).toContain(object)
    }
  })
})

test('a search can show fewer documents, the needed one always among them', () => {
  const played = episodes.flatMap(({ question }) => goldEpisode(world, question, random, { documents: 1 }) ?? [])
  expect(played.length).toBeGreaterThan(100)
  for (const { turns, question } of played) {
    expect(turns.flatMap(({ found }) => found?.map(({ title }) => title) ?? [])).toEqual(
      question.facts.map(({ subject }) => subject),
    )
  }
})

describe('an answer from given articles', () => {
  test('goes on where ARCap lets the model begin, and ends with the answer', () => {
    for (let i = 0; i < 40; i++) {
      const question = world.question(random, i % 4 < 2 ? 1 : 2)
      const think = i % 2 === 0
      const [given = '', reply = ''] = textOf(givenReading(world, random, question, think, weights)).split(
        '</information>\n\n',
      )
      for (const { subject, object } of question.facts) {
        expect(given).toContain(`(Title: ${subject})`)
        if (think) expect(reply).toContain(`${subject} is ${object}.`)
      }
      expect(reply.startsWith(think ? '<think> Doc' : '<answer>')).toBe(true)
      expect(parseAction(reply)).toEqual({ type: 'answer', content: question.answer })
    }
  })
})

test('a drill on years asks for nothing else', () => {
  const asked = Array.from({ length: 30 }, () => readingDrill(world, random, 3, weights, true)).flatMap((pieces) =>
    pieces.filter(({ copied }) => copied).map(({ text }) => text),
  )
  expect(asked.length).toBeGreaterThan(60)
  for (const text of asked) expect(text).toMatch(/^ \d{4}$/)
})

test('a reading drill asks only for what its documents say', () => {
  for (let i = 0; i < 50; i++) {
    const pieces = readingDrill(world, random, 3, weights)
    const [shown] = pieces
    const asked = pieces.filter(({ copied }) => copied)
    expect(asked.length).toBeGreaterThan(0)
    for (const { text } of asked) expect(shown?.text).toContain(String(text).trim())
    expect(pieces.filter(({ weight, copied }) => weight > 0 && !copied)).toHaveLength(1)
  }
})
