import type { Generator } from '../agent/index.ts'
import { AppError, appError, type Model, type Settings, toErrorValue } from '../contract/index.ts'
import { type ChatModel, loadChatModel, loadEmbedder, loadReranker } from '../inference/index.ts'
import { type ModelRegistry, modelFingerprint } from '../models/index.ts'
import type { Embedder, Reranker } from '../retrieval/index.ts'

/** A chat model that is in use; release it when done. */
export interface ChatLease {
  model: Generator
  release(): void
}

/** The models in memory: one chat model at a time, and the encoders that retrieval uses. */
export interface Engine {
  /** Whether `chat` would have to load weights first. */
  isLoaded(model: Model): boolean
  /**
   * The loaded model with an adapter over it (null: none), loading it when it is not. Another one that is loaded is freed
   * as soon as nobody uses it; with the same weights only the adapter changes.
   *
   * @throws {AppError} what `loadChatModel` and `setAdapter` throw
   */
  chat(model: Model, adapter: string | null, signal?: AbortSignal): Promise<ChatLease>
  /** The embedding and the reranking model, where such are installed. */
  encoders(): Promise<{ embedder: Embedder | null; reranker: Reranker | null }>
  /** Whether someone holds the model. */
  isInUse(model: Model): boolean
  /** Frees the model's memory, so that its file can be deleted. */
  release(model: Model): Promise<void>
  /** Forgets the encoders, so that the next call looks for installed ones again. */
  resetEncoders(): Promise<void>
  close(): Promise<void>
}

interface Loaded {
  key: string
  path: string
  model: Promise<ChatModel>
  users: number
  idle: Promise<void>
  becomeIdle(): void
}

type Disposable = { dispose(): Promise<void> }

/** Episodes that one loaded model plays at the same time in the app. */
export const CHAT_SLOTS = 2
export const DEFAULT_CONTEXT = 4096

/** Creates the engine of a service. */
export function createEngine(
  registry: ModelRegistry,
  settings: () => Settings,
  log: (line: string) => void,
  /** Opens a model on a server. */
  remote: (reference: string) => Generator,
): Engine {
  let loaded: Loaded | null = null
  let turn: Promise<unknown> = Promise.resolve()
  let encoders: Promise<{ embedder: (Embedder & Disposable) | null; reranker: (Reranker & Disposable) | null }> | null =
    null

  /** Retrieval goes on without a model that cannot be loaded. */
  const orNone = async <T>(loading: Promise<T> | null): Promise<T | null> => {
    try {
      return await loading
    } catch (error) {
      const { message, detail } = toErrorValue(error)
      log(`${message} ${detail ?? ''}`)
      return null
    }
  }

  const keyOf = (model: Model): string => {
    const { threads, contextLength } = settings()
    return JSON.stringify([model.path, model.prompt, model.sizeBytes, threads, contextLength])
  }

  async function unload(): Promise<void> {
    if (!loaded) return
    const old = loaded
    await old.idle
    loaded = null
    await (await old.model.catch(() => null))?.dispose()
  }

  async function load(model: Model, adapter: string | null, signal?: AbortSignal): Promise<Loaded> {
    const key = keyOf(model)
    if (loaded?.key === key) {
      const current = await loaded.model
      if (current.adapter === adapter) return loaded
      await loaded.idle
      await current.setAdapter(adapter)
      return loaded
    }
    await unload()
    signal?.throwIfAborted()
    const { gpu, threads, contextLength } = settings()
    const entry: Loaded = {
      key,
      path: model.path,
      users: 0,
      idle: Promise.resolve(),
      becomeIdle: () => {},
      model: loadChatModel({
        path: model.path,
        adapter,
        prompt: model.prompt ?? 'search-r1',
        contextLength: contextLength ?? DEFAULT_CONTEXT,
        slots: CHAT_SLOTS,
        gpu,
        threads,
      }),
    }
    loaded = entry
    await entry.model.catch((error: unknown) => {
      loaded = null
      throw error
    })
    return entry
  }

  return {
    isLoaded: (model) => model.remote !== null || loaded?.key === keyOf(model),
    isInUse: (model) => loaded?.path === model.path && loaded.users > 0,
    async release(model) {
      const mine = turn.then(async () => {
        if (loaded?.path === model.path) await unload()
      })
      turn = mine.catch(() => {})
      await mine
    },
    async chat(model, adapter, signal) {
      if (model.error) throw new AppError(model.error)
      if (model.remote) {
        if (adapter !== null) throw noAdapter(model.name)
        return { model: remote(model.path), release: () => undefined }
      }
      // Counted as a user within the turn: the next in line must not free the model in between.
      const mine = turn.then(async () => {
        const entry = await load(model, adapter, signal)
        if (entry.users++ === 0) {
          entry.idle = new Promise((resolve) => {
            entry.becomeIdle = resolve
          })
        }
        return entry
      })
      turn = mine.catch(() => {})
      const entry = await mine
      let held = true
      return {
        model: await entry.model,
        release() {
          if (held && --entry.users === 0) entry.becomeIdle()
          held = false
        },
      }
    },
    async encoders() {
      encoders ??= (async () => {
        const { gpu, threads, rerank } = settings()
        const embedding = await registry.firstUsable('embedding')
        const reranking = rerank ? await registry.firstUsable('reranking') : null
        const embedder =
          embedding &&
          loadEmbedder({
            path: embedding.path,
            fingerprint: await modelFingerprint(embedding.path),
            gpu,
            threads,
          })
        const reranker = reranking && loadReranker({ path: reranking.path, gpu, threads })
        return { embedder: await orNone(embedder), reranker: await orNone(reranker) }
      })()
      return encoders
    },
    async resetEncoders() {
      const old = await encoders?.catch(() => null)
      encoders = null
      await old?.embedder?.dispose()
      await old?.reranker?.dispose()
    },
    async close() {
      await turn
      await unload()
      await this.resetEncoders()
    },
  }
}

const noAdapter = (name: string): AppError =>
  appError(
    'ADAPTER_MISMATCH',
    `“${name}” is on a server, where no adapter can be put over it.`,
    'Leave the adapter out.',
  )
