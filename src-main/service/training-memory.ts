import type { Shape } from '../models/index.ts'
import { type Architecture, openEngine } from '../training/index.ts'

const FAMILIES: readonly Architecture['family'][] = ['qwen2', 'llama', 'qwen3']
/** Positions of an episode at which there is a loss: what the model wrote itself, not what it was given to read. */
const ROW_SHARE = 0.5

/**
 * Bytes that a training step (LoRA of the default rank, one episode) takes beside the model's weights, as the engine
 * estimates them; null: the engine does not know this kind of model, or is not there.
 */
export async function stepBytes(shape: Shape, tokens: number): Promise<number | null> {
  const family = FAMILIES.find((known) => known === shape.architecture)
  if (!family) return null
  const architecture = { ...shape, family, contextLength: tokens, normEpsilon: 1e-6, ropeBase: 1e6 }
  try {
    const step = { lengths: [tokens], rows: Math.ceil(ROW_SHARE * tokens) }
    const { total, weights } = await openEngine().estimate({ architecture, seed: 1 }, step, { trainer: {} })
    return total - weights
  } catch {
    return null
  }
}
