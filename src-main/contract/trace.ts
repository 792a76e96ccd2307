import { z } from 'zod'
import { errorValueSchema } from './errors.ts'
import { passageHitSchema, spanSchema } from './library.ts'
import { limitsSchema, promptKindSchema } from './model.ts'

/** Tokens and time of a turn or of a whole episode. */
export const usageSchema = z.object({
  /** Tokens that the model wrote. */
  generated: z.number().int(),
  /** Tokens that went through the network. */
  evaluated: z.number().int(),
  /** Tokens whose state was still in the KV cache when the turn began and that were not computed again. */
  cached: z.number().int(),
  promptMs: z.number(),
  decodeMs: z.number(),
})
export type Usage = z.infer<typeof usageSchema>

/** Which part of a turn a piece of text belongs to. `outside` is text that the model wrote outside of every tag. */
export const textPartSchema = z.enum(['thinking', 'query', 'answer', 'outside'])
export type TextPart = z.infer<typeof textPartSchema>

/** A limit that was hit. `turns`: the last turn asked for a search that was no longer executed. */
export const limitKindSchema = z.enum(['prompt', 'turn', 'information', 'episode', 'turns'])

export const verdictSchema = z.enum(['supported', 'partly-supported', 'not-found'])
export type Verdict = z.infer<typeof verdictSchema>

/** Where the answer stands in a passage that the model was shown. Offsets count UTF-16 units of the passage's text. */
export const evidenceSpanSchema = spanSchema.extend({
  turn: z.number().int(),
  passageId: z.string(),
  /** `exact`: the whole answer; `partial`: some of its words. */
  kind: z.enum(['exact', 'partial']),
})
export type EvidenceSpan = z.infer<typeof evidenceSpanSchema>

export const evidenceSchema = z.object({
  verdict: verdictSchema,
  spans: z.array(evidenceSpanSchema),
  /** Why the verdict needs a second look (a yes/no answer, say). */
  note: z.string().nullable(),
})
export type Evidence = z.infer<typeof evidenceSchema>

/** What has to be done before the first token: read a library that is new, load the model, evaluate the prompt. */
export const preparingSchema = z.enum(['library', 'model', 'prompt'])

export const outcomeSchema = z.enum(['answered', 'no-answer', 'stopped', 'failed'])
export type Outcome = z.infer<typeof outcomeSchema>

/** The training run whose result answers. */
export const taughtSchema = z.object({ runId: z.string(), name: z.string() })
export type Taught = z.infer<typeof taughtSchema>

/** What happens in an episode, in order. A trace is the fold of these events: see {@link foldTrace}. */
export const agentEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('started'),
    question: z.string(),
    library: z.object({ id: z.string(), name: z.string() }),
    model: z.object({ id: z.string(), name: z.string() }),
    /** The training whose result answers, where one was promoted for the library. */
    taught: taughtSchema.nullable().default(null),
    /** Why that result could not be used, so that `model` answers as it is. */
    fallback: errorValueSchema.nullable().default(null),
    prompt: promptKindSchema,
    limits: limitsSchema,
    /** How many of the library's files could be searched when the episode began. */
    searchable: z.object({ files: z.number().int(), of: z.number().int() }),
  }),
  /** Something takes a while before the first token: say what. */
  z.object({ type: z.literal('preparing'), what: preparingSchema }),
  z.object({ type: z.literal('turn-started'), turn: z.number().int() }),
  /** The model has read everything so far and writes its first token; text follows once it is more than a tag. */
  z.object({ type: z.literal('writing'), turn: z.number().int() }),
  z.object({ type: z.literal('text'), turn: z.number().int(), part: textPartSchema, text: z.string() }),
  z.object({ type: z.literal('searching'), turn: z.number().int(), query: z.string() }),
  z.object({
    type: z.literal('searched'),
    turn: z.number().int(),
    query: z.string(),
    hits: z.array(passageHitSchema),
    /** How many of the hits, from the first, the model was shown (the rest did not fit); the last one may be cut. */
    shown: z.number().int(),
    ms: z.number(),
  }),
  /** The turn held neither a search nor an answer; the model was told so. */
  z.object({ type: z.literal('invalid'), turn: z.number().int() }),
  z.object({
    type: z.literal('limit'),
    turn: z.number().int(),
    limit: limitKindSchema,
    /** The limit, in tokens (turns for `turns`). */
    allowed: z.number().int(),
  }),
  z.object({ type: z.literal('turn-ended'), turn: z.number().int(), usage: usageSchema }),
  z.object({ type: z.literal('evidence'), evidence: evidenceSchema }),
  z.object({
    type: z.literal('ended'),
    outcome: outcomeSchema,
    answer: z.string().nullable(),
    usage: usageSchema,
    /** From the question being sent to the end. */
    ms: z.number(),
    error: errorValueSchema.nullable(),
  }),
])
export type AgentEvent = z.infer<typeof agentEventSchema>

/** One turn of the model, as the timeline shows it. */
export const traceTurnSchema = z.object({
  turn: z.number().int(),
  /** The turn's text in order; adjacent pieces of one part are joined. Never contains tags. */
  texts: z.array(z.object({ part: textPartSchema, text: z.string() })),
  search: z
    .object({
      query: z.string(),
      /** Null while the search runs. */
      hits: z.array(passageHitSchema).nullable(),
      shown: z.number().int(),
      ms: z.number(),
    })
    .nullable(),
  invalid: z.boolean(),
  limits: z.array(z.object({ limit: limitKindSchema, allowed: z.number().int() })),
  /** Null while the turn runs. */
  usage: usageSchema.nullable(),
})
export type TraceTurn = z.infer<typeof traceTurnSchema>

/** A whole episode for people and programs. */
export const traceSchema = z.object({
  question: z.string(),
  library: z.object({ id: z.string(), name: z.string() }).nullable(),
  model: z.object({ id: z.string(), name: z.string() }).nullable(),
  taught: taughtSchema.nullable().default(null),
  fallback: errorValueSchema.nullable().default(null),
  prompt: promptKindSchema.nullable(),
  limits: limitsSchema.nullable(),
  searchable: z.object({ files: z.number().int(), of: z.number().int() }).nullable(),
  preparing: preparingSchema.nullable(),
  turns: z.array(traceTurnSchema),
  answer: z.string().nullable(),
  evidence: evidenceSchema.nullable(),
  /** Null while the episode runs. */
  outcome: outcomeSchema.nullable(),
  usage: usageSchema.nullable(),
  ms: z.number().nullable(),
  error: errorValueSchema.nullable(),
})
export type Trace = z.infer<typeof traceSchema>
