import type { Capabilities, EpisodeStatistics, RunReport, TestedQuestion } from './run.ts'

/** What came of a training, in sentences, and the counts behind them. */
export interface RunResult {
  /** "The small model now answers 41 of 60 test questions; before: 9." */
  headline: string
  /** How sure that is. */
  certainty: string | null
  /** Whether it is an improvement on questions that nothing was learned from; null: that was not tested. */
  improved: boolean | null
  /** Test questions that only the trained model answers right, and that only the untrained one does. */
  gained: readonly TestedQuestion[]
  lost: readonly TestedQuestion[]
}

/** 97.5th percentile of the normal distribution. */
const Z = 1.959964

const percent = (share: number): string => `${Math.round(100 * share)} %`

/** Between which shares the true one lies in 95 of 100 cases (Wilson's score interval), for `right` of `n`. */
export function shareInterval(right: number, n: number): [low: number, high: number] {
  if (n === 0) return [0, 1]
  const share = right / n
  const scale = 1 + Z ** 2 / n
  const middle = (share + Z ** 2 / (2 * n)) / scale
  const half = (Z * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2))) / scale
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}

/** How probable at least so uneven a split is when every flip goes either way by chance (exact sign test, two-sided). */
export function chanceOf(gained: number, lost: number): number {
  const n = gained + lost
  let probability = 0.5 ** n
  let tail = probability
  for (let i = 1; i <= Math.min(gained, lost); i++) {
    probability *= (n - i + 1) / i
    tail += probability
  }
  return Math.min(1, 2 * tail)
}

/** Reads a report: what it says, and how sure that is. */
export function resultOf(report: RunReport): RunResult {
  const { test, testBefore, tested, best, before } = report
  const gained = tested.filter((one) => one.after.right && !one.before.right)
  const lost = tested.filter((one) => one.before.right && !one.after.right)
  const count = ({ em, episodes }: EpisodeStatistics): number => Math.round(em * episodes)
  const now = test ?? best.validation
  if (!now) return { headline: 'Nothing was tested.', certainty: null, improved: null, gained, lost }
  const kind = test ? 'test' : 'validation'
  const then = test ? testBefore : before
  const headline = `The small model now answers ${count(now)} of ${now.episodes} ${kind} questions${then ? `; before: ${count(then)}` : ''}.`
  if (!test) {
    const certainty = 'The best weights were chosen by these very questions, so this is a little too favorable.'
    return { headline, certainty, improved: null, gained, lost }
  }
  const [low, high] = shareInterval(count(test), test.episodes)
  const range = `With ${test.episodes} questions the true share lies between ${percent(low)} and ${percent(high)} (95 % certainty).`
  const improved = testBefore === null ? null : count(test) > count(testBefore)
  return { headline, certainty: [range, flips(gained.length, lost.length)].join(' '), improved, gained, lost }
}

function flips(gained: number, lost: number): string {
  if (gained + lost === 0) return 'No answer turned from wrong to right or from right to wrong.'
  const said = `${gained} turned from wrong to right, ${lost} from right to wrong:`
  const chance = chanceOf(gained, lost)
  if (chance < 0.01) return `${said} hardly by chance.`
  return chance < 0.05
    ? `${said} probably not by chance (p = ${chance.toFixed(2)}).`
    : `${said} this may well be chance (p = ${chance.toFixed(2)}).`
}

/** A figure of the report with its name and its meaning. */
export interface FigureRow<T> {
  label: string
  hint: string
  of: (figures: T) => string
}

/** How episodes went, row by row. */
export const statisticRows: readonly FigureRow<EpisodeStatistics>[] = [
  {
    label: 'Exactly right',
    hint: 'The answer is one of the right ones, word by word (EM).',
    of: ({ em }) => percent(em),
  },
  {
    label: 'Word overlap',
    hint: 'How many words the answer shares with the right one (F1).',
    of: ({ f1 }) => percent(f1),
  },
  {
    label: 'Right answer in the text',
    hint: 'The right answer occurs somewhere in what was answered.',
    of: ({ coverEm }) => percent(coverEm),
  },
  {
    label: 'Found by its searches',
    hint: 'The right answer stood in a passage that its searches brought (hit ratio).',
    of: ({ hitRatio }) => percent(hitRatio),
  },
  {
    label: 'Searches per question',
    hint: 'How often it looked something up.',
    of: ({ searches }) => searches.toFixed(2),
  },
  {
    label: 'Valid actions',
    hint: 'Turns that held a search or an answer, as they should.',
    of: ({ validActionRate }) => percent(validActionRate),
  },
  {
    label: 'Answered at all',
    hint: 'Questions that ended with an answer.',
    of: ({ answerRate }) => percent(answerRate),
  },
  {
    label: 'Repeated queries',
    hint: 'Searches that ask the same thing again.',
    of: ({ repeatedQueryRate }) => percent(repeatedQueryRate),
  },
  { label: 'Tokens per question', hint: 'Pieces of words that it wrote.', of: ({ tokens }) => tokens.toFixed(0) },
]

/** What a model can do, row by row (ARCap). */
export const capabilityRows: readonly FigureRow<Capabilities>[] = [
  {
    label: 'Reading: right at once',
    hint: 'Given the passage that holds the answer, it answers right without thinking (source referencing).',
    of: ({ withoutThink }) => percent(withoutThink),
  },
  {
    label: 'Reading: right after thinking',
    hint: 'Given the passage that holds the answer, it thinks first and answers right.',
    of: ({ withThink }) => percent(withThink),
  },
  {
    label: 'Searching: found at once',
    hint: 'Its first search brings a passage with the answer (query rewriting).',
    of: ({ hitRatioFirst }) => percent(hitRatioFirst),
  },
  {
    label: 'Searching: found in the end',
    hint: 'Any of its searches brings a passage with the answer.',
    of: ({ hitRatio }) => percent(hitRatio),
  },
  {
    label: 'Searches per question',
    hint: 'How often it looked something up.',
    of: ({ searches }) => searches.toFixed(2),
  },
]
