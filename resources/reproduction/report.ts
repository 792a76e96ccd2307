import type { RunLine } from '../../src-main/contract/index.ts'
import type { ArcapMetrics } from '../../src-main/evaluation/index.ts'
import { extras, paperEnds, methods as tableMethods } from './protocol.ts'

const methods = [...tableMethods, ...extras]

/** How some weights answer the test world. */
export interface TestResult {
  oneHop: number
  twoHop: number
  hitRatio: number
  searches: number
  validActions: number
  arcap: { single: ArcapMetrics | null; multi: ArcapMetrics | null }
}

/** A trained line of the table, for one seed. */
export interface Outcome extends TestResult {
  method: string
  seed: number
  seconds: number
  /** Validation EM by step. */
  curve: { step: number; em: number }[]
  /** What the episodes that reinforcement learned from came to. */
  reinforcement: StepMeans[]
  notes: readonly string[]
}

/** Everything that was measured. */
export interface Results {
  worldSeed: number
  student: TestResult
  teacher: TestResult
  outcomes: Outcome[]
}

export const curveOf = (lines: readonly RunLine[]): Outcome['curve'] =>
  lines.flatMap((line) => (line.type === 'validation' ? [{ step: line.step, em: line.statistics.em }] : []))

/** Means over some steps of reinforcement, up to one of them. */
export interface StepMeans {
  step: number
  /** Of the episodes that were learned from, drawn at temperature 1. */
  score: number
  hitRatio: number
  validActions: number
  /** Nats per token: of the policy, and between it and whom it is held to. */
  entropy: number
  referenceKl: number
}

/** @param width steps that are put together */
export function stepMeansOf(lines: readonly RunLine[], width: number): StepMeans[] {
  const steps = lines.flatMap((line) => (line.type === 'step' && line.reinforcement ? [line] : []))
  return Array.from({ length: Math.ceil(steps.length / width) }, (_, i) => {
    const part = steps.slice(i * width, (i + 1) * width)
    const mean = (of: (line: (typeof part)[number]) => number | null | undefined): number =>
      Number((part.reduce((sum, line) => sum + (of(line) ?? 0), 0) / part.length).toFixed(4))
    return {
      step: part.at(-1)?.step ?? 0,
      score: mean(({ reinforcement }) => reinforcement?.score),
      hitRatio: mean(({ rollouts }) => rollouts?.hitRatio),
      validActions: mean(({ rollouts }) => rollouts?.validActionRate),
      entropy: mean(({ reinforcement }) => reinforcement?.entropy),
      referenceKl: mean(({ reinforcement }) => reinforcement?.referenceKl),
    }
  })
}

/** Mean, and the standard deviation where there are several. */
function spread(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  if (values.length < 2) return mean.toFixed(3)
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  return `${mean.toFixed(3)} ± ${Math.sqrt(variance).toFixed(3)}`
}

function line(title: string, results: readonly TestResult[], paper: number | null, minutes: string): string {
  const column = (of: (result: TestResult) => number | undefined): string => {
    const values = results.flatMap((result) => of(result) ?? [])
    return values.length === 0 ? '' : spread(values)
  }
  const cells = [
    title,
    column(({ oneHop, twoHop }) => (oneHop + twoHop) / 2),
    column(({ oneHop }) => oneHop),
    column(({ twoHop }) => twoHop),
    column(({ hitRatio }) => hitRatio),
    column(({ searches }) => searches),
    column(({ arcap }) => arcap.single?.without_think_em),
    column(({ arcap }) => arcap.single?.with_think_em),
    column(({ arcap }) => arcap.multi?.with_think_em),
    paper === null ? '' : paper.toFixed(3),
    minutes,
  ]
  return `| ${cells.join(' | ')} |`
}

/** The paper's table in miniature, in Markdown. */
export function table({ student, teacher, outcomes }: Results): string {
  const head = [
    '',
    'EM',
    'one article',
    'two articles',
    'hit ratio',
    'searches',
    'sources',
    'thinking, one',
    'thinking, two',
    'paper, EM',
    'minutes',
  ]
  const rows = methods.flatMap(({ name, title, paper }) => {
    const own = outcomes.filter(({ method }) => method === name)
    const minutes = own.reduce((sum, { seconds }) => sum + seconds, 0) / Math.max(1, own.length) / 60
    return own.length === 0 ? [] : [line(title, own, paper, minutes.toFixed(1))]
  })
  return [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => ' --- ').join('|')}|`,
    line('student, untrained', [student], paperEnds.student, ''),
    ...rows,
    line('teacher', [teacher], paperEnds.teacher, ''),
  ].join('\n')
}

const colors = [
  '#4269d0',
  '#efb118',
  '#ff725c',
  '#6cc5b0',
  '#3ca951',
  '#ff8ab7',
  '#a463f2',
  '#97bbf5',
  '#9c6b4e',
  '#9498a0',
  '#1f6f4a',
  '#46557a',
  '#5b6b00',
  '#00a5cf',
  '#7a2d1b',
  '#b5179e',
]

/** Learning curves as a picture: validation EM over steps, a line for each method and seed. */
export const curves = ({ outcomes }: Pick<Results, 'outcomes'>): string => picture(outcomes, 'Validation EM')

/** The same of the episodes that reinforcement learned from. */
export const scoreCurves = ({ outcomes }: Pick<Results, 'outcomes'>): string =>
  picture(
    outcomes
      .filter(({ reinforcement }) => reinforcement.length > 0)
      .map(({ method, reinforcement }) => ({
        method,
        curve: reinforcement.map(({ step, score }) => ({ step, em: score })),
      })),
    'EM of training episodes',
  )

function picture(all: readonly Pick<Outcome, 'method' | 'curve'>[], what: string): string {
  const outcomes = all.filter(({ curve }) => curve.length > 0)
  const [width, height, left, top, right, bottom] = [860, 420, 48, 16, 210, 40]
  const last = Math.max(1, ...outcomes.flatMap(({ curve }) => curve.map(({ step }) => step)))
  const x = (step: number): string => (left + ((width - left - right) * step) / last).toFixed(1)
  const y = (em: number): string => (height - bottom - (height - top - bottom) * em).toFixed(1)
  const shown = methods.filter(({ name }) => outcomes.some(({ method }) => method === name))
  const colorOf = (method: string): string =>
    colors[methods.findIndex(({ name }) => name === method) % colors.length] ?? '#000'
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (em) =>
      `<line x1="${left}" x2="${width - right}" y1="${y(em)}" y2="${y(em)}" stroke="#ccc" stroke-width="0.5"/>` +
      `<text x="${left - 8}" y="${y(em)}" text-anchor="end" dominant-baseline="middle">${em}</text>`,
  )
  const steps = [0, last / 2, last].map(
    (step) => `<text x="${x(step)}" y="${height - bottom + 18}" text-anchor="middle">${Math.round(step)}</text>`,
  )
  const lines = outcomes.map(
    ({ method, curve }) =>
      `<polyline fill="none" stroke="${colorOf(method)}" stroke-width="2" points="${curve.map(({ step, em }) => `${x(step)},${y(em)}`).join(' ')}"/>`,
  )
  const legend = shown.map(
    ({ name, title }, i) =>
      `<rect x="${width - right + 16}" y="${top + 20 * i}" width="12" height="12" fill="${colorOf(name)}"/>` +
      `<text x="${width - right + 34}" y="${top + 20 * i + 10}">${title.replaceAll('*', '')}</text>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${what} over training steps" font-family="sans-serif" font-size="12" fill="#444">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...grid,
    ...steps,
    `<text x="${left}" y="${height - 6}">${what} over steps</text>`,
    ...lines,
    ...legend,
    '</svg>',
    '',
  ].join('\n')
}
