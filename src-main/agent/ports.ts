import type { PassageHit, PromptKind, Sampling } from '../contract/index.ts'

/** A token id of the model's vocabulary. */
export type TokenId = number

/** Turns text into tokens and back. Text is only ever text: control tokens spelled out in it are not special. */
export interface Tokenizer {
  encode(text: string): TokenId[]
  decode(tokens: readonly TokenId[]): string
}

/** When a turn is over, besides at an end-of-turn token. */
export interface StopRule {
  /** A text that holds none of these goes on, so `ends` need not be asked while no new one comes up. */
  marks: readonly string[]
  /** Asked with the turn's whole text; true ends the turn. */
  ends(text: string): boolean
}

/** What to generate next. */
export interface GenerationRequest {
  /** The whole episode so far, from its first token; what is still in the KV cache is not evaluated again. */
  context: readonly TokenId[]
  /** At most this many new tokens. */
  maxTokens: number
  sampling: Sampling
  stop: StopRule
  /** Called once, when the context is evaluated and the first token is drawn. */
  onBegin?(): void
  /** Receives the turn's text piece by piece, never half a character. */
  onText?(piece: string): void
  /** Ends the generation within one token; `reason` is then `aborted`. */
  signal?: AbortSignal | undefined
}

export interface Generated {
  /** The new tokens, an end-of-turn token not included. */
  tokens: TokenId[]
  text: string
  /** `full`: nothing was written, because the model has no room left for more (as its server found). */
  reason: 'stop' | 'end-of-turn' | 'limit' | 'aborted' | 'full'
  /** Tokens that went through the network, and tokens of the context that did not have to. */
  evaluated: number
  cached: number
  /** Wall time until the first token, and from there to the last. */
  promptMs: number
  decodeMs: number
}

/** A place in the model's KV cache, held for one episode. */
export interface GenerationSlot {
  generate(request: GenerationRequest): Promise<Generated>
  /** Gives the place back; what was evaluated stays in it for whoever begins with the same tokens. */
  release(): void
}

/** A loaded language model, able to play several episodes at once. */
export interface Generator {
  readonly tokenizer: Tokenizer
  readonly prompt: PromptKind
  /** Tokens that one episode can hold. */
  readonly contextLength: number
  /** One user message through the model's own chat template, with the generation prompt appended. */
  chatPrompt(userMessage: string): TokenId[]
  /** Waits for a free place, the one that already holds most of `context` if there is a choice. */
  acquire(context: readonly TokenId[], signal?: AbortSignal): Promise<GenerationSlot>
}

/** Finds passages. The agent's searches and the search panel go through the same one. */
export interface Retriever {
  search(query: string, limit: number, signal?: AbortSignal): Promise<PassageHit[]>
}
