import {
  type Cell,
  type Fate,
  fateSchema,
  type ResultTable,
  type Scored,
  type ScoreName,
  scoreNameSchema,
} from '../contract/index.ts'
import { averaged, flippedMeans, intervalOf, mean, resampledMeans, resamplesFor, significance } from './statistics.ts'

/** What is to be set out in a table: who answered which questions, and how. */
export interface TableInput {
  /** Names of the methods, in their order. */
  methods: readonly string[]
  sets: readonly { name: string; questions: number }[]
  /** One for each question: its set, and how it went for each method (null: not tried). */
  results: readonly { set: number; scored: readonly (Scored | null)[] }[]
}

const names = scoreNameSchema.options
/** Fixed: the same results give the same table. */
const SEED = 20_260

const perScore = <T>(value: (name: ScoreName, at: number) => T): Record<ScoreName, T> =>
  Object.fromEntries(names.map((name, at) => [name, value(name, at)])) as Record<ScoreName, T>

/** One method on one set, with the samples that its intervals come from. */
interface Sampled {
  cell: Cell
  means: readonly number[]
  samples: readonly Float64Array[]
  difference: { means: readonly number[]; samples: readonly Float64Array[]; flipped: readonly Float64Array[] } | null
}

/** Scores by question, as columns. */
function columnsOf(scored: readonly Scored[]): Float64Array[] {
  return names.map((name) => Float64Array.from(scored, (one) => one[name]))
}

function cellOf(parts: Omit<Sampled, 'cell'>, questions: number, right: number): Cell {
  const { means, samples, difference } = parts
  const none = new Float64Array()
  return {
    questions,
    right,
    scores: perScore((_, at) => intervalOf(means[at] ?? 0, samples[at] ?? none)),
    difference:
      difference &&
      perScore((_, at) => ({
        ...intervalOf(difference.means[at] ?? 0, difference.samples[at] ?? none),
        p: significance(difference.means[at] ?? 0, difference.flipped[at] ?? none),
      })),
  }
}

function sampled(
  own: readonly (Scored | null)[],
  other: readonly (Scored | null)[] | null,
  resamples: number,
  seed: number,
): Sampled {
  const tried = own.filter((one) => one !== null)
  const columns = columnsOf(tried)
  const pairs = other?.flatMap((b, i) => (own[i] && b ? [[own[i], b] as const] : [])) ?? []
  const differences = names.map((name) => Float64Array.from(pairs, ([a, b]) => a[name] - b[name]))
  const parts = {
    means: columns.map(mean),
    samples: resampledMeans(columns, resamples, seed),
    difference:
      pairs.length === 0
        ? null
        : {
            means: differences.map(mean),
            samples: resampledMeans(differences, resamples, seed),
            flipped: flippedMeans(differences, resamples, seed + 1),
          },
  }
  return { ...parts, cell: cellOf(parts, tried.length, tried.filter(({ em }) => em === 1).length) }
}

/** The mean over sets, each counting the same; sets that were not tried yet do not count. */
function meanOf(sets: readonly Sampled[]): Cell {
  const tried = sets.filter(({ cell }) => cell.questions > 0)
  const [only] = tried
  if (tried.length === 1 && only) return only.cell
  const over = (part: (set: Sampled) => readonly Float64Array[], from = tried) =>
    names.map((_, at) => averaged(from.map((set) => part(set)[at] ?? new Float64Array())))
  const compared = tried.filter(({ difference }) => difference !== null)
  const average = (part: (set: Sampled) => readonly number[], from: readonly Sampled[]) =>
    names.map((_, at) => mean(from.map((set) => part(set)[at] ?? 0)))
  const sum = (part: (cell: Cell) => number) => sets.reduce((total, { cell }) => total + part(cell), 0)
  return cellOf(
    {
      means: average(({ means }) => means, tried),
      samples: over(({ samples }) => samples),
      difference:
        compared.length === 0
          ? null
          : {
              means: average(({ difference }) => difference?.means ?? [], compared),
              samples: over(({ difference }) => difference?.samples ?? [], compared),
              flipped: over(({ difference }) => difference?.flipped ?? [], compared),
            },
    },
    sum(({ questions }) => questions),
    sum(({ right }) => right),
  )
}

type Arcap = ResultTable['methods'][number]['arcap']

function arcapOf(scored: readonly Scored[]): Arcap['all'] {
  const given = scored.flatMap((one) => one.given ?? [])
  return {
    questions: scored.length,
    given: given.length,
    sourceReferencing: mean(given.map(({ atOnce }) => atOnce)),
    thinking: mean(given.map(({ thinking }) => thinking)),
    hitRatio: mean(scored.map(({ hit }) => Number(hit))),
    hitRatioFirst: mean(scored.map(({ hitFirst }) => Number(hitFirst))),
    searchSteps: mean(scored.map(({ searches }) => searches)),
  }
}

function arcapByHops(scored: readonly Scored[]): Arcap {
  const of = (hops: 'single' | 'multi') => {
    const some = scored.filter(({ given }) => given?.hops === hops)
    return some.length === 0 ? null : arcapOf(some)
  }
  return { all: arcapOf(scored), single: of('single'), multi: of('multi') }
}

function behaviorOf(scored: readonly Scored[]): ResultTable['methods'][number]['behavior'] {
  const sum = (value: (one: Scored) => number) => scored.reduce((total, one) => total + value(one), 0)
  const queries = sum(({ searches }) => searches)
  return {
    validActionRate: sum(({ validTurns }) => validTurns) / sum(({ turns }) => turns) || 0,
    answerRate: mean(scored.map(({ answer }) => Number(answer !== null))),
    repeatedQueryRate: sum((one) => one.repeatedQueries) / queries || 0,
    emptyQueryRate: sum((one) => one.emptyQueries) / queries || 0,
    tokensPerQuestion: mean(scored.map(({ tokens }) => tokens)),
    secondsPerQuestion: mean(scored.map(({ ms }) => ms / 1000)),
  }
}

function fatesOf(scored: readonly Scored[]): Record<Fate, number> {
  const counts = Object.fromEntries(fateSchema.options.map((fate) => [fate, 0])) as Record<Fate, number>
  for (const { fate } of scored) counts[fate]++
  return counts
}

/**
 * Sets results out as papers do: methods against sets, with bootstrap intervals of every mean and the significance of each
 * difference from one of the methods. Deterministic.
 *
 * @param reference position of the method that the others are compared with
 */
export function tabulate({ methods, sets, results }: TableInput, reference: number): ResultTable {
  const bySet = sets.map((_, set) => results.filter((result) => result.set === set))
  return {
    methods: methods.map((label, method) => {
      const cells = bySet.map((questions, set) =>
        sampled(
          questions.map(({ scored }) => scored[method] ?? null),
          method === reference ? null : questions.map(({ scored }) => scored[reference] ?? null),
          resamplesFor(results.length),
          SEED + 2 * set,
        ),
      )
      const scored = results.flatMap((result) => result.scored[method] ?? [])
      return {
        label,
        cells: cells.map(({ cell }) => cell),
        mean: meanOf(cells),
        fates: fatesOf(scored),
        behavior: behaviorOf(scored),
        arcap: arcapByHops(scored),
      }
    }),
    sets: sets.map(({ name, questions }) => ({ name, questions })),
    reference,
  }
}
