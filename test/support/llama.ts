import type { Llama, Token } from 'node-llama-cpp'

let runtime: Promise<Llama> | undefined

/** One llama.cpp for all tests of a file. */
async function startLlama(): Promise<Llama> {
  const { getLlama, LlamaLogLevel } = await import('node-llama-cpp')
  runtime ??= getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: LlamaLogLevel.error })
  return runtime
}

/**
 * llama.cpp's log-probabilities at some positions, as [positions][vocabulary], through node-llama-cpp: F32 keys and values,
 * no flash attention, so that its numbers are as exact as they can be.
 */
export async function llamaLogProbabilities(
  path: string,
  tokens: readonly number[],
  rows: readonly number[],
  adapter?: string,
): Promise<Float64Array[]> {
  const llama = await startLlama()
  const model = await llama.loadModel({ modelPath: path })
  const context = await model.createContext({
    contextSize: 256,
    sequences: 1,
    threads: 1,
    flashAttention: false,
    experimentalKvCacheKeyType: 'F32',
    experimentalKvCacheValueType: 'F32',
    ...(adapter === undefined ? {} : { lora: adapter }),
  })
  try {
    const wanted = new Set(rows)
    const input = tokens.map((token, i) =>
      wanted.has(i)
        ? ([token as Token, { generateNext: { probabilities: true } }] as [Token, object])
        : (token as Token),
    )
    const output = await context.getSequence().controlledEvaluate(input as never)
    return rows.map((row) => {
      const probabilities = output[row]?.next.probabilities
      if (!probabilities) throw new Error(`llama.cpp gave no probabilities at ${row}`)
      const result = new Float64Array(probabilities.size)
      for (const [token, p] of probabilities) result[token] = Math.log(p)
      return result
    })
  } finally {
    await context.dispose()
    await model.dispose()
  }
}

/** Log-probabilities and logits differ by a constant: without their mean they are the same. */
export function centered(values: ArrayLike<number>): Float64Array {
  const result = Float64Array.from(values)
  const mean = result.reduce((sum, x) => sum + x, 0) / result.length
  return result.map((x) => x - mean)
}
