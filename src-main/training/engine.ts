import { availableParallelism } from 'node:os'
import {
  type Addon,
  type Architecture,
  type Compute,
  type Device,
  engineError,
  type Lora,
  loadAddon,
  type MatrixName,
  type MemoryEstimate,
  matrixNames,
  type NativeModel,
  type ParameterSettings,
  type Peak,
  type Source,
} from './addon.ts'
import { type Loss, pack } from './batch.ts'
import { Decoder } from './decoder.ts'
import { outOfMemory } from './memory.ts'
import { type ScoreOptions, type Scores, type ScoringSequence, scoreAll } from './score.ts'
import { Serial } from './serial.ts'
import { Trainer } from './trainer.ts'

/** Where a model's weights come from. */
export type ModelSource =
  | { path: string }
  /** A random start for a micro model, in F32 with tied embeddings. */
  | { architecture: Architecture; seed: number }

export interface ModelOptions {
  /** A name of `Engine.devices`; the CPU by default. */
  device?: string
  /** Of the CPU; one less than there are cores by default. llama.cpp's threads spin. */
  threads?: number
  /** Keep all weights in F32 and trainable. */
  full?: boolean
  /** Rows of logits that exist at once (128). */
  logitRows?: number
  /** Bytes that may be taken in all; what is available when the model is loaded, by default. */
  memoryLimit?: number
  /**
   * How matrix products are computed on the CPU. `exact`: in F32, unless the weights are of a type that was rounded more.
   * `bf16`: inputs rounded to BF16 and sums in F32, where the processor has instructions for it; for full training in about
   * half the time.
   */
  products?: 'exact' | 'bf16'
  /** Only plain ggml operators, without the engine's own kernels: slow, to compare with. */
  plain?: boolean
}

export interface TrainerOptions {
  /** `full` needs a model that was loaded with `full`. */
  mode?: 'lora' | 'full'
  rank?: number
  /** Scales the adapter by alpha / rank. */
  alpha?: number
  /** Share of each adapter's inputs that a step leaves out. */
  dropout?: number
  matrices?: readonly MatrixName[]
  /** A head that gives one number per row, for critics. */
  valueHead?: boolean
  /** Of the adapter's start and of dropout. */
  seed?: number
  /** Whether layers' activations are kept for the backward pass, or computed again; `auto` keeps them while they fit. */
  activations?: 'auto' | 'keep' | 'recompute'
}

const defaultLora = { rank: 8, alpha: 16, dropout: 0 } as const

function lora(options: TrainerOptions): Lora {
  const wanted: readonly string[] = options.matrices ?? matrixNames
  const matrices = Object.fromEntries(matrixNames.map((name) => [name, wanted.includes(name)])) as Lora['matrices']
  const { rank, alpha, dropout } = { ...defaultLora, ...options }
  return { rank, alpha, dropout, matrices }
}

function parameterSettings(options: TrainerOptions): ParameterSettings {
  const { mode = 'lora', valueHead = false, seed = 1 } = options
  return { mode, valueHead, seed, lora: lora(options) }
}

function computeSettings(options: ModelOptions): Compute {
  const { device = '', threads, logitRows = 128, products = 'exact', plain = false } = options
  const cores = Math.max(1, availableParallelism() - 1)
  return { device, threads: threads ?? cores, tile: 256, chunk: logitRows, bf16: products === 'bf16', plain }
}

const nativeSource = (source: ModelSource, options: ModelOptions): Source => ({
  ...source,
  asF32: options.full ?? false,
})

/** Awaits the addon and throws its errors as the app's. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw engineError(error)
  }
}

/** A model whose weights are in memory, for scoring and training. One thing at a time runs on it; calls queue. */
export class Model {
  readonly #addon: Addon
  readonly #native: NativeModel
  readonly #queue: Serial
  readonly #memoryLimit: number
  readonly architecture: Architecture

  /** @internal `Engine.loadModel` makes models. */
  constructor(addon: Addon, native: NativeModel, memoryLimit: number) {
    this.#addon = addon
    this.#native = native
    this.#queue = new Serial(() => native.abort())
    this.#memoryLimit = memoryLimit
    this.architecture = native.architecture()
  }

  /** @throws {AppError} INVALID_INPUT, TRAINING_MEMORY */
  createTrainer(options: TrainerOptions = {}): Promise<Trainer> {
    return this.#queue.run(() =>
      translated(async () => {
        const native = await this.#addon.createTrainer(this.#native, parameterSettings(options))
        const activations = options.activations ?? 'auto'
        return new Trainer(native, this.#queue, { activations, memoryLimit: this.#memoryLimit })
      }),
    )
  }

  /**
   * Writes with the model (with the trainer's adapter, if one is given), several sequences at once. Each slot takes memory for
   * keys and values as its sequence grows.
   *
   * @param options.vocabulary the text of each token, and those that end a turn
   * @throws {AppError} INVALID_INPUT (not on the CPU, another vocabulary)
   */
  createDecoder(options: {
    trainer?: Trainer | null
    vocabulary: { pieces: readonly string[]; ends: readonly number[] }
    slots: number
  }): Decoder {
    const { trainer, vocabulary, slots } = options
    const settings = { pieces: vocabulary.pieces, ends: Int32Array.from(vocabulary.ends), slots }
    try {
      return new Decoder(this.#addon.createDecoder(this.#native, trainer?.native ?? null, settings))
    } catch (error) {
      throw engineError(error)
    }
  }

  /**
   * What the model (with the trainer's adapter, if one is given) says about the rows of some sequences: log-probabilities
   * of what came next, entropies, the most probable tokens, values. Sequences are packed into steps of `packTokens`.
   *
   * @throws {AppError} INVALID_INPUT, TRAINING_*; the signal's reason when stopped (within one operator's work)
   */
  score(sequences: readonly ScoringSequence[], options: ScoreOptions = {}): Promise<Scores[]> {
    const run = scoreAll(sequences, options, (batch, request) =>
      this.#queue.run(
        () => translated(() => this.#native.score(batch, request, options.trainer?.native ?? null)),
        options.signal,
      ),
    )
    return run
  }

  /**
   * Writes a whole model: the weights as they are now, with the trainer's adapter merged in.
   *
   * @param file.type of the matrices; those whose rows do not fit its blocks become F16
   * @param file.tokenizerFrom a GGUF file whose tokenizer and texts are copied; the model's own by default
   * @throws {AppError} DISK_FULL, INVALID_INPUT
   */
  write(
    file: { path: string; type: 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q6_K' | 'q4_K'; tokenizerFrom?: string },
    trainer?: Trainer,
  ): Promise<void> {
    const { path, type, tokenizerFrom = '' } = file
    return this.#queue.run(() =>
      translated(() => this.#native.write({ path, type, metadata: tokenizerFrom }, trainer?.native ?? null)),
    )
  }

  /** Lets go of the weights, when what runs is done. Trainers over them keep them until they are disposed of. */
  dispose(): Promise<void> {
    return this.#queue.run(async () => this.#native.dispose())
  }
}

/** The training engine of this process. */
export interface Engine {
  devices: readonly Device[]
  /** ggml's version. */
  version: string
  /** Where the libraries in use lie. */
  folder: string
  /** Reads a model file's header. @throws {AppError} MODEL_* (which says what cannot be trained) */
  inspectModel(path: string): Promise<Architecture>
  /** Reads an adapter file: the options for a trainer that fits it. @throws {AppError} MODEL_*, ADAPTER_MISMATCH */
  inspectAdapter(path: string): Promise<{ rank: number; alpha: number; matrices: MatrixName[] }>
  /**
   * Bytes that a step of sequences of some lengths would take, with `rows` positions at which there is a loss. Nothing is
   * allocated. Leave the trainer out for scoring.
   */
  estimate(
    source: ModelSource,
    step: { lengths: readonly number[]; rows: number },
    options?: ModelOptions & { trainer?: TrainerOptions },
  ): Promise<MemoryEstimate>
  /** @throws {AppError} MODEL_*, TRAINING_MEMORY (before anything is allocated) */
  loadModel(source: ModelSource, options?: ModelOptions): Promise<Model>
  /** Measures for a fraction of a second what matrix products reach here, as a yardstick. */
  measurePeak(): Promise<Peak>
  /** Losses and their gradients for logits [rows, vocabulary] and values [rows] from anywhere. */
  evaluateLoss(input: {
    rows: number
    labels?: ArrayLike<number>
    weights?: ArrayLike<number>
    losses: readonly Loss[]
    logits?: Float32Array
    values?: Float32Array
  }): { loss: number; terms: number[]; logitGradients: Float32Array; valueGradients: Float32Array }
}

/**
 * Opens the engine. In a process that has node-llama-cpp loaded, both share ggml's libraries.
 *
 * @throws {AppError} TRAINING_UNAVAILABLE, saying what to install
 */
export function openEngine({ gpu = 'off' }: { gpu?: 'auto' | 'off' } = {}): Engine {
  const { addon, devices, folder, version } = loadAddon(gpu)
  const estimate: Engine['estimate'] = (source, { lengths, rows }, options = {}) => {
    const { trainer } = options
    return translated(() =>
      addon.estimate({
        source: nativeSource(source, options),
        compute: computeSettings(options),
        parameters: parameterSettings(trainer ?? {}),
        activations: trainer ? (trainer.activations === 'keep' ? 'keep' : 'recompute') : 'forward-only',
        lengths: Int32Array.from(lengths),
        rows,
      }),
    )
  }
  return {
    devices,
    folder,
    version,
    estimate,
    measurePeak: () => translated(() => addon.measurePeak()),
    inspectModel: (path) => translated(() => addon.inspectModel(path)),
    async inspectAdapter(path) {
      const { rank, alpha, matrices } = await translated(() => addon.inspectAdapter(path))
      return { rank, alpha, matrices: matrixNames.filter((name) => matrices[name]) }
    },
    async loadModel(source, options = {}) {
      const memoryLimit = options.memoryLimit ?? process.availableMemory()
      const { total, weights } = await estimate(source, { lengths: [1], rows: 1 }, options)
      if (total > memoryLimit)
        throw outOfMemory({ needed: total, limit: memoryLimit, detail: `weights ${weights} bytes` })
      const native = await translated(() => addon.loadModel(nativeSource(source, options), computeSettings(options)))
      return new Model(addon, native, memoryLimit)
    },
    evaluateLoss({ rows, labels, weights, losses, logits = new Float32Array(0), values = new Float32Array(0) }) {
      const all = Array.from({ length: rows }, (_, i) => i)
      const sequence = { tokens: new Int32Array(rows), rows: all, labels: labels ?? new Int32Array(rows) }
      const batch = pack({ sequences: [weights ? { ...sequence, weights } : sequence], losses })
      try {
        const { total, ...rest } = addon.evaluateLoss(batch, logits, values)
        return { loss: total, ...rest }
      } catch (error) {
        throw engineError(error)
      }
    },
  }
}
