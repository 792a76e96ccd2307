import { engineError, type NativeDecoder, type NativeTurn, type NativeWritten } from './addon.ts'

/** What to write next in a slot. */
export interface DecodingTurn {
  slot: number
  /** The whole sequence so far. What the slot holds of it is not computed again, unless `fresh` begins another sequence. */
  context: readonly number[]
  fresh: boolean
  maxTokens: number
  /** 0 takes the most probable token. Each draw depends on seed and index only; `drawn` is the index of the first one. */
  temperature: number
  seed: number
  drawn: number
  /** The turn rests when its text, `said` before this, comes to hold one of these once more. */
  stops: readonly string[]
  said: string
}

export interface DecodedTurn {
  /** Without the token that ended the turn. */
  tokens: number[]
  reason: NativeWritten['reason']
  /** Tokens of the context that did not have to be computed. */
  cached: number
  promptMs: number
  decodeMs: number
}

interface Waiting {
  resolve: (written: DecodedTurn) => void
  reject: (error: unknown) => void
}

/**
 * Writes several sequences at once, one token of each in a step, until their turns are over. What a sequence says does not
 * depend on those beside it, not even in the last bit.
 */
export class Decoder {
  readonly #native: NativeDecoder
  readonly #waiting = new Map<number, Waiting>()
  #running: Promise<void> | null = null

  /** @internal `Model.createDecoder` makes decoders. */
  constructor(native: NativeDecoder) {
    this.#native = native
  }

  /**
   * Writes a turn; it joins those of other slots with their next token. One turn per slot at a time. An abort ends it within a
   * token, with the reason `aborted`.
   *
   * @throws {AppError} INVALID_INPUT, TRAINING_*
   */
  async write(turn: DecodingTurn, signal?: AbortSignal): Promise<DecodedTurn> {
    const { slot, context } = turn
    const written = new Promise<DecodedTurn>((resolve, reject) => {
      try {
        this.#native.begin({ ...turn, context: Int32Array.from(context) } satisfies NativeTurn)
        this.#waiting.set(slot, { resolve, reject })
      } catch (error) {
        reject(engineError(error))
      }
    })
    if (this.#waiting.size > 0) this.#running ??= this.#run()
    const abort = (): void => this.#native.abort(slot)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      return await written
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  async #run(): Promise<void> {
    let next = this.#native.run()
    while (this.#waiting.size > 0) {
      try {
        const over = (await next).map(({ slot, tokens, ...rest }) => {
          const waiting = this.#waiting.get(slot)
          this.#waiting.delete(slot)
          return () => waiting?.resolve({ tokens: [...tokens], ...rest })
        })
        // The others go on while those whose turns are over have their say.
        if (this.#waiting.size > 0) next = this.#native.run()
        for (const tell of over) tell()
      } catch (error) {
        for (const { reject } of this.#waiting.values()) reject(engineError(error))
        this.#waiting.clear()
      }
    }
    this.#running = null
  }

  /** Lets go of the caches, when what is written is done. */
  async dispose(): Promise<void> {
    await this.#running
    this.#native.dispose()
  }
}
