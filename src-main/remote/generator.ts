import { z } from 'zod'
import type { Generated, GenerationRequest, GenerationSlot, Generator } from '../agent/ports.ts'
import type { RemoteModel, Sampling } from '../contract/index.ts'
import { askStream, isTooLong, type Server } from './server.ts'
import { disarm, type Stretch, Words } from './words.ts'

/** How a model on a server is to play. */
export interface RemoteGeneratorOptions {
  server: Server
  facts: RemoteModel
  /** Tokens that one episode may hold; the model's own limit applies as well. */
  contextLength: number
  /** Requests at the same time. */
  slots: number
  /** For the list of requests. */
  purpose: string
}

interface Message {
  role: 'user' | 'assistant'
  content: string
}

const usageSchema = z
  .object({
    prompt_tokens: z.number(),
    completion_tokens: z.number().default(0),
    prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
  })
  .nullish()
const textSchema = z.object({
  choices: z.array(z.object({ text: z.string().default(''), finish_reason: z.string().nullish() })),
  usage: usageSchema,
})
const chatSchema = z.object({
  choices: z.array(
    z.object({
      delta: z
        .object({
          content: z.string().nullish(),
          // Two names for what servers take out of an answer: the model's reasoning.
          reasoning_content: z.string().nullish(),
          reasoning: z.string().nullish(),
        })
        .default({}),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: usageSchema,
})
type Usage = z.infer<typeof usageSchema>

/** A piece of an answer. */
interface Piece {
  text: string
  finish: string | null
  usage: Usage
}

function samplingOf({ temperature, topP, topK, minP, seed }: Sampling): object {
  return {
    temperature,
    ...(temperature > 0 ? { top_p: topP } : {}),
    // Not in OpenAI's protocol, so only sent where it says something.
    ...(temperature > 0 && topK > 0 ? { top_k: topK } : {}),
    ...(temperature > 0 && minP > 0 ? { min_p: minP } : {}),
    ...(seed === null ? {} : { seed: seed % 2 ** 31 }),
  }
}

async function* asText(options: RemoteGeneratorOptions, prompt: string, request: GenerationRequest) {
  const { server, facts, purpose } = options
  const json = {
    model: facts.model,
    prompt,
    max_tokens: request.maxTokens,
    stream: true,
    stream_options: { include_usage: true },
    ...samplingOf(request.sampling),
  }
  for await (const { choices, usage } of askStream(server, 'completions', textSchema, {
    purpose,
    json,
    signal: request.signal,
  })) {
    yield { text: choices[0]?.text ?? '', finish: choices[0]?.finish_reason ?? null, usage } satisfies Piece
  }
}

/** A conversation; reasoning that the server took out of the answer is put back where the model wrote it. */
async function* asChat(options: RemoteGeneratorOptions, messages: readonly Message[], request: GenerationRequest) {
  const { server, facts, purpose } = options
  const json = {
    model: facts.model,
    messages,
    max_tokens: request.maxTokens,
    stream: true,
    stream_options: { include_usage: true },
    ...samplingOf(request.sampling),
  }
  let thinking = false
  for await (const { choices, usage } of askStream(server, 'chat/completions', chatSchema, {
    purpose,
    json,
    signal: request.signal,
  })) {
    const { delta, finish_reason: finish = null } = choices[0] ?? {}
    const thought = delta?.reasoning_content ?? delta?.reasoning ?? ''
    const content = delta?.content ?? ''
    let text = ''
    if (thought !== '') {
      text += thinking ? thought : `<think>${thought}`
      thinking = true
    }
    if (thinking && (content !== '' || finish !== null)) {
      text += '</think>\n'
      thinking = false
    }
    yield { text: text + content, finish: finish ?? null, usage } satisfies Piece
  }
}

/** What was said, by turns: many templates refuse two in a row by the same side. */
function conversation(stretches: readonly Stretch[]): Message[] {
  const messages: Message[] = []
  for (const { writer, text } of stretches) {
    const role = writer === 'own' ? 'assistant' : 'user'
    const content = disarm(text).trim()
    if (writer === 'frame' || content === '') continue
    const last = messages.at(-1)
    if (last?.role === role) last.content += `\n\n${content}`
    else messages.push({ role, content })
  }
  return messages
}

/** Length of the shortest beginning of `whole`, longer than `from`, at which the turn ends; null: it goes on. */
function endOf(whole: string, from: number, stop: (text: string) => boolean): number | null {
  if (!stop(whole)) return null
  for (let length = from + 1; length < whole.length; length++) if (stop(whole.slice(0, length))) return length
  return whole.length
}

/**
 * A model on a server that plays episodes like a local one. Where the server goes on with any text, an episode is one text
 * in the model's own chat template; else a conversation in which the environment is the user. The turn is cut where the
 * loop says so, and the request with it.
 */
export function remoteGenerator(options: RemoteGeneratorOptions): Generator {
  const { facts } = options
  const words = new Words()
  const { opening } = facts
  let free = options.slots
  const waiting: (() => void)[] = []

  function pieces(request: GenerationRequest): AsyncGenerator<Piece> {
    const stretches = words.stretches(request.context)
    if (opening) {
      const prompt = stretches.map(({ writer, text }) => (writer === 'given' ? disarm(text) : text)).join('')
      return asText(options, prompt, request)
    }
    return asChat(options, conversation(stretches), request)
  }

  async function generate(request: GenerationRequest): Promise<Generated> {
    const started = performance.now()
    let begun: number | null = null
    let text = ''
    let usage: Usage = null
    let reason: Generated['reason'] = 'end-of-turn'
    const say = (piece: string): void => {
      if (piece === '') return
      if (begun === null) {
        begun = performance.now()
        request.onBegin?.()
      }
      text += piece
      request.onText?.(piece)
    }
    try {
      for await (const piece of pieces(request)) {
        usage = piece.usage ?? usage
        const end = endOf(text + piece.text, text.length, request.stop.ends)
        say(end === null ? piece.text : piece.text.slice(0, end - text.length))
        if (end !== null) {
          reason = 'stop'
          break
        }
        if (piece.finish === 'length') reason = 'limit'
      }
    } catch (error) {
      // Lengths are counted without the server's tokenizer, so a text can turn out too long.
      if (text === '' && isTooLong(error)) reason = 'full'
      else if (request.signal?.aborted) reason = 'aborted'
      else throw error
    }
    const ended = performance.now()
    const first = begun ?? ended
    const tokens = words.write('own', text)
    const prompt = usage?.prompt_tokens ?? request.context.length
    const cached = Math.min(usage?.prompt_tokens_details?.cached_tokens ?? 0, prompt)
    return {
      tokens,
      text,
      reason,
      evaluated: prompt - cached + tokens.length,
      cached,
      promptMs: first - started,
      decodeMs: ended - first,
    }
  }

  return {
    tokenizer: words,
    prompt: facts.prompt,
    contextLength: Math.min(options.contextLength, facts.contextLength ?? options.contextLength),
    chatPrompt: (message) => [
      ...words.write('frame', opening?.before ?? '\n'),
      ...words.write('given', message),
      ...words.write('frame', opening?.after ?? '\n'),
    ],
    async acquire(_context, signal) {
      signal?.throwIfAborted()
      if (free > 0) free--
      else await queued(waiting, signal)
      let held = true
      const slot: GenerationSlot = {
        generate,
        release() {
          if (!held) return
          held = false
          const next = waiting.shift()
          if (next) next()
          else free++
        },
      }
      return slot
    },
  }
}

/** Waits for its turn; whoever gives up leaves the queue. */
function queued(waiting: (() => void)[], signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const turn = (): void => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }
    const leave = (): void => {
      waiting.splice(waiting.indexOf(turn), 1)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', leave, { once: true })
    waiting.push(turn)
  })
}
