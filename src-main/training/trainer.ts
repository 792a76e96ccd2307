import { appError } from '../contract/index.ts'
import { type Activations, engineError, type MemoryEstimate, type NativeTrainer, type Optimizer } from './addon.ts'
import { type Batch, pack } from './batch.ts'
import { outOfMemory } from './memory.ts'
import type { Serial } from './serial.ts'

export interface StepOptions extends Partial<Optimizer> {
  learningRate: number
  signal?: AbortSignal
  /** Called with the number of batches that are done. */
  onProgress?: (done: number) => void
}

/** Weighted by the rows' weights, over all batches of a step. */
export interface StepLosses {
  loss: number
  /** Of each loss of the batches, in their order, without coefficients. */
  terms: number[]
  /** Of a policy loss, as means over the rows: entropy (nats), an estimate of KL(old ‖ new), the share that was clipped. */
  entropy: number
  approximateKl: number
  clippedShare: number
}

export interface StepResult extends StepLosses {
  /** Before clipping. */
  gradientNorm: number
  /** Steps so far. */
  step: number
}

/** AdamW's usual settings; gradients are not clipped and weights do not decay. */
const defaultOptimizer: Omit<Optimizer, 'learningRate'> = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  maxNorm: 0,
}

interface Sums {
  total: number
  terms: number[]
  weight: number
  entropy: number
  approximateKl: number
  clipped: number
}

function summary(sums: readonly Sums[]): StepLosses {
  const sum = (of: (one: Sums) => number): number => sums.reduce((total, one) => total + of(one), 0)
  const weight = sum((s) => s.weight) || 1
  const terms = sums[0]?.terms.map((_, i) => sum((s) => s.terms[i] ?? 0)) ?? []
  return {
    loss: sum((s) => s.total),
    terms,
    entropy: sum((s) => s.entropy) / weight,
    approximateKl: sum((s) => s.approximateKl) / weight,
    clippedShare: sum((s) => s.clipped) / weight,
  }
}

/** An adapter (or all weights) of a model in training. */
export class Trainer {
  /** @internal */
  readonly native: NativeTrainer
  readonly #queue: Serial
  readonly #activations: 'auto' | 'keep' | 'recompute'
  readonly #memoryLimit: number

  /** @internal `Model.createTrainer` makes trainers. */
  constructor(
    native: NativeTrainer,
    queue: Serial,
    settings: { activations: 'auto' | 'keep' | 'recompute'; memoryLimit: number },
  ) {
    this.native = native
    this.#queue = queue
    this.#activations = settings.activations
    this.#memoryLimit = settings.memoryLimit
  }

  #run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#queue.run(async () => {
      try {
        return await work()
      } catch (error) {
        throw engineError(error)
      }
    }, signal)
  }

  /** Steps so far. */
  get steps(): number {
    return this.native.steps()
  }

  /** Bytes taken so far, at most. */
  get memory(): MemoryEstimate {
    return this.native.memory()
  }

  /** How a batch is computed: with kept activations while they fit. @throws {AppError} TRAINING_MEMORY */
  #activationsFor(lengths: Int32Array, rows: number): Activations {
    const ways = this.#activations === 'auto' ? (['keep', 'recompute'] as const) : ([this.#activations] as const)
    const fits = (some: Int32Array, way: Activations): boolean =>
      this.native.plan(some, rows, way).total <= this.#memoryLimit
    const way = ways.find((candidate) => fits(lengths, candidate))
    if (way !== undefined) return way
    const cheapest = ways.at(-1) ?? 'recompute'
    let tokens = Math.max(...lengths)
    while (tokens > 0 && !fits(Int32Array.of(tokens), cheapest)) tokens = tokens >> 1
    const needed = this.native.plan(lengths, rows, cheapest).total
    throw outOfMemory({ needed, limit: this.#memoryLimit, fits: tokens })
  }

  /** Gradients of one batch on top of those of the step. */
  #accumulate(batch: Batch) {
    const packed = pack(batch)
    if (packed.rows.length === 0) throw appError('INVALID_INPUT', 'The batch has no rows.', 'Choose some rows.')
    return this.native.accumulate(packed, this.#activationsFor(packed.lengths, packed.rows.length))
  }

  /** The losses of a batch, without dropout; nothing changes. */
  loss(batch: Batch, { signal }: { signal?: AbortSignal } = {}): Promise<StepLosses> {
    return this.#run(async () => summary([await this.native.loss(pack(batch))]), signal)
  }

  /**
   * One update from the sum of the batches' gradients (gradient accumulation). It happens wholly or not at all: after an
   * abort, a loss that is no number, or any other error the weights are as before.
   *
   * @throws {AppError} INVALID_INPUT, TRAINING_MEMORY (before anything is allocated), TRAINING_NOT_FINITE (names the
   *   sequence); the signal's reason when stopped (within one operator's work)
   */
  step(batches: readonly Batch[], options: StepOptions): Promise<StepResult> {
    const { signal, onProgress, ...settings } = options
    return this.#run(async () => {
      const sums: Sums[] = []
      try {
        for (const batch of batches) {
          signal?.throwIfAborted()
          sums.push(await this.#accumulate(batch))
          onProgress?.(sums.length)
        }
        signal?.throwIfAborted()
        const gradientNorm = await this.native.apply({ ...defaultOptimizer, ...settings })
        return { ...summary(sums), gradientNorm, step: this.native.steps() }
      } finally {
        this.native.discard()
      }
    }, signal)
  }

  /** The gradients of a batch, by parameter; nothing changes. */
  gradients(batch: Batch): Promise<Map<string, Float32Array>> {
    return this.#run(async () => {
      try {
        await this.#accumulate(batch)
        return new Map(this.native.parameters().map(({ name }) => [name, this.native.read(name, 'gradient')]))
      } finally {
        this.native.discard()
      }
    })
  }

  /** Names and shapes of what is trained, in ggml's order: a row's length first. */
  get parameters(): readonly { name: string; shape: number[] }[] {
    return this.native.parameters()
  }

  /** @throws {AppError} INVALID_INPUT */
  read(name: string): Promise<Float32Array> {
    return this.#run(async () => this.native.read(name, 'value'))
  }

  /** @throws {AppError} INVALID_INPUT */
  assign(name: string, values: Float32Array): Promise<void> {
    return this.#run(async () => this.native.assign(name, values))
  }

  /**
   * Writes the adapter for llama.cpp (`createContext({ lora })`).
   *
   * @param about recorded in the file: the base model, and where the adapter comes from
   * @throws {AppError} INVALID_INPUT, DISK_FULL (a previous file is intact)
   */
  exportAdapter(path: string, about: { name: string; base: string; origin: string }): Promise<void> {
    return this.#run(() =>
      this.native.exportAdapter(path, {
        'general.name': about.name,
        'general.base_model.0.name': about.base,
        'lagotto.adapter.origin': about.origin,
      }),
    )
  }

  /** Takes the adapter of a file. @throws {AppError} MODEL_*, ADAPTER_MISMATCH */
  importAdapter(path: string): Promise<void> {
    return this.#run(() => this.native.importAdapter(path))
  }

  /** Saves weights, moments and step: a run goes on from there bit for bit. @throws {AppError} DISK_FULL */
  save(path: string): Promise<void> {
    return this.#run(() => this.native.save(path))
  }

  /** @throws {AppError} MODEL_*, ADAPTER_MISMATCH; then nothing has changed */
  restore(path: string): Promise<void> {
    return this.#run(() => this.native.restore(path))
  }

  /** Lets go of the adapter, when what runs is done. */
  dispose(): Promise<void> {
    return this.#run(async () => this.native.dispose())
  }
}
