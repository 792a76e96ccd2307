import type { RunLine, StepMetrics } from './run.ts'

/** A point of a curve: where and how much. */
export type Point = readonly [x: number, y: number]

/** A named line of a chart; `reference` is drawn thin and dashed, as something to compare with. */
export interface Curve {
  label: string
  tone: 'main' | 'second' | 'third' | 'reference'
  /** In the order of x. */
  points: readonly Point[]
}

/** A moment on the horizontal axis that has a name: where a phase begins, where the guard acted. */
export interface Mark {
  x: number
  label: string
}

/** One chart of a run: what it shows, in plain words, and its curves. */
export interface Plot {
  id: string
  title: string
  /** What the figure means and what to look for. */
  hint: string
  curves: Curve[]
  unit: 'share' | 'number'
  bounds?: readonly [number, number]
}

interface Series {
  label: string
  tone: Curve['tone']
  of: (line: StepMetrics) => number | null | undefined
}

/** The points at which a figure is known. */
function points(steps: readonly StepMetrics[], of: Series['of']): Point[] {
  return steps.flatMap((line) => {
    const value = of(line)
    return typeof value === 'number' && Number.isFinite(value) ? [[line.step, value] as const] : []
  })
}

const shares = { unit: 'share', bounds: [0, 1] } as const

const stepPlots: readonly (Omit<Plot, 'curves'> & { series: readonly Series[] })[] = [
  {
    id: 'reward',
    title: 'Reward',
    hint: 'Share of the questions of a step that the student answered exactly right while practicing. It draws words at random then, so this is lower than the validation score.',
    ...shares,
    series: [{ label: 'Right while practicing', tone: 'main', of: (line) => line.rollouts?.em }],
  },
  {
    id: 'loss',
    title: 'Loss',
    hint: 'How far the student is from what it should say. While imitating the teacher it should fall.',
    unit: 'number',
    series: [
      { label: 'Loss', tone: 'main', of: (line) => line.loss },
      { label: 'Critic', tone: 'second', of: (line) => line.reinforcement?.criticLoss },
    ],
  },
  {
    id: 'kl',
    title: 'Distance from the teacher',
    hint: 'How much likelier the student’s words are to itself than to the teacher (KL divergence, per token). A steep rise is a warning.',
    unit: 'number',
    series: [
      { label: 'From the teacher', tone: 'main', of: (line) => line.reinforcement?.referenceKl },
      { label: 'Change per step', tone: 'second', of: (line) => line.reinforcement?.stepKl },
    ],
  },
  {
    id: 'entropy',
    title: 'Entropy',
    hint: 'How undecided the student is between words. Near zero it no longer tries anything new; a steep rise means that it talks nonsense.',
    unit: 'number',
    series: [{ label: 'Entropy', tone: 'main', of: (line) => line.reinforcement?.entropy }],
  },
  {
    id: 'valid',
    title: 'Valid actions',
    hint: 'Share of the student’s turns that held a search or an answer, as they should.',
    ...shares,
    series: [{ label: 'Valid actions', tone: 'main', of: (line) => line.rollouts?.validActionRate }],
  },
  {
    id: 'searches',
    title: 'Searches per question',
    hint: 'How often the student looks something up before it answers.',
    unit: 'number',
    series: [{ label: 'Searches', tone: 'main', of: (line) => line.rollouts?.searches }],
  },
  {
    id: 'queries',
    title: 'Repeated and empty queries',
    hint: 'Searches that ask the same thing again, or nothing. Both should stay low.',
    ...shares,
    series: [
      { label: 'Repeated', tone: 'main', of: (line) => line.rollouts?.repeatedQueryRate },
      { label: 'Empty', tone: 'second', of: (line) => line.rollouts?.emptyQueryRate },
    ],
  },
  {
    id: 'gradient',
    title: 'Gradient norm',
    hint: 'The size of the change that a step asks for, before it is limited. Rare peaks are harmless.',
    unit: 'number',
    series: [{ label: 'Gradient norm', tone: 'main', of: (line) => line.gradientNorm }],
  },
]

/**
 * The charts of a run; one without a single point is left out.
 *
 * @param before the student's validation score before the first step
 * @param teacher the teacher's score on the validation questions
 */
export function plotsOf(
  lines: readonly RunLine[],
  { before, teacher }: { before: number | null; teacher: number | null },
): Plot[] {
  const steps = lines.filter((line) => line.type === 'step')
  const validations = lines.filter((line) => line.type === 'validation')
  const last = lines.at(-1)?.step ?? 0
  const level = (label: string, y: number | null): Curve[] =>
    y === null || last === 0 ? [] : [{ label, tone: 'reference', points: [[0, y] as const, [last, y] as const] }]
  const start: Point[] = before === null || validations.some(({ step }) => step === 0) ? [] : [[0, before]]
  const right: Plot = {
    id: 'em',
    title: 'Right answers',
    hint: 'Share of the validation questions that the student answers exactly right. These questions are never practiced on.',
    ...shares,
    curves: [
      {
        label: 'Student',
        tone: 'main',
        points: [...start, ...validations.map(({ step, statistics }) => [step, statistics.em] as const)],
      },
      ...level('Teacher', teacher),
    ],
  }
  const others = stepPlots.map(({ series, ...plot }) => ({
    ...plot,
    curves: series.map(({ label, tone, of }) => ({ label, tone, points: points(steps, of) })),
  }))
  return [right, ...others]
    .map((plot) => ({ ...plot, curves: plot.curves.filter((curve) => curve.points.length > 0) }))
    .filter(({ curves }) => curves.some(({ tone }) => tone !== 'reference'))
}

/** Where a phase began after another, and where the guard acted. */
export function marksOf(lines: readonly RunLine[]): Mark[] {
  const marks: Mark[] = []
  let phase: StepMetrics['phase'] | null = null
  for (const line of lines) {
    if (line.type === 'guard') {
      marks.push({ x: line.step, label: line.action === 'stop' ? 'stopped' : 'rolled back' })
    } else if (line.type === 'step') {
      if (phase !== null && line.phase !== phase) marks.push({ x: line.step - 0.5, label: phaseNames[line.phase] })
      phase = line.phase
    }
  }
  return marks
}

/** What a phase is called. */
export const phaseNames: Record<StepMetrics['phase'], string> = {
  distillation: 'Imitating',
  reinforcement: 'Practicing',
}
