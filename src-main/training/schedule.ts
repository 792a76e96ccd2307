/** How the learning rate goes over a run: linear warm-up, then constant or a cosine down to a share of the peak. */
export interface Schedule {
  kind: 'constant' | 'cosine'
  /** The peak. */
  learningRate: number
  warmupSteps: number
  /** Of the whole run; a cosine ends here. */
  totalSteps: number
  /** Where a cosine ends, as a share of the peak. */
  finalShare?: number
}

/** The learning rate of a step, counted from 0. A warm-up ends at the peak and never gives 0. */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { kind, learningRate, warmupSteps, totalSteps, finalShare = 0.1 } = schedule
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps
  if (kind === 'constant') return learningRate
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps))
  return learningRate * (finalShare + (1 - finalShare) * 0.5 * (1 + Math.cos(Math.PI * progress)))
}
