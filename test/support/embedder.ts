import { createHash } from 'node:crypto'
import type { Embedder } from '../../src-main/retrieval/index.ts'

/**
 * An embedder without a model: equal texts get equal vectors, different ones are random to each other. Deterministic
 * over machines and runs.
 */
export function syntheticEmbedder(dimensions = 384): Embedder {
  return {
    fingerprint: `synthetic-${dimensions}`,
    dimensions,
    embed: async (texts) => texts.map((text) => unitVector(text, dimensions)),
  }
}

function unitVector(text: string, dimensions: number): Float32Array {
  let state = createHash('md5').update(text).digest().readUInt32LE() || 1
  const uniform = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  // A sum of uniforms is close enough to a normal deviate for an even spread over the sphere.
  const vector = Float32Array.from({ length: dimensions }, () => uniform() + uniform() + uniform() - 1.5)
  const norm = Math.hypot(...vector)
  return vector.map((value) => value / norm)
}
