import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { AppError, appError, type ErrorCode, errorCodes } from '../contract/index.ts'

/** What native/src/addon declares: plain objects, typed arrays and promises. engine.ts gives it its shape for others. */
export interface Addon {
  open(folder: string): { folder: string; version: string; devices: Device[] }
  inspectModel(path: string): Promise<Architecture>
  inspectAdapter(path: string): Promise<Lora>
  estimate(settings: {
    source: Source
    compute: Compute
    parameters: ParameterSettings
    activations: Activations
    lengths: Int32Array
    rows: number
  }): Promise<MemoryEstimate>
  loadModel(source: Source, compute: Compute): Promise<NativeModel>
  createTrainer(model: NativeModel, settings: ParameterSettings): Promise<NativeTrainer>
  createDecoder(
    model: NativeModel,
    trainer: NativeTrainer | null,
    settings: { pieces: readonly string[]; ends: Int32Array; slots: number },
  ): NativeDecoder
  measurePeak(): Promise<Peak>
  evaluateLoss(
    batch: PackedBatch,
    logits: Float32Array,
    values: Float32Array,
  ): LossSums & { logitGradients: Float32Array; valueGradients: Float32Array }
}

/** The CPU's instruction set in use, and operations per second that one thread reaches in large matrix products. */
export interface Peak {
  kernels: string
  f32: number
  bf16: number
}

export interface NativeModel {
  architecture(): Architecture
  score(batch: PackedBatch, request: ScoreRequest, trainer: NativeTrainer | null): Promise<PackedScores>
  write(file: { path: string; type: string; metadata: string }, trainer: NativeTrainer | null): Promise<void>
  abort(): void
  dispose(): void
}

export interface NativeTrainer {
  loss(batch: PackedBatch): Promise<LossSums>
  accumulate(batch: PackedBatch, activations: Activations): Promise<LossSums>
  apply(settings: Optimizer): Promise<number>
  discard(): void
  steps(): number
  memory(): MemoryEstimate
  plan(lengths: Int32Array, rows: number, activations: Activations): MemoryEstimate
  parameters(): { name: string; shape: number[] }[]
  read(name: string, what: 'value' | 'gradient'): Float32Array
  assign(name: string, values: Float32Array): void
  exportAdapter(path: string, texts: Record<string, string>): Promise<void>
  importAdapter(path: string): Promise<void>
  save(path: string): Promise<void>
  restore(path: string): Promise<void>
  dispose(): void
}

export interface NativeDecoder {
  begin(turn: NativeTurn): void
  abort(slot: number): void
  /** Resolves when at least one turn is over, with those that are; at once when there is none. */
  run(): Promise<NativeWritten[]>
  dispose(): void
}

export interface NativeTurn {
  slot: number
  context: Int32Array
  fresh: boolean
  maxTokens: number
  temperature: number
  seed: number
  drawn: number
  stops: readonly string[]
  said: string
}

export interface NativeWritten {
  slot: number
  tokens: Int32Array
  reason: 'stop' | 'end-of-turn' | 'limit' | 'aborted'
  cached: number
  promptMs: number
  decodeMs: number
}

export type Activations = 'keep' | 'recompute' | 'forward-only'

/** A device of ggml's registry. Sizes in bytes. */
export interface Device {
  name: string
  description: string
  isCpu: boolean
  freeBytes: number
  totalBytes: number
}

/** The sizes and constants of a decoder. */
export interface Architecture {
  family: 'qwen2' | 'llama' | 'qwen3'
  layers: number
  embedding: number
  heads: number
  keyValueHeads: number
  headSize: number
  feedForward: number
  vocabulary: number
  contextLength: number
  normEpsilon: number
  ropeBase: number
}

/** llama.cpp's names of a layer's matrices. */
export const matrixNames = ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'] as const
export type MatrixName = (typeof matrixNames)[number]

export interface Lora {
  rank: number
  alpha: number
  dropout: number
  matrices: Record<MatrixName, boolean>
}

export interface ParameterSettings {
  mode: 'lora' | 'full'
  lora: Lora
  valueHead: boolean
  seed: number
}

export type Source = { asF32: boolean } & ({ path: string } | { architecture: Architecture; seed: number })

export interface Compute {
  device: string
  threads: number
  tile: number
  chunk: number
  bf16: boolean
  plain: boolean
}

/** Bytes, by what they are for. */
export interface MemoryEstimate {
  weights: number
  parameters: number
  activations: number
  logits: number
  workspace: number
  total: number
}

export interface Optimizer {
  learningRate: number
  beta1: number
  beta2: number
  epsilon: number
  weightDecay: number
  maxNorm: number
}

/** Weighted sums over rows. */
export interface LossSums {
  total: number
  terms: number[]
  weight: number
  entropy: number
  approximateKl: number
  clipped: number
}

export interface ScoreRequest {
  logProbabilities: boolean
  entropies: boolean
  values: boolean
  top: number
  logits: boolean
}

export interface PackedScores {
  logProbabilities: Float32Array
  entropies: Float32Array
  values: Float32Array
  topTokens: Int32Array
  topLogProbabilities: Float32Array
  logits: Float32Array
}

export type PackedTerm = { coefficient: number } & (
  | { kind: 'cross-entropy' }
  | {
      kind: DivergenceKind
      lambda: number
      teacherTokens: Int32Array
      teacherLogProbabilities: Float32Array
      teacherWidth: number
    }
  | {
      kind: 'policy'
      clip: number
      entropyCoefficient: number
      klCoefficient: number
      oldLogProbabilities: Float32Array
      advantages: Float32Array
      referenceLogProbabilities: Float32Array
    }
  | { kind: 'value'; clip: number; oldValues: Float32Array; returns: Float32Array }
)

export type DivergenceKind =
  | 'forward-kl'
  | 'reverse-kl'
  | 'jensen-shannon'
  | 'skew-forward-kl'
  | 'skew-reverse-kl'
  | 'taid'

export interface PackedBatch {
  tokens: Int32Array
  lengths: Int32Array
  rows: Int32Array
  labels: Int32Array
  weights: Float32Array
  terms: PackedTerm[]
}

const root = resolve(import.meta.dirname, '../..')
// Not named `require`: the built app has one of that name in every file.
const requireFrom = createRequire(import.meta.url)

function unavailable(detail: string): AppError {
  return appError('TRAINING_UNAVAILABLE', 'Models cannot be trained on this computer yet.', detail, {
    stillWorks: 'Everything but training works.',
    detail,
  })
}

/** The addon's file. A packaged app has it beside its archive: libraries cannot be loaded from inside. */
function addonFile(): string {
  const unpacked = basename(root).endsWith('.asar') ? `${root}.unpacked` : root
  return process.env['LAGOTTO_ENGINE'] ?? join(unpacked, 'native/build/lagotto.node')
}

/** Folders of llama.cpp's libraries for this machine, the preferred first. */
function libraryFolders(gpu: 'auto' | 'off'): string[] {
  const { platform, arch } = process
  const system = { linux: 'linux', darwin: 'mac', win32: 'win' }[platform as string] ?? platform
  const kinds =
    platform === 'darwin' ? (arch === 'arm64' ? ['-metal'] : ['']) : gpu === 'auto' ? ['-cuda', '-vulkan', ''] : ['']
  return kinds
    .map((kind) => `${system}-${arch}${kind}`)
    .map((name) => {
      const file = requireFrom.resolve('node-llama-cpp')
      const modules = file.slice(0, file.lastIndexOf('node-llama-cpp'))
      return join(modules, '@node-llama-cpp', name, 'bins', name).replace(/\.asar([\\/])/, '.asar.unpacked$1')
    })
    .filter((folder) => existsSync(folder))
}

/** Loads the addon and the libraries under it. @throws {AppError} TRAINING_UNAVAILABLE */
export function loadAddon(gpu: 'auto' | 'off'): { addon: Addon; folder: string; version: string; devices: Device[] } {
  const file = addonFile()
  if (!existsSync(file)) {
    const note = join(dirname(file), 'why-not.txt')
    const reason = existsSync(note) ? readFileSync(note, 'utf8') : 'The training engine was not built.'
    throw unavailable(`${reason}\nInstall a C++ compiler, then run \`npm run build:native\`.`)
  }
  const [folder] = libraryFolders(gpu)
  if (folder === undefined) throw unavailable('The libraries of llama.cpp for this computer are not installed.')
  try {
    const addon = requireFrom(file) as Addon
    return { addon, ...addon.open(folder) }
  } catch (error) {
    throw unavailable(error instanceof Error ? error.message : String(error))
  }
}

const ACTIONS: Partial<Record<ErrorCode, string>> = {
  INVALID_INPUT: 'This is a mistake in the program that asked for it; copy the details into a report.',
  MODEL_MISSING: 'Check the path.',
  MODEL_NOT_GGUF: 'Choose a file that ends in .gguf.',
  MODEL_TRUNCATED: 'Download or copy the file again.',
  MODEL_UNSUPPORTED: 'Choose a model of the Qwen2.5, Qwen3 or Llama 3 family.',
  ADAPTER_MISMATCH: 'Choose a file that was made for this model with these settings.',
  DISK_FULL: 'Free some space and try again. What was saved before is intact.',
  PATH_UNREADABLE: 'Choose another place.',
  TRAINING_MEMORY: 'Close other programs, choose a smaller model, or train on shorter sequences.',
  TRAINING_NOT_FINITE: 'Lower the learning rate. The weights are as they were before the step.',
  TRAINING_FAILED: 'Try again; if it happens again, copy the details into a report.',
}

/** Turns an error of the addon into the app's. */
export function engineError(thrown: unknown): unknown {
  const code = (thrown as { code?: unknown } | null)?.code
  const known = errorCodes.find((known) => known === code)
  if (!(thrown instanceof Error) || thrown instanceof AppError || known === undefined) return thrown
  return appError(known, thrown.message, ACTIONS[known] ?? 'Try again.', { cause: thrown })
}
