import { availableParallelism, totalmem } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import type { Llama, LlamaModel } from 'node-llama-cpp'
import { type AppError, appError, type GpuChoice } from '../contract/index.ts'

/** See {@link isTiny}. */
const TINY_PARAMETERS = 50e6

/** The last lines that llama.cpp logged: it says there, not in its errors, why it failed. */
const recentLog: string[] = []
const LOG_LINES = 12

let runtime: { gpu: GpuChoice; llama: Promise<Llama> } | null = null

async function start(gpu: GpuChoice): Promise<Llama> {
  const { getLlama, LlamaLogLevel } = await import('node-llama-cpp')
  return getLlama({
    gpu: gpu === 'off' ? false : gpu,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
    logger(_level, message) {
      recentLog.push(message.trim())
      recentLog.splice(0, recentLog.length - LOG_LINES)
    },
  })
}

/**
 * The process's llama.cpp, started at the first call. The GPU is used when there is one and the wanted back end for it
 * loads; otherwise the CPU.
 */
export function llamaRuntime(gpu: GpuChoice = 'auto'): Promise<Llama> {
  runtime ??= {
    gpu,
    llama: start(gpu).catch((error: unknown) => (gpu === 'off' ? Promise.reject(error) : start('off'))),
  }
  return runtime.llama
}

/** What computes: `cuda`, `vulkan`, `metal` or `cpu`; null before the runtime was needed. */
export async function computeBackend(): Promise<string | null> {
  if (!runtime) return null
  const llama = await runtime.llama
  return llama.gpu === false ? 'cpu' : llama.gpu
}

/** Whether a model is so small that threads, batches and flash attention cost more than they bring. */
export function isTiny(model: LlamaModel): boolean {
  const tensors = model.fileInfo.fullTensorInfo ?? []
  return tensors.reduce((sum, t) => sum + t.dimensions.reduce<number>((p, n) => p * Number(n), 1), 0) < TINY_PARAMETERS
}

/** Threads for a model: one core is left to the app, and tiny models get a single one (their threads would only spin). */
export function threadsFor(model: LlamaModel, wanted: number | null): number {
  if (wanted !== null) return Math.min(wanted, availableParallelism())
  return isTiny(model) ? 1 : Math.max(1, availableParallelism() - 1)
}

/** Says in the app's words why llama.cpp could not load or run a model. */
export function modelError(error: unknown, path: string): AppError {
  const thrown = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const detail = [...recentLog.splice(0), thrown].join('\n')
  const name = error instanceof Error ? error.constructor.name : ''
  if (name === 'InsufficientMemoryError' || /insufficient memory|out of memory|failed to allocate/i.test(detail)) {
    return appError(
      'MODEL_TOO_LARGE',
      `There is not enough free memory to run ${path} (${(totalmem() / 2 ** 30).toFixed(1)} GiB in all).`,
      'Close other programs, choose a smaller model, or lower the context length in Settings.',
      { detail, cause: error },
    )
  }
  if (/unknown model architecture|unsupported model architecture/i.test(detail)) {
    return appError(
      'MODEL_UNSUPPORTED',
      `The model in ${path} is of a kind that this version of llama.cpp does not know.`,
      'Choose another model.',
      { detail, cause: error },
    )
  }
  return appError(
    'MODEL_FAILED',
    `The model ${path} could not be loaded or stopped working.`,
    'The file may be damaged: download it again, or choose another model.',
    { detail, cause: error },
  )
}

/** Loads the weights of a model file, or nothing but its vocabulary. */
export async function loadWeights(
  path: string,
  gpu?: GpuChoice,
  { signal, vocabOnly = false }: { signal?: AbortSignal | undefined; vocabOnly?: boolean } = {},
): Promise<LlamaModel> {
  const llama = await llamaRuntime(gpu)
  try {
    return await llama.loadModel({ modelPath: path, vocabOnly, ...(signal ? { loadSignal: signal } : {}) })
  } catch (error) {
    if (signal?.aborted) throw error
    // The log lines that say why arrive on the event loop, possibly after the rejection.
    await setImmediate()
    throw modelError(error, path)
  }
}
