import { availableParallelism } from 'node:os'
import { openEngine } from '../training/index.ts'

/** What bounds how fast this processor writes. */
interface Speed {
  /** Bytes that are read from memory per second. */
  memory: number
  /** Operations per second of matrix products, on one core. */
  products: number
}

/** Large enough that no cache holds it. */
const COPIED_BYTES = 96 * 2 ** 20
/** Share of a core's peak that products of a matrix and a single vector reach, quantized weights unpacked on the way. */
const WRITING_SHARE = 0.15

let speed: Promise<Speed> | null = null

/** Other work only makes a measurement slower, so the best of a few counts. */
const ATTEMPTS = 4

async function measure(): Promise<Speed> {
  const from = Buffer.alloc(COPIED_BYTES, 1)
  const to = Buffer.alloc(COPIED_BYTES, 2)
  const best: Speed = { memory: 0, products: 0 }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const started = performance.now()
    from.copy(to)
    const seconds = (performance.now() - started) / 1000
    const { bf16, f32 } = await openEngine().measurePeak()
    // Both are read, and one is written.
    best.memory = Math.max(best.memory, (2 * COPIED_BYTES) / seconds)
    best.products = Math.max(best.products, bf16, f32)
  }
  return best
}

/**
 * Tokens per second that a model should write on this processor: each one reads all weights and multiplies with them, both
 * at once, so the slower of the two counts (roofline, Williams et al. 2009). Rough: good for "as fast as I read, or
 * slower?". Null: it cannot be told here.
 */
export async function tokensPerSecond(weightsBytes: number, parameters: number): Promise<number | null> {
  speed ??= measure()
  try {
    const { memory, products } = await speed
    const cores = Math.max(1, availableParallelism() - 1)
    return 1 / Math.max(weightsBytes / memory, (2 * parameters) / (products * cores * WRITING_SHARE))
  } catch {
    return null
  }
}
