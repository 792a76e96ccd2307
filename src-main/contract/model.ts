import { z } from 'zod'
import { errorValueSchema } from './errors.ts'

/** The first message a model was trained to be given: a property of the model, used alike wherever it plays. */
export const promptKindSchema = z.enum(['search-r1', 'question-only'])
export type PromptKind = z.infer<typeof promptKindSchema>

export const modelRoleSchema = z.enum(['chat', 'embedding', 'reranking'])
export type ModelRole = z.infer<typeof modelRoleSchema>

/**
 * How a server tells how probable given tokens are: `prompt_logprobs` (vLLM), `echo` (the older way of OpenAI's protocol), or
 * not at all; and for how many of the likeliest tokens at each place.
 */
export const remoteScoresSchema = z.object({
  how: z.enum(['prompt_logprobs', 'echo', 'none']),
  top: z.number().int().min(0),
})
export type RemoteScores = z.infer<typeof remoteScoresSchema>

/** A model's place on a server. */
export const remotePlaceSchema = z.object({
  /** Host and port. */
  host: z.string(),
  /** The server runs on this very computer: nothing leaves it. */
  here: z.boolean(),
  /** The server's name for the model. */
  model: z.string(),
  /** Whether an episode is one text there, as with a local model, or a conversation. */
  speaks: z.enum(['text', 'chat']),
  scores: remoteScoresSchema,
})
export type RemotePlace = z.infer<typeof remotePlaceSchema>

/**
 * How a model can write questions about a passage: it follows instructions, or it takes notes ("The founder of X is Y"),
 * which are then asked for.
 */
export const writingKindSchema = z.enum(['instructions', 'notes'])
export type WritingKind = z.infer<typeof writingKindSchema>

/** A GGUF file that the app knows, with the facts read from its header; or a model on a server. */
export const modelSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Absolute; of a model on a server its reference, `remote:NAME`. */
  path: z.string(),
  role: modelRoleSchema,
  architecture: z.string(),
  /** Number of weights. */
  parameters: z.number(),
  quantization: z.string(),
  sizeBytes: z.number(),
  /** Tokens that the model was trained to see at once. */
  contextLength: z.number().int(),
  /** Null for models that do not chat. */
  prompt: promptKindSchema.nullable(),
  /** Null: it cannot write questions. */
  writes: writingKindSchema.nullable(),
  bundled: z.boolean(),
  /** It lies in the folder of another app and is never changed. */
  shared: z.boolean(),
  /** Null: its file is here. What is not known of a model on a server is 0 or `unknown`. */
  remote: remotePlaceSchema.nullable(),
  /** A plain sentence on what the model is good for, where one is known. */
  note: z.string().nullable(),
  /** Why it cannot be used at the moment. */
  error: errorValueSchema.nullable(),
})
export type Model = z.infer<typeof modelSchema>

/** How the next token is drawn. Temperature 0 is greedy: the other fields are then without effect. */
export const samplingSchema = z.object({
  temperature: z.number().min(0).max(5),
  topP: z.number().gt(0).max(1),
  /** 0: no limit. */
  topK: z.number().int().min(0),
  minP: z.number().min(0).max(1),
  seed: z.number().int().min(0).max(0xffffffff).nullable(),
})
export type Sampling = z.infer<typeof samplingSchema>

/** Greedy decoding, as for evaluation and chat. */
export const greedy: Sampling = { temperature: 0, topP: 1, topK: 0, minP: 0, seed: null }

/** Limits of one episode, in tokens unless said otherwise (`dgpo.md` section 1; defaults of the paper). */
export const limitsSchema = z.object({
  /** Turns that may search; one more turn follows in which a search is no longer executed. */
  maxTurns: z.number().int().positive(),
  /** Passages per search. */
  topK: z.number().int().positive(),
  prompt: z.number().int().positive(),
  turn: z.number().int().positive(),
  information: z.number().int().positive(),
  episode: z.number().int().positive(),
})
export type Limits = z.infer<typeof limitsSchema>

export const defaultLimits: Limits = {
  maxTurns: 4,
  topK: 3,
  prompt: 2048,
  turn: 500,
  information: 500,
  episode: 4096,
}
