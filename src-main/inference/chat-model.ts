import type {
  EvaluationPriority,
  LlamaContext,
  LlamaContextOptions,
  LlamaContextSequence,
  LlamaModel,
  SequenceEvaluateOptions,
  Token,
} from 'node-llama-cpp'
import type { Generated, GenerationRequest, GenerationSlot, Generator, TokenId } from '../agent/ports.ts'
import type { GpuChoice, PromptKind, Sampling } from '../contract/index.ts'
import { checkAdapter, freeAdapter } from './adapter.ts'
import { fillBatch, numbered } from './batching.ts'
import { isTiny, loadWeights, modelError, threadsFor } from './runtime.ts'
import { createPool, type Pool } from './slots.ts'
import { type Spelling, spellingOf } from './spelling.ts'

/** How a chat model is to be run. */
export interface ChatModelOptions {
  path: string
  /** A LoRA adapter (GGUF) over the model. */
  adapter?: string | null
  prompt: PromptKind
  /** Tokens that one episode may hold; the model's own limit applies as well. */
  contextLength: number
  /** Episodes that can be played at the same time. */
  slots: number
  gpu: GpuChoice
  /** Null: chosen for the model and the machine. */
  threads: number | null
  signal?: AbortSignal
}

/** A loaded chat model. Dispose it to free its memory. */
export interface ChatModel extends Generator {
  readonly path: string
  readonly adapter: string | null
  /** CPU threads that compute. */
  readonly threads: number
  /** Weights, KV cache and buffers, bytes. */
  readonly memoryBytes: number
  /**
   * Puts another adapter (or none) over the same weights, which stay loaded; the file is read again even if its path is the
   * same. No slot may be held meanwhile. One that does not fit changes nothing.
   *
   * @throws {AppError} ADAPTER_MISSING, ADAPTER_DAMAGED, ADAPTER_MISMATCH; after MODEL_* dispose the model
   */
  setAdapter(adapter: string | null): Promise<void>
  dispose(): Promise<void>
}

/** Tokens of a long prompt that are evaluated between two looks at the abort signal. */
const PROMPT_CHUNK = 256
const REPLACEMENT = '\u{FFFD}'

/** No limit is no top-k sampler: one with the whole vocabulary would sort it for each token. */
const noTopK = null as unknown as number

function evaluateOptions(sampling: Sampling, evaluationPriority: EvaluationPriority): SequenceEvaluateOptions {
  const { temperature, topP, topK, minP, seed } = sampling
  return {
    temperature,
    topP,
    topK: topK === 0 ? noTopK : topK,
    minP,
    evaluationPriority,
    yieldEogToken: true,
    ...(seed === null ? {} : { seed }),
  }
}

/** A place in the KV cache. */
interface Place {
  sequence: LlamaContextSequence
  priority: EvaluationPriority
}

/** Decodes tokens as they come; keeps back the bytes of an unfinished character. */
function createDecoder(model: LlamaModel): { push(token: Token): string; end(): string } {
  let pending: Token[] = []
  let last: Token[] = []
  const take = (text: string): string => {
    last = pending.slice(-4)
    pending = []
    return text
  }
  return {
    push(token) {
      pending.push(token)
      const text = model.detokenize(pending, true, last)
      return text.endsWith(REPLACEMENT) && pending.length < 8 ? '' : take(text)
    },
    end: () => (pending.length === 0 ? '' : take(model.detokenize(pending, true, last))),
  }
}

async function generate(
  model: LlamaModel,
  { sequence, priority }: Place,
  request: GenerationRequest,
): Promise<Generated> {
  const { context, maxTokens, sampling, stop, onText, signal } = request
  const started = performance.now()
  await sequence.adaptStateToTokens([...context] as Token[], false)
  if (sequence.nextTokenIndex >= context.length) {
    await sequence.eraseContextTokenRanges([{ start: context.length - 1, end: sequence.nextTokenIndex }])
  }
  const cached = sequence.nextTokenIndex
  let evaluated = 0
  let decoding = started
  const tokens: TokenId[] = []
  let text = ''
  const result = (reason: Generated['reason']): Generated => {
    const ended = performance.now()
    const first = tokens.length === 0 ? ended : decoding
    return { tokens, text, reason, evaluated, cached, promptMs: first - started, decodeMs: ended - first }
  }

  let rest = context.slice(cached) as Token[]
  while (rest.length > PROMPT_CHUNK) {
    if (signal?.aborted) return result('aborted')
    await sequence.evaluateWithoutGeneratingNewTokens(rest.slice(0, PROMPT_CHUNK), { evaluationPriority: priority })
    evaluated += PROMPT_CHUNK
    rest = rest.slice(PROMPT_CHUNK)
  }
  if (signal?.aborted) return result('aborted')

  const decoder = createDecoder(model)
  const say = (piece: string): void => {
    if (piece === '') return
    text += piece
    onText?.(piece)
  }
  evaluated += rest.length
  for await (const token of sequence.evaluate(rest, evaluateOptions(sampling, priority))) {
    if (tokens.length > 0) evaluated++
    else {
      decoding = performance.now()
      request.onBegin?.()
    }
    if (model.isEogToken(token)) {
      say(decoder.end())
      return result('end-of-turn')
    }
    tokens.push(token)
    say(decoder.push(token))
    if (stop.ends(text)) return result('stop')
    if (tokens.length >= maxTokens) break
    if (signal?.aborted) {
      say(decoder.end())
      return result('aborted')
    }
  }
  say(decoder.end())
  return result('limit')
}

/** What is open over the weights, and who may use it. */
interface Opened {
  contexts: LlamaContext[]
  pool: Pool<Place>
}

/**
 * How the places are laid out. A large model reads its weights once for all sequences of a batch, so they share a context.
 * A tiny one stays in the processor's cache and gains nothing by batches, but its contexts compute side by side on several
 * cores, one thread each, and what an episode says does not depend, not even in the last bit, on what is played beside it.
 * There flash attention, with half-size keys and values, takes two to three times as long as plain attention.
 */
function contextLayout(
  model: LlamaModel,
  slots: number,
): { contexts: number; sequences: number } & LlamaContextOptions {
  return isTiny(model)
    ? {
        contexts: slots,
        sequences: 1,
        batchSize: PROMPT_CHUNK,
        flashAttention: false,
        experimentalKvCacheKeyType: 'F32',
        experimentalKvCacheValueType: 'F32',
      }
    : { contexts: 1, sequences: slots }
}

/**
 * Loads a chat model with room for several episodes at once.
 *
 * @throws {AppError} MODEL_NO_CHAT_TEMPLATE, MODEL_TOO_LARGE, MODEL_UNSUPPORTED, MODEL_FAILED, ADAPTER_MISSING,
 *   ADAPTER_DAMAGED, ADAPTER_MISMATCH
 */
export async function loadChatModel(options: ChatModelOptions): Promise<ChatModel> {
  const { path, signal } = options
  const model = await loadWeights(path, options.gpu, { signal })
  let spelling: Spelling
  try {
    spelling = spellingOf(model)
  } catch (error) {
    await model.dispose()
    throw error
  }
  const contextLength = Math.min(options.contextLength, model.trainContextSize)
  const threads = threadsFor(model, options.threads)
  const { contexts, ...layout } = contextLayout(model, options.slots)
  const openContext = (adapter: string | null): Promise<LlamaContext> =>
    model
      .createContext({
        contextSize: contextLength,
        threads,
        batching: { itemPrioritizationStrategy: fillBatch },
        ...layout,
        ...(adapter === null ? {} : { lora: adapter }),
        ...(signal ? { createSignal: signal } : {}),
      })
      .catch((error: unknown) => {
        throw signal?.aborted ? error : modelError(error, path)
      })
  const open = async (adapter: string | null): Promise<Opened> => {
    const opened: LlamaContext[] = []
    try {
      while (opened.length < contexts) opened.push(await openContext(adapter))
    } catch (error) {
      for (const context of opened) await context.dispose()
      throw error
    }
    const places = opened.flatMap((context) =>
      Array.from({ length: layout.sequences }, (_, i) => ({ sequence: context.getSequence(), priority: numbered(i) })),
    )
    return { contexts: opened, pool: createPool(places) }
  }
  let adapter = options.adapter ?? null
  let opened: Opened
  try {
    if (adapter !== null) await checkAdapter(adapter, model.fileInfo)
    opened = await open(adapter)
  } catch (error) {
    await model.dispose()
    throw error
  }

  return {
    ...spelling,
    path,
    threads,
    prompt: options.prompt,
    contextLength,
    get adapter() {
      return adapter
    },
    get memoryBytes() {
      return opened.contexts.reduce((bytes, { stateSize }) => bytes + stateSize, model.size)
    },
    async acquire(tokens, wait) {
      const { pool } = opened
      const wanted = [...tokens] as Token[]
      const place = await pool.take(({ sequence }) => sequence.compareContextTokens(wanted).firstDifferentIndex, wait)
      let held = true
      const slot: GenerationSlot = {
        async generate(request) {
          try {
            return await generate(model, place, request)
          } catch (error) {
            throw modelError(error, path)
          }
        },
        release() {
          if (held) pool.give(place)
          held = false
        },
      }
      return slot
    },
    async setAdapter(next) {
      if (next !== null) await checkAdapter(next, model.fileInfo)
      for (const context of opened.contexts) await context.dispose()
      if (adapter !== null) await freeAdapter(model, adapter)
      adapter = next
      opened = await open(next)
    },
    async dispose() {
      for (const context of opened.contexts) await context.dispose()
      await model.dispose()
    },
  }
}
