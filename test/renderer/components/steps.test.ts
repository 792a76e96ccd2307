import { describe, expect, it } from 'vitest'
import {
  type AgentEvent,
  defaultLimits,
  emptyTrace,
  foldTrace,
  type PassageHit,
  type Trace,
} from '../../../src-main/contract/index.ts'
import { answerText, phaseOf, phaseSentence, sourcesOf, stepsOf } from '../../../src-renderer/components/trace/steps.ts'
import { hit as someHit } from '../../support/passages.ts'

const usage = { generated: 12, evaluated: 40, cached: 0, promptMs: 200, decodeMs: 1_000 }

const hit = (id: string, text: string): PassageHit =>
  someHit({ id, text, fileId: `file-${id}`, title: `Title ${id}`, path: `${id}.md` })

const opening: AgentEvent[] = [
  {
    type: 'started',
    question: 'Who?',
    library: { id: 'l', name: 'Library' },
    model: { id: 'm', name: 'Model' },
    taught: null,
    fallback: null,
    prompt: 'search-r1',
    limits: defaultLimits,
    searchable: { files: 1, of: 1 },
  },
  { type: 'preparing', what: 'model' },
  { type: 'turn-started', turn: 1 },
  { type: 'text', turn: 1, part: 'thinking', text: 'I need ' },
  { type: 'text', turn: 1, part: 'thinking', text: 'to look.' },
  { type: 'text', turn: 1, part: 'query', text: 'founder' },
  { type: 'turn-ended', turn: 1, usage },
  { type: 'searching', turn: 1, query: 'founder' },
  {
    type: 'searched',
    turn: 1,
    query: 'founder',
    hits: [hit('a', 'other'), hit('b', 'by Ada Lovelace'), hit('c', 'cut')],
    shown: 2,
    ms: 3,
  },
]
const closing: AgentEvent[] = [
  { type: 'turn-started', turn: 2 },
  { type: 'text', turn: 2, part: 'thinking', text: 'Found.' },
  { type: 'text', turn: 2, part: 'answer', text: 'Ada Lovelace' },
  { type: 'turn-ended', turn: 2, usage },
  {
    type: 'evidence',
    evidence: {
      verdict: 'supported',
      note: null,
      spans: [
        { turn: 1, passageId: 'b', start: 3, end: 15, kind: 'exact' },
        { turn: 2, passageId: 'b', start: 3, end: 15, kind: 'exact' },
      ],
    },
  },
  { type: 'ended', outcome: 'answered', answer: 'Ada Lovelace', usage, ms: 2_000, error: null },
]
const fold = (events: readonly AgentEvent[]): Trace => events.reduce(foldTrace, emptyTrace('Who?'))

describe('phaseOf', () => {
  it('tells at each event what is going on', () => {
    const seen: string[] = []
    let trace = emptyTrace('Who?')
    for (const event of [...opening, ...closing]) {
      trace = foldTrace(trace, event)
      const sentence = phaseSentence(phaseOf(trace))
      if (sentence !== seen.at(-1)) seen.push(sentence)
    }
    expect(seen).toEqual([
      'Starting…',
      'Loading the model…',
      'Reading the question…',
      'Thinking…',
      'Writing a search…',
      'Searching for “founder”…',
      'Reading the passages…',
      'Thinking…',
      'Answering…',
      '',
    ])
  })
})

describe('stepsOf', () => {
  it('makes a timeline of thoughts and searches, without the answer', () => {
    const steps = stepsOf(fold([...opening, ...closing]), false)
    expect(steps.map((step) => step.kind)).toEqual(['thinking', 'search', 'thinking'])
    expect(steps[0]).toMatchObject({ text: 'I need to look.', live: false, ms: 1_200 })
  })
  it('knows which text is still being written', () => {
    expect(stepsOf(fold(opening.slice(0, 5)), true)).toMatchObject([{ kind: 'thinking', live: true, ms: null }])
    expect(stepsOf(fold(opening.slice(0, 6)), true).at(-1)).toMatchObject({ kind: 'writing-query', text: 'founder' })
  })
  it('says invalid turns, stray text and limits in words', () => {
    const trace = fold([
      { type: 'turn-started', turn: 1 },
      { type: 'text', turn: 1, part: 'outside', text: ' hello ' },
      { type: 'limit', turn: 1, limit: 'turn', allowed: 500 },
      { type: 'invalid', turn: 1 },
      { type: 'turn-ended', turn: 1, usage },
    ])
    const steps = stepsOf(trace, false)
    expect(steps.map((step) => step.kind)).toEqual(['outside', 'limit', 'invalid'])
    expect(steps[1]).toMatchObject({ sentence: expect.stringContaining('500 tokens') })
  })
})

describe('answerText', () => {
  it('is there as soon as the model begins to answer', () => {
    expect(answerText(fold(opening))).toBeNull()
    expect(answerText(fold([...opening, ...closing.slice(0, 3)]))).toBe('Ada Lovelace')
    expect(answerText(fold([...opening, ...closing]))).toBe('Ada Lovelace')
  })
})

describe('sourcesOf', () => {
  it('numbers what supports the answer and puts what was not shown last', () => {
    const sources = sourcesOf(fold([...opening, ...closing]))
    expect(sources.map(({ passage, number }) => [passage.id, number])).toEqual([
      ['b', 1],
      ['a', null],
      ['c', null],
    ])
    expect(sources[0]?.evidence).toHaveLength(1)
  })
})
