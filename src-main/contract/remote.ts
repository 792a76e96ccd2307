import { z } from 'zod'
import { type Model, promptKindSchema, remoteScoresSchema } from './model.ts'

/** What a reference to a model on a server begins with; the name that the person gave it follows. */
const PREFIX = 'remote:'

/** The reference of a model on a server, which stands wherever a local model has its path: `remote:Big one`. */
export const remoteReference = (name: string): string => PREFIX + name

/** The name in such a reference; null for anything else, a path above all. */
export const remoteName = (reference: string): string | null =>
  reference.startsWith(PREFIX) ? reference.slice(PREFIX.length) : null

/** Where a server is: the address below which `models` and `chat/completions` are, mostly ending in `/v1`. */
export const serverAddressSchema = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine((url) => new URL(url).username === '', 'write no name or password into the address')

/** A model on a server that speaks OpenAI's protocol, and what the server was found to give when it was added. */
export const remoteModelSchema = z.object({
  name: z.string().trim().min(1).max(100),
  url: serverAddressSchema,
  /** The server's name for it. */
  model: z.string().min(1).max(300),
  prompt: promptKindSchema,
  /** Tokens that it can see at once; null: the server does not say. */
  contextLength: z.number().int().positive().nullable(),
  /**
   * The text around one user message, where the server tells its chat template and goes on with any text: an episode is then
   * one text, as it is with a local model. Null: it is sent as a conversation, turn by turn.
   */
  opening: z.object({ before: z.string(), after: z.string() }).nullable(),
  scores: remoteScoresSchema,
})
export type RemoteModel = z.infer<typeof remoteModelSchema>

/** Whether what is sent to a server stays on this computer. */
export function isThisComputer(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** A server to be asked, and the key that it wants. The key is kept as access tokens are and never told. */
export const serverSchema = z.object({
  url: serverAddressSchema,
  key: z
    .string()
    .trim()
    .min(1)
    .max(1000)
    .regex(/^[\x21-\x7e]+$/)
    .nullable()
    .default(null),
})

/** The servers elsewhere that get to read questions and passages when these models are used, each once. */
export const hostsOf = (models: readonly (Model | null | undefined)[]): string[] => [
  ...new Set(models.flatMap((model) => (model?.remote && !model.remote.here ? [model.remote.host] : []))),
]

/** Says plainly which texts leave this computer when a question is asked. */
export const leaving = (hosts: readonly string[]): string =>
  `The question and the passages that are found for it are sent to ${hosts.join(' and ')}.`

/** The same when models write questions about a library and try them. */
export const leavingToDraft = (hosts: readonly string[], library: string): string =>
  `Passages from all over “${library}”, and the questions that are written about them, are sent to ${hosts.join(' and ')}.`
