import type { SystemInfo } from '../../src-main/contract/index.ts'

const GB = 1e9
/** Memory that a model takes per weight at the common four-bit quantizations, with its context. */
const BYTES_PER_PARAMETER = 0.75

const computes: Record<string, string> = {
  cpu: 'the processor (CPU)',
  cuda: 'the graphics card (CUDA)',
  vulkan: 'the graphics card (Vulkan)',
  metal: 'the graphics processor (Metal)',
}

/** What the models run on, in words; null until it is known. */
export const computeName = (compute: string | null): string | null =>
  compute === null ? null : (computes[compute] ?? compute)

/** What this computer can do, in plain words. */
export function computerText({ cores, memoryBytes, compute }: SystemInfo): string {
  const memory = Math.round(memoryBytes / GB)
  const billions = (memoryBytes * 0.6) / BYTES_PER_PARAMETER / 1e9
  const size = [1, 3, 4, 8, 14, 32, 70].findLast((candidate) => candidate <= billions) ?? 0.5
  const where = compute === null || compute === 'cpu' ? '' : ` Models run on ${computeName(compute)}.`
  return `This computer has ${cores} ${cores === 1 ? 'core' : 'cores'} and ${memory} GB of memory: room for models of up to about ${size} billion weights.${where}`
}
