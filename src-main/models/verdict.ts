import type { Fit } from '../contract/index.ts'

/** The rest of the process, and what the system keeps for itself: shares of the memory. */
const GOOD_SHARE = 0.6
const POSSIBLE_SHARE = 0.85

/** How well something that takes so much memory runs on a computer that has so much in all. */
export function verdictOf(memoryBytes: number, totalBytes: number): Fit['verdict'] {
  if (memoryBytes > POSSIBLE_SHARE * totalBytes) return 'no'
  return memoryBytes > GOOD_SHARE * totalBytes ? 'tight' : 'good'
}
