import { assertNever } from './errors.ts'
import type { AgentEvent, Trace, TraceTurn } from './trace.ts'

/** The trace of a question of which nothing is known yet. */
export function emptyTrace(question: string): Trace {
  return {
    question,
    library: null,
    model: null,
    taught: null,
    fallback: null,
    prompt: null,
    limits: null,
    searchable: null,
    preparing: null,
    turns: [],
    answer: null,
    evidence: null,
    outcome: null,
    usage: null,
    ms: null,
    error: null,
  }
}

function updateTurn(trace: Trace, turn: number, change: (old: TraceTurn) => TraceTurn): Trace {
  return { ...trace, preparing: null, turns: trace.turns.map((t) => (t.turn === turn ? change(t) : t)) }
}

function addText(turn: TraceTurn, piece: TraceTurn['texts'][number]): TraceTurn {
  const last = turn.texts.at(-1)
  const texts =
    last?.part === piece.part
      ? [...turn.texts.slice(0, -1), { part: last.part, text: last.text + piece.text }]
      : [...turn.texts, piece]
  return { ...turn, texts }
}

/**
 * Adds one event to a trace and returns the new trace; the old one is untouched. Service and interface both build
 * traces with it, so a replayed stream shows exactly what the live one showed.
 */
export function foldTrace(trace: Trace, event: AgentEvent): Trace {
  switch (event.type) {
    case 'started': {
      const { type: _, ...facts } = event
      return { ...trace, ...facts }
    }
    case 'preparing':
      return { ...trace, preparing: event.what }
    case 'turn-started':
      return {
        ...trace,
        turns: [...trace.turns, { turn: event.turn, texts: [], search: null, invalid: false, limits: [], usage: null }],
      }
    case 'writing':
      return { ...trace, preparing: null }
    case 'text':
      return updateTurn(trace, event.turn, (t) => addText(t, { part: event.part, text: event.text }))
    case 'searching':
      return updateTurn(trace, event.turn, (t) => ({
        ...t,
        search: { query: event.query, hits: null, shown: 0, ms: 0 },
      }))
    case 'searched': {
      const { query, hits, shown, ms } = event
      return updateTurn(trace, event.turn, (t) => ({ ...t, search: { query, hits, shown, ms } }))
    }
    case 'invalid':
      return updateTurn(trace, event.turn, (t) => ({ ...t, invalid: true }))
    case 'limit':
      return updateTurn(trace, event.turn, (t) => ({
        ...t,
        limits: [...t.limits, { limit: event.limit, allowed: event.allowed }],
      }))
    case 'turn-ended':
      return updateTurn(trace, event.turn, (t) => ({ ...t, usage: event.usage }))
    case 'evidence':
      return { ...trace, evidence: event.evidence }
    case 'ended': {
      const { outcome, answer, usage, ms, error } = event
      return { ...trace, preparing: null, outcome, answer, usage, ms, error }
    }
    default:
      return assertNever(event)
  }
}
