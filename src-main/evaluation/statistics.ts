import type { Interval } from '../contract/index.ts'
import { randomStream } from '../contract/index.ts'

/** Bootstrap samples and randomizations for so many questions: enough for two digits, and never long to wait for. */
export const resamplesFor = (questions: number): number =>
  Math.round(Math.min(2000, Math.max(500, 4_000_000 / Math.max(1, questions))))

/** Mean of some numbers; 0 of none. */
export const mean = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0
  return values.length === 0 ? 0 : sum / values.length
}

/** Values of several columns row after row, which is how they are summed. */
function interleaved(columns: readonly Float64Array[], rows: readonly number[]): Float64Array {
  return Float64Array.from(rows.flatMap((row) => columns.map((column) => column[row] as number)))
}

/**
 * Means over samples of rows.
 *
 * @param draw puts the sum of one sample of the interleaved rows into `sums`
 * @param count what a sum is divided by
 */
function sampledMeans(
  columns: readonly Float64Array[],
  resamples: number,
  count: number,
  draw: (sums: Float64Array) => void,
): Float64Array[] {
  const means = columns.map(() => new Float64Array(resamples))
  const sums = new Float64Array(columns.length)
  for (let sample = 0; sample < resamples && count > 0; sample++) {
    sums.fill(0)
    draw(sums)
    for (const [c, own] of means.entries()) own[sample] = (sums[c] as number) / count
  }
  return means
}

/**
 * Means of bootstrap samples (Efron 1979): as many questions as there are, drawn with replacement. All columns see the same
 * draws, so that what belongs together stays together.
 *
 * @param columns values by question, all of one length
 * @returns for each column the means of its samples
 */
export function resampledMeans(columns: readonly Float64Array[], resamples: number, seed: number): Float64Array[] {
  const [count, width] = [columns[0]?.length ?? 0, columns.length]
  const values = interleaved(columns, [...(columns[0]?.keys() ?? [])])
  const next = randomStream(seed)
  return sampledMeans(columns, resamples, count, (sums) => {
    for (let i = 0; i < count; i++) {
      const at = Math.floor(next() * count) * width
      for (let c = 0; c < width; c++) sums[c] = (sums[c] as number) + (values[at + c] as number)
    }
  })
}

/**
 * Means of differences whose signs are left to chance: what comes up when two methods are equally good and which of them gave
 * which answer is arbitrary (paired randomization test, Fisher 1935; Noreen 1989).
 *
 * @param columns differences by question, all of one length
 */
export function flippedMeans(columns: readonly Float64Array[], resamples: number, seed: number): Float64Array[] {
  const [count, width] = [columns[0]?.length ?? 0, columns.length]
  const different = [...(columns[0]?.keys() ?? [])].filter((row) => columns.some((column) => column[row] !== 0))
  const values = interleaved(columns, different)
  const next = randomStream(seed)
  return sampledMeans(columns, resamples, count, (sums) => {
    for (let at = 0; at < values.length; at += width) {
      const sign = next() < 0.5 ? -1 : 1
      for (let c = 0; c < width; c++) sums[c] = (sums[c] as number) + sign * (values[at + c] as number)
    }
  })
}

/** The value below which a share of the sorted samples lies, interpolated. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const below = sorted[Math.floor(at)] ?? 0
  return below + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? below) - below)
}

/** The mean with the middle 95 % of its bootstrap samples (percentile interval). */
export function intervalOf(center: number, samples: Float64Array): Interval {
  const sorted = samples.toSorted()
  return { mean: center, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
}

/** Share of the randomizations that are at least as far from 0 as what was seen, itself among them: never 0. */
export function significance(observed: number, flipped: Float64Array): number {
  const least = Math.abs(observed) - 1e-12
  let extreme = 1
  for (const value of flipped) if (Math.abs(value) >= least) extreme++
  return extreme / (flipped.length + 1)
}

/** Sample by sample the mean of several groups, each counting the same. */
export function averaged(groups: readonly Float64Array[]): Float64Array {
  const [first = new Float64Array()] = groups
  return first.map((_, sample) => mean(groups.map((group) => group[sample] ?? 0)))
}
