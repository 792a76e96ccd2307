import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AgentEvent,
  AppError,
  agentEventSchema,
  appError,
  emptyTrace,
  errorValueSchema,
  foldTrace,
  settingsSchema,
  toErrorValue,
  traceSchema,
} from '../../src-main/contract/index.ts'
import { hit } from '../support/passages.ts'

const usage = { generated: 1, evaluated: 2, cached: 3, promptMs: 4, decodeMs: 5 }

const turn = fc.constantFrom(1, 2)
const event: fc.Arbitrary<AgentEvent> = fc.oneof(
  fc.record({ type: fc.constant('turn-started' as const), turn }),
  fc.record({
    type: fc.constant('text' as const),
    turn,
    part: fc.constantFrom('thinking' as const, 'query' as const, 'answer' as const, 'outside' as const),
    text: fc.string(),
  }),
  fc.record({ type: fc.constant('searching' as const), turn, query: fc.string() }),
  fc.record({
    type: fc.constant('searched' as const),
    turn,
    query: fc.string(),
    hits: fc.array(fc.constant(hit()), { maxLength: 2 }),
    shown: fc.constant(1),
    ms: fc.constant(1),
  }),
  fc.record({ type: fc.constant('invalid' as const), turn }),
  fc.record({
    type: fc.constant('limit' as const),
    turn,
    limit: fc.constant('turn' as const),
    allowed: fc.constant(5),
  }),
  fc.record({ type: fc.constant('turn-ended' as const), turn, usage: fc.constant(usage) }),
)

describe('foldTrace', () => {
  test('gives a valid trace for any order of events, and leaves the old one alone', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const start = Object.freeze(emptyTrace('q'))
        const trace = events.reduce(foldTrace, start)
        traceSchema.parse(trace)
        expect(start).toEqual(emptyTrace('q'))
      }),
    )
  })

  test('joins text that came in pieces, whichever way it was cut', () => {
    const text = (piece: string): AgentEvent => ({ type: 'text', turn: 1, part: 'thinking', text: piece })
    const begin: AgentEvent = { type: 'turn-started', turn: 1 }
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 8 }), (pieces) => {
        const cut = [begin, ...pieces.map(text)].reduce(foldTrace, emptyTrace('q'))
        const whole = [begin, text(pieces.join(''))].reduce(foldTrace, emptyTrace('q'))
        expect(cut).toEqual(whole)
      }),
    )
  })

  test('keeps the facts of the episode', () => {
    const ended: AgentEvent = { type: 'ended', outcome: 'answered', answer: 'Yes', usage, ms: 9, error: null }
    expect(foldTrace(emptyTrace('q'), ended)).toMatchObject({ outcome: 'answered', answer: 'Yes', usage, ms: 9 })
  })

  test('takes only events of the schema', () => {
    expect(agentEventSchema.safeParse({ type: 'text', turn: 1, part: '<think>', text: '' }).success).toBe(false)
  })
})

describe('errors', () => {
  test('pass through as what they are', () => {
    const error = appError('NOT_FOUND', 'It is gone.', 'Look again.', { detail: 'x' })
    expect(error).toBeInstanceOf(AppError)
    expect(toErrorValue(error)).toEqual({
      code: 'NOT_FOUND',
      message: 'It is gone.',
      action: 'Look again.',
      detail: 'x',
    })
  })

  test('always come out as something a person can read and act on', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        const value = errorValueSchema.parse(toErrorValue(thrown))
        expect(value.message).not.toBe('')
        expect(value.action).not.toBe('')
      }),
    )
  })

  test('tell a full disk from everything else', () => {
    const full = Object.assign(new Error('write failed'), { code: 'ENOSPC' })
    expect(toErrorValue(full).code).toBe('DISK_FULL')
    expect(toErrorValue(new Error('database or disk is full')).code).toBe('DISK_FULL')
    expect(toErrorValue(new Error('something else')).code).toBe('INTERNAL')
  })
})

describe('settings', () => {
  test('are checked one by one', () => {
    expect(settingsSchema.partial().safeParse({ threads: 0 }).success).toBe(false)
    expect(settingsSchema.partial().safeParse({ contextLength: 4096 }).success).toBe(true)
  })
})
