import { availableParallelism } from 'node:os'
import type { Generated, GenerationRequest, Generator } from '../agent/index.ts'
import { appError, type GpuChoice, type PromptKind } from '../contract/index.ts'
import { type ChatModel, createPool, loadChatModel, loadSpelling } from '../inference/index.ts'
import type { Architecture, DecodedTurn, Decoder, Engine, Model, Trainer } from '../training/index.ts'

/** A model that the training engine plays with, instead of llama.cpp. */
export interface DecodingModel extends Generator {
  /**
   * Puts another adapter (or none) over the same weights; the file is read again even if its path is the same. No slot may be
   * held meanwhile.
   *
   * @throws {AppError} ADAPTER_MISSING, ADAPTER_DAMAGED, ADAPTER_MISMATCH
   */
  setAdapter(adapter: string | null): Promise<void>
  dispose(): Promise<void>
}

/** With what to play, and how many episodes at once. */
export interface PlayingOptions {
  path: string
  /** A LoRA adapter (GGUF) over the model. */
  adapter: string | null
  prompt: PromptKind
  /** Tokens of an episode. */
  contextLength: number
  slots: number
  gpu: GpuChoice
  /** Null: chosen for the model and the machine. */
  threads: number | null
}

/** Up to so many weights stay in a processor's cache. */
const SMALL = 50e6

/**
 * Loads a model to play many episodes with: by the engine if it is a small one of its families, else by llama.cpp. llama.cpp
 * reads the weights of a large model once for all episodes of a batch, and gains by it; with a small one it spends its time on
 * the attention of single tokens, and gains nothing.
 *
 * @throws {AppError} MODEL_*, ADAPTER_*, TRAINING_MEMORY
 */
export async function loadPlayingModel(engine: Engine, how: PlayingOptions): Promise<ChatModel | DecodingModel> {
  const shape = await engine.inspectModel(how.path).catch(() => null)
  return shape !== null && weightsOf(shape) < SMALL ? loadDecodingModel(engine, how) : loadChatModel(how)
}

function weightsOf({
  layers,
  embedding,
  heads,
  keyValueHeads,
  headSize,
  feedForward,
  vocabulary,
}: Architecture): number {
  const attention = 2 * embedding * headSize * (heads + keyValueHeads)
  return layers * (attention + 3 * embedding * feedForward) + vocabulary * embedding
}

/** Loads a model for the engine to play with: the same tokens as in chat, drawn by the engine. */
async function loadDecodingModel(engine: Engine, options: PlayingOptions): Promise<DecodingModel> {
  const { path, prompt, slots } = options
  const spelling = await loadSpelling(path, options.gpu)
  const vocabulary = spelling.vocabulary()
  const models: Model[] = []
  let writers: Writer[] = []

  async function close(): Promise<void> {
    for (const { trainer, decoder } of writers) {
      await decoder.dispose()
      await trainer?.dispose()
    }
    writers = []
  }
  async function open(adapter: string | null): Promise<void> {
    if (adapter !== null) await spelling.checkAdapter(adapter)
    await close()
    for (const model of models) {
      const trainer = adapter === null ? null : await model.createTrainer(await engine.inspectAdapter(adapter))
      if (adapter !== null) await trainer?.importAdapter(adapter)
      const decoder = model.createDecoder({ trainer, vocabulary, slots: Math.ceil(slots / models.length) })
      writers.push({ trainer, decoder })
    }
  }
  async function dispose(): Promise<void> {
    await close()
    for (const model of models) await model.dispose()
    await spelling.dispose()
  }
  try {
    const wanted = writersFor(slots, options.threads)
    while (models.length < wanted) models.push(await engine.loadModel({ path }, { threads: 1 }))
    await open(options.adapter)
  } catch (error) {
    await dispose()
    throw error
  }

  const contextLengths = models.map(({ architecture }) => architecture.contextLength)
  const pool = createPool(Array.from({ length: slots }, (_, place) => place))
  return {
    prompt,
    contextLength: Math.min(options.contextLength, ...contextLengths),
    tokenizer: spelling.tokenizer,
    chatPrompt: spelling.chatPrompt,
    async acquire(_, signal) {
      const place = await pool.take(() => 0, signal)
      const writer = writers[place % writers.length]
      if (!writer) throw appError('INTERNAL', 'The model was disposed of.', 'Load it again.')
      const slot = Math.floor(place / writers.length)
      let fresh = true
      let held = true
      return {
        async generate(request) {
          const at = { slot, fresh }
          fresh = false
          return generate(writer.decoder, spelling.tokenizer.decode, at, request)
        },
        release() {
          if (held) pool.give(place)
          held = false
        },
      }
    },
    setAdapter: open,
    dispose,
  }
}

/** A batch of its own, on a core of its own: a small model gains more by that than by threads that share its steps. */
interface Writer {
  trainer: Trainer | null
  decoder: Decoder
}

/** Writers: as many as there are threads, but none for less than four episodes, and not all of libuv's four threads. */
function writersFor(slots: number, threads: number | null): number {
  return Math.max(1, Math.min(threads ?? availableParallelism(), Math.floor(slots / 4), 3))
}

/** Lets the decoder write until the turn is over: it rests where the turn could be. */
async function generate(
  decoder: Decoder,
  decode: (tokens: number[]) => string,
  { slot, fresh }: { slot: number; fresh: boolean },
  { context, maxTokens, sampling, stop, onBegin, onText, signal }: GenerationRequest,
): Promise<Generated> {
  const { temperature, topP, topK, minP } = sampling
  if (topP !== 1 || topK !== 0 || minP !== 0) {
    throw appError('INTERNAL', 'The engine draws from the whole distribution only.', 'Play with temperature alone.')
  }
  const seed = sampling.seed ?? Math.floor(2 ** 32 * Math.random())
  const tokens: number[] = []
  let text = ''
  let first: DecodedTurn | null = null
  let decodeMs = 0
  for (;;) {
    const written: DecodedTurn = await decoder.write(
      {
        slot,
        fresh: fresh && first === null,
        context: [...context, ...tokens],
        maxTokens: maxTokens - tokens.length,
        temperature,
        seed,
        drawn: tokens.length,
        stops: stop.marks,
        said: text,
      },
      signal,
    )
    tokens.push(...written.tokens)
    decodeMs += written.decodeMs + (first ? written.promptMs : 0)
    const piece = decode(tokens).slice(text.length)
    if (!first) onBegin?.()
    if (piece !== '') onText?.(piece)
    first ??= written
    text += piece
    const ended = written.reason === 'stop' && stop.ends(text)
    if (written.reason === 'stop' && !ended && tokens.length < maxTokens) continue
    const { cached, promptMs } = first
    return {
      tokens,
      text,
      reason: written.reason === 'stop' && !ended ? 'limit' : written.reason,
      evaluated: context.length - cached + Math.max(0, tokens.length - (written.reason === 'end-of-turn' ? 0 : 1)),
      cached,
      promptMs,
      decodeMs,
    }
  }
}
