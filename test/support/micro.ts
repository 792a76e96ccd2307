import { randomStream } from '../../src-main/contract/index.ts'
import type { Architecture, Batch, Model, Trainer } from '../../src-main/training/index.ts'

/** A model that is large enough to have every part, and small enough to be differentiated by hand. */
export function microArchitecture(family: Architecture['family'], changes: Partial<Architecture> = {}): Architecture {
  return {
    family,
    layers: 2,
    embedding: 32,
    heads: 4,
    keyValueHeads: 2,
    headSize: 8,
    feedForward: 48,
    vocabulary: 50,
    contextLength: 512,
    normEpsilon: 1e-6,
    ropeBase: 10000,
    ...changes,
  }
}

/** Standard normal numbers (sum of uniforms). */
export function normals(count: number, seed: number): Float32Array {
  const next = randomStream(seed)
  return Float32Array.from({ length: count }, () => {
    let sum = 0
    for (let i = 0; i < 12; i++) sum += next()
    return sum - 6
  })
}

/** Moves every parameter away from its start, where adapters and value heads are zero and gradients vanish. */
export async function shake(trainer: Trainer, scale: number, seed = 7): Promise<void> {
  for (const [i, { name }] of trainer.parameters.entries()) {
    const value = await trainer.read(name)
    const noise = normals(value.length, seed + i)
    await trainer.assign(
      name,
      value.map((x, j) => x + scale * (noise[j] ?? 0)),
    )
  }
}

/** Two sequences of different lengths, with rows here and there. */
export function microBatch(vocabulary: number, losses: Batch['losses'], lengths: readonly number[] = [13, 7]): Batch {
  const next = randomStream(3)
  const sequences = lengths.map((length) => ({
    tokens: Array.from({ length }, () => Math.floor(next() * vocabulary)),
    rows: Array.from({ length: length - 1 }, (_, i) => i).filter((i) => i % 3 !== 1),
  }))
  const count = sequences.reduce((sum, { rows }) => sum + rows.length, 0)
  return {
    sequences: sequences.map((sequence) => ({
      ...sequence,
      weights: Float32Array.from(sequence.rows, () => (0.5 + next()) / count),
    })),
    losses,
  }
}

export const rowsOf = (batch: Batch): number => batch.sequences.reduce((sum, { rows }) => sum + rows.length, 0)

/**
 * Compares the gradient with central differences along a random direction in each parameter's space.
 *
 * @returns the largest relative error, and whose it is
 */
export async function worstDerivative(
  trainer: Trainer,
  batch: Batch,
  chosen: (name: string) => boolean = () => true,
): Promise<{ error: number; name: string }> {
  const gradients = await trainer.gradients(batch)
  const scale = Math.hypot(...[...gradients.values()].map((gradient) => Math.hypot(...gradient)))
  let worst = { error: 0, name: '' }
  for (const [index, [name, gradient]] of [...gradients].entries()) {
    if (!chosen(name)) continue
    const value = await trainer.read(name)
    // Half along the gradient, so that the derivative is not lost in rounding; half at random, so that nothing hides.
    const noise = normals(value.length, 1000 + index)
    const length = Math.hypot(...gradient) || 1
    const noiseLength = Math.hypot(...noise)
    const direction = gradient.map((g, i) => g / length + (noise[i] ?? 0) / noiseLength)
    const expected = gradient.reduce((sum, g, i) => sum + g * (direction[i] ?? 0), 0)
    const size = 4e-3 / Math.max(1, length / 10)
    const at = async (shift: number): Promise<number> => {
      await trainer.assign(
        name,
        value.map((x, i) => x + shift * (direction[i] ?? 0)),
      )
      return (await trainer.loss(batch)).loss
    }
    const difference =
      (8 * ((await at(size)) - (await at(-size))) - ((await at(2 * size)) - (await at(-2 * size)))) / (12 * size)
    await trainer.assign(name, value)
    const error = Math.abs(difference - expected) / Math.max(Math.abs(expected), 1e-3 * scale)
    if (error > worst.error) worst = { error, name }
  }
  return worst
}

/** Softmax in double precision. */
export function logSoftmax(logits: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(logits)
  const largest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const sum = values.reduce((total, x) => total + Math.exp(x - largest), 0)
  return values.map((x) => x - largest - Math.log(sum))
}

/** A random teacher for each row: all log-probabilities, or the top k. */
export function randomTeacher(rows: number, vocabulary: number, k?: number) {
  const noise = normals(rows * vocabulary, 99)
  const full = Array.from({ length: rows }, (_, row) =>
    logSoftmax(noise.subarray(row * vocabulary, (row + 1) * vocabulary).map((x) => 2 * x)),
  )
  if (k === undefined) return { logProbabilities: Float32Array.from(full.flatMap((row) => [...row])) }
  const top = full.map((row) => [...row.keys()].sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0)).slice(0, k))
  return {
    k,
    tokens: Int32Array.from(top.flat()),
    logProbabilities: Float32Array.from(top.flatMap((tokens, row) => tokens.map((token) => full[row]?.[token] ?? 0))),
  }
}

export async function withTrainer<T>(
  model: Model,
  options: Parameters<Model['createTrainer']>[0],
  work: (trainer: Trainer) => Promise<T>,
): Promise<T> {
  const trainer = await model.createTrainer(options)
  try {
    return await work(trainer)
  } finally {
    await trainer.dispose()
  }
}
