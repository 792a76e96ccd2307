import type { RunConfig, RunLine, StepMetrics } from '../../contract/index.ts'

type GuardSettings = RunConfig['guard']

/** A figure that must stay on one side of a bound. What is bad from the beginning is no collapse. */
interface Watch {
  read: (step: StepMetrics) => number | null | undefined
  /** How far the figure is beyond its bound; positive is bad. */
  beyond: (mean: number, first: number, settings: GuardSettings) => number
  say: (mean: number, first: number) => string
}

const percent = (share: number): string => `${Math.round(100 * share)} %`

const watches: readonly Watch[] = [
  {
    read: ({ reinforcement }) => reinforcement?.entropy,
    beyond: (mean, _, { minEntropy }) => minEntropy - mean,
    say: (mean, first) =>
      `The student became too sure of itself: its entropy fell from ${first.toFixed(3)} to ${mean.toFixed(4)}.`,
  },
  {
    read: ({ reinforcement }) => reinforcement?.entropy,
    beyond: (mean, first, { maxEntropyGrowth }) => mean - maxEntropyGrowth * Math.max(first, 0.05),
    say: (mean, first) => `The student lost its way: its entropy rose from ${first.toFixed(3)} to ${mean.toFixed(2)}.`,
  },
  {
    read: ({ rollouts }) => rollouts?.validActionRate,
    beyond: (mean, _, { minValidActionRate }) => minValidActionRate - mean,
    say: (mean, first) => `Turns with a search or an answer fell from ${percent(first)} to ${percent(mean)}.`,
  },
  {
    read: ({ rollouts }) => rollouts?.repeatedQueryRate,
    beyond: (mean, _, { maxRepeatedQueryRate }) => mean - maxRepeatedQueryRate,
    say: (mean, first) => `Queries that repeat themselves rose from ${percent(first)} to ${percent(mean)}.`,
  },
  {
    read: ({ rollouts }) => rollouts?.emptyQueryRate,
    beyond: (mean, _, { maxEmptyQueryRate }) => mean - maxEmptyQueryRate,
    say: (mean, first) => `Empty queries rose from ${percent(first)} to ${percent(mean)}.`,
  },
  {
    read: ({ reinforcement }) => reinforcement?.referenceKl,
    beyond: (mean, first, { maxReferenceKl }) => Math.abs(mean) - Math.max(maxReferenceKl, 2 * Math.abs(first)),
    say: (mean, first) =>
      `The student moved away from what it is held to: KL went from ${first.toFixed(2)} to ${mean.toFixed(2)} nats per token.`,
  },
  {
    read: ({ reinforcement }) => reinforcement?.stepKl,
    beyond: (mean, _, { maxStepKl }) => Math.abs(mean) - maxStepKl,
    say: (mean) => `Single steps change the student too much: ${mean.toFixed(2)} nats per token.`,
  },
]

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length

/**
 * Looks for a collapse in what a phase of reinforcement logged.
 *
 * @param lines of the phase, from its beginning or from behind the last rollback
 * @param bestEm of the phase's best validation; null before there was one
 * @returns why, in plain sentences; empty when all is well
 */
export function judge(lines: readonly RunLine[], bestEm: number | null, settings: GuardSettings): string[] {
  if (settings.action === 'off') return []
  const reasons: string[] = []
  const validations = lines.flatMap((line) => (line.type === 'validation' ? [line.statistics.em] : []))
  const lastOnes = validations.slice(-settings.drops)
  const floor = (bestEm ?? 0) - Math.max(settings.minDrop, settings.maxDropShare * (bestEm ?? 0))
  if (bestEm !== null && lastOnes.length === settings.drops && lastOnes.every((em) => em < floor)) {
    reasons.push(
      `Right answers to validation questions fell from ${percent(bestEm)} to ${percent(lastOnes.at(-1) ?? 0)}.`,
    )
  }

  const steps = lines.filter((line) => line.type === 'step')
  // Judged when a window has just become full behind the first: so the first is what the phase began with.
  if (steps.length >= 2 * settings.window) {
    for (const { read, beyond, say } of watches) {
      const figures = steps.flatMap((step) => read(step) ?? [])
      if (figures.length < 2 * settings.window) continue
      const first = mean(figures.slice(0, settings.window))
      const now = mean(figures.slice(-settings.window))
      if (beyond(first, first, settings) <= 0 && beyond(now, first, settings) > 0) reasons.push(say(now, first))
    }
  }
  return reasons
}
