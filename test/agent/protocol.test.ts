import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cutTurn,
  formatDocuments,
  invalidObservation,
  neutralize,
  parseAction,
  searchObservation,
  turnEnd,
  userMessage,
} from '../../src-main/agent/index.ts'
import { golden } from '../support/data.ts'

interface Golden {
  turns: { raw: string; turn_text: string; action: 'search' | 'answer' | null; content: string }[]
  documents: { docs: string[]; formatted: string }[]
  environment_steps: { turn_text: string; final_turn?: boolean; observation: string; is_search: 0 | 1; done: 0 | 1 }[]
}

const reference = golden<Golden>('agent-protocol.json')
const parsed = (contents: string) => {
  const [title = '', ...rest] = contents.split('\n')
  return { title, text: rest.join('\n') }
}

describe.skipIf(!reference)('against the reference environment', () => {
  test.each(reference?.turns ?? [])('reads the turn $raw', ({ raw, turn_text, action, content }) => {
    const cut = cutTurn(raw)
    // The reference cuts whole turns; a stream stops at whichever closing tag comes first. The action is the same.
    if (!/<\/answer>[\s\S]*<search>/.test(raw)) expect(cut).toBe(turn_text)
    expect(parseAction(cut)).toEqual(action === null ? null : { type: action, content })
  })

  test.each(reference?.documents ?? [])('formats the documents $docs', ({ docs, formatted }) => {
    expect(formatDocuments(docs.map(parsed))).toBe(formatted)
  })

  test('answers each turn with the reference observation', () => {
    const documents = (reference?.documents[0]?.docs ?? []).map(parsed)
    for (const step of reference?.environment_steps ?? []) {
      const action = parseAction(cutTurn(step.turn_text))
      const observation =
        action?.type === 'answer'
          ? ''
          : action?.type === 'search'
            ? searchObservation(step.final_turn ? [] : documents)
            : invalidObservation()
      expect(observation).toBe(step.observation)
    }
  })
})

describe('userMessage', () => {
  test('gives the published checkpoints exactly their bytes', () => {
    const message = userMessage('  Who wrote it ', 'search-r1')
    expect(
      message.startsWith('Answer the given question. You must conduct reasoning inside <think> and </think>'),
    ).toBe(true)
    expect(message.endsWith('For example, <answer> Beijing </answer>. Question: Who wrote it?\n')).toBe(true)
  })

  test('adds a question mark only where there is none', () => {
    expect(userMessage('Who? ', 'question-only')).toBe('Question: Who?')
    expect(userMessage('Name it', 'question-only')).toBe('Question: Name it?')
  })
})

describe('turnEnd', () => {
  test('stops a stream where cutTurn cuts the whole', () => {
    const piece = fc.constantFrom(
      '<search>',
      '</search>',
      '<answer>',
      '</answer>',
      '<think>',
      '</think>',
      'a',
      ' ',
      '<',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const raw = pieces.join('')
        let streamed = raw
        for (let i = 0; i <= raw.length; i++) {
          if (turnEnd(raw.slice(0, i)) !== null) {
            streamed = raw.slice(0, i)
            break
          }
        }
        expect(cutTurn(streamed)).toBe(cutTurn(raw))
      }),
    )
  })
})

describe('neutralize', () => {
  const tag = /<\s*\/?\s*(think|search|information|answer)\b[^<>]*>/i
  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom('<', '>', '/', '</', '<search>', '</information>', '<ANSWER >', '< / think >', '<<search>>'),
        fc.constantFrom('search', 'information', 'answer', 'think', ' ', '\n', '‹', '›', 'x="1"'),
        fc.string(),
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(''))

  test('leaves no tag of the protocol, whatever a document contains', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(neutralize(text)).not.toMatch(tag)
      }),
      { numRuns: 1000 },
    )
  })

  test('changes nothing but brackets', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(neutralize(text).replace(/[‹›<>]/g, '')).toBe(text.replace(/[‹›<>]/g, ''))
      }),
    )
    expect(neutralize('if a < b and b > c: <b>bold</b>')).toBe('if a < b and b > c: <b>bold</b>')
  })

  test('keeps an information block one block', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ title: hostile, text: hostile }), { maxLength: 4 }), (documents) => {
        const safe = documents.map(({ title, text }) => ({ title: neutralize(title), text: neutralize(text) }))
        const block = searchObservation(safe)
        expect(block.match(/<\/?(think|search|information|answer)>/g)).toEqual(['<information>', '</information>'])
        expect(parseAction(block)).toBeNull()
      }),
    )
  })
})
