import { describe, expect, it } from 'vitest'
import { type AgentEvent, emptyTrace, foldTrace, type Trace } from '../../src-main/contract/index.ts'
import { scoreTrace } from '../../src-main/evaluation/scoring.ts'
import { hit } from '../support/passages.ts'

const usage = { generated: 7, evaluated: 0, cached: 0, promptMs: 0, decodeMs: 0 }
const begin = (turn: number): AgentEvent => ({ type: 'turn-started', turn })
const search = (turn: number, query: string, text: string, shown = 1): AgentEvent[] => [
  begin(turn),
  { type: 'searching', turn, query },
  { type: 'searched', turn, query, hits: [{ ...hit(), title: 'T', text }], shown, ms: 1 },
]
const invalid = (turn: number): AgentEvent[] => [begin(turn), { type: 'invalid', turn }]
const limit = (turn: number, kind: 'turns' | 'episode'): AgentEvent => ({
  type: 'limit',
  turn,
  limit: kind,
  allowed: 4,
})
const end = (
  answer: string | null,
  outcome: Trace['outcome'] = answer === null ? 'no-answer' : 'answered',
): AgentEvent => ({
  type: 'ended',
  outcome: outcome ?? 'failed',
  answer,
  usage,
  ms: 5,
  error: null,
})
const scored = (...events: AgentEvent[]) => scoreTrace(['Ann'], events.reduce(foldTrace, emptyTrace('Who?')))

describe('what became of a question', () => {
  it.each([
    ['right', [...search(1, 'who', 'Ann was'), begin(2), end('ann')]],
    ['contains', [...search(1, 'who', 'Ann was'), begin(2), end('It was Ann Bee')]],
    ['not-searched', [begin(1), end('Bob')]],
    ['not-retrieved', [...search(1, 'who', 'Nobody'), begin(2), end('Bob')]],
    ['not-retrieved', [...search(1, 'who', 'Ann was', 0), begin(2), end('Bob')]],
    ['not-used', [...search(1, 'who', 'Nobody'), ...search(2, 'ann', 'Ann was'), begin(3), end('Bob')]],
    ['never-answered', [...search(1, 'who', 'Ann was'), begin(2), end(null)]],
    ['never-answered', [...invalid(1), ...invalid(2), end(null)]],
    ['out-of-turns', [...search(1, 'who', 'Ann was'), begin(2), limit(2, 'turns'), end(null)]],
    ['out-of-room', [...search(1, 'who', 'Ann was'), limit(1, 'episode'), end(null)]],
    ['failed', [...search(1, 'who', 'Ann was'), end(null, 'failed')]],
  ] as const)('%s', (fate, events) => {
    expect(scored(...events).fate).toBe(fate)
  })

  it('is counted with all that led to it', () => {
    const result = scored(...search(1, 'who', 'Nobody'), ...search(2, ' WHO', 'Ann was'), ...invalid(3), end('the Ann'))
    expect(result).toMatchObject({ em: 1, f1: 1, coverEm: 1, hit: true, hitFirst: false, searches: 2 })
    expect(result).toMatchObject({ turns: 3, validTurns: 2, repeatedQueries: 1, emptyQueries: 0, tokens: 7, ms: 5 })
  })
})
