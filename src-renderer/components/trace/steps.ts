import {
  assertNever,
  type PassageHit,
  type TextPart,
  type Trace,
  type TraceTurn,
  type Verdict,
} from '../../../src-main/contract/index.ts'
import type { SourceRef } from '../sources/context.tsx'

/** One line of the timeline. */
export type Step =
  | { kind: 'thinking'; key: string; text: string; live: boolean; ms: number | null }
  | { kind: 'outside'; key: string; text: string; live: boolean }
  | { kind: 'writing-query'; key: string; text: string }
  | { kind: 'search'; key: string; query: string; hits: readonly PassageHit[] | null; shown: number; ms: number }
  | { kind: 'invalid'; key: string; sentence: string }
  | { kind: 'limit'; key: string; sentence: string }

/** What a limit did, in plain words. */
export function limitSentence({ limit, allowed }: TraceTurn['limits'][number]): string {
  const tokens = `${allowed.toLocaleString('en')} tokens`
  switch (limit) {
    case 'prompt':
      return `The question was too long for the model and was cut to ${tokens}.`
    case 'turn':
      return `The model wrote ${tokens} in one go, the most it may, and was cut off there.`
    case 'information':
      return `The passages found were longer than ${tokens}; the model was shown the part that fits.`
    case 'episode':
      return `The whole conversation with the model reached ${tokens}, the most one question may take, and ended there.`
    case 'turns':
      return `The model wanted to search again after its ${allowed} turns; that search was not made.`
    default:
      return assertNever(limit)
  }
}

/** The timeline of a trace. While it is `live`, the last piece of thinking is still being written. */
export function stepsOf(trace: Trace, live: boolean): Step[] {
  return trace.turns.flatMap((turn, i) => {
    const last = i === trace.turns.length - 1
    const key = (part: string | number) => `${turn.turn}-${part}`
    const ms = turn.usage === null ? null : turn.usage.promptMs + turn.usage.decodeMs
    const texts = turn.texts.flatMap((piece, j): Step[] => {
      const growing = live && last && j === turn.texts.length - 1 && turn.usage === null
      if (piece.text.trim() === '' && !growing) return []
      switch (piece.part) {
        case 'thinking':
          return [{ kind: 'thinking', key: key(j), text: piece.text.trim(), live: growing, ms }]
        case 'outside':
          return [{ kind: 'outside', key: key(j), text: piece.text.trim(), live: growing }]
        case 'query':
          return growing && turn.search === null
            ? [{ kind: 'writing-query', key: key('q'), text: piece.text.trim() }]
            : []
        case 'answer':
          return []
        default:
          return assertNever(piece.part)
      }
    })
    const search: Step[] = turn.search ? [{ kind: 'search', key: key('s'), ...turn.search }] : []
    const ended = last && trace.outcome !== null
    const told = ended ? '.' : '; it was told so and tried again.'
    const invalid: Step[] = turn.invalid
      ? [{ kind: 'invalid', key: key('i'), sentence: `The model neither searched nor answered${told}` }]
      : []
    const limits = (...kinds: readonly TraceTurn['limits'][number]['limit'][]): Step[] =>
      turn.limits
        .filter(({ limit }) => kinds.includes(limit))
        .map((limit) => ({ kind: 'limit', key: key(limit.limit), sentence: limitSentence(limit) }))
    return [
      ...limits('prompt'),
      ...texts,
      ...limits('turn'),
      ...search,
      ...limits('information'),
      ...invalid,
      ...limits('turns', 'episode'),
    ]
  })
}

/** What the model is doing now. */
export type Phase =
  | { kind: 'starting' }
  | { kind: 'reading-library' }
  | { kind: 'loading-model' }
  | { kind: 'reading-question' }
  | { kind: 'thinking' }
  | { kind: 'writing' }
  | { kind: 'writing-query' }
  | { kind: 'searching'; query: string }
  | { kind: 'reading-passages' }
  | { kind: 'answering' }
  | { kind: 'over' }

const phaseOfPart = {
  thinking: 'thinking',
  query: 'writing-query',
  answer: 'answering',
  outside: 'writing',
} as const satisfies Record<TextPart, Phase['kind']>

const phaseOfPreparing = {
  library: 'reading-library',
  model: 'loading-model',
  prompt: 'reading-question',
} as const satisfies Record<NonNullable<Trace['preparing']>, Phase['kind']>

/** The phase of a trace that is not over. */
export function phaseOf(trace: Trace): Phase {
  if (trace.outcome !== null) return { kind: 'over' }
  const turn = trace.turns.at(-1)
  if (!turn) return { kind: trace.preparing === null ? 'starting' : phaseOfPreparing[trace.preparing] }
  if (turn.search)
    return turn.search.hits === null ? { kind: 'searching', query: turn.search.query } : { kind: 'reading-passages' }
  const piece = turn.texts.at(-1)
  if (!piece && trace.turns.length > 1) return { kind: 'reading-passages' }
  if (!piece) return { kind: trace.preparing ? 'reading-question' : 'thinking' }
  return { kind: phaseOfPart[piece.part] }
}

/** The phase as a short sentence. */
export function phaseSentence(phase: Phase): string {
  switch (phase.kind) {
    case 'starting':
      return 'Starting…'
    case 'reading-library':
      return 'Reading the library…'
    case 'loading-model':
      return 'Loading the model…'
    case 'reading-question':
      return 'Reading the question…'
    case 'thinking':
      return 'Thinking…'
    case 'writing':
      return 'Writing…'
    case 'writing-query':
      return 'Writing a search…'
    case 'searching':
      return `Searching for “${phase.query}”…`
    case 'reading-passages':
      return 'Reading the passages…'
    case 'answering':
      return 'Answering…'
    case 'over':
      return ''
    default:
      return assertNever(phase)
  }
}

/** The answer as far as it is written. */
export function answerText(trace: Trace): string | null {
  if (trace.answer !== null) return trace.answer
  const text = trace.turns
    .at(-1)
    ?.texts.findLast(({ part }) => part === 'answer')
    ?.text.trim()
  return text ? text : null
}

/**
 * The passages of a trace, each once: those that support the answer first and numbered, whole answers before parts of
 * them, then the others that the model was shown, then those it was not.
 */
export function sourcesOf(trace: Trace): SourceRef[] {
  const found = new Map<string, { passage: PassageHit; shown: boolean }>()
  for (const { search } of trace.turns)
    for (const [i, passage] of (search?.hits ?? []).entries()) {
      const shown = i < (search?.shown ?? 0)
      const known = found.get(passage.id)
      if (!known) found.set(passage.id, { passage, shown })
      else if (shown) known.shown = true
    }
  const spans = trace.evidence?.spans ?? []
  const rank = ({ passage, shown }: { passage: PassageHit; shown: boolean }): number => {
    const kinds = spans.filter(({ passageId }) => passageId === passage.id).map(({ kind }) => kind)
    return kinds.includes('exact') ? 0 : kinds.length > 0 ? 1 : shown ? 2 : 3
  }
  return [...found.values()]
    .sort((a, b) => rank(a) - rank(b))
    .map(({ passage }, i) => {
      const evidence = distinct(spans.filter(({ passageId }) => passageId === passage.id))
      return { passage, number: evidence.length > 0 ? i + 1 : null, evidence }
    })
}

const distinct = <T extends { start: number; end: number }>(spans: readonly T[]): T[] => [
  ...new Map(spans.map((span) => [`${span.start}-${span.end}`, span])).values(),
]

/** What a verdict means, in words. */
export const verdicts: Record<Verdict, { label: string; meaning: string }> = {
  supported: {
    label: 'Supported',
    meaning: 'The answer stands word for word in a passage that the model read.',
  },
  'partly-supported': {
    label: 'Partly supported',
    meaning: 'Some words of the answer stand in the passages that the model read. Check the source.',
  },
  'not-found': {
    label: 'Not found in your documents',
    meaning: 'No passage that the model read contains this answer. It may be wrong.',
  },
}
