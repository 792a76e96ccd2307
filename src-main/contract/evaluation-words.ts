import type { Cell, Fate, ResultTable, ScoreName } from './evaluation.ts'

/** A name and what it means, in plain words. */
export interface Word {
  name: string
  meaning: string
}

export const scoreWords: Record<ScoreName, Word> = {
  em: {
    name: 'Exactly right (EM)',
    meaning:
      'Share of questions whose answer is one of the right ones, up to capitals, punctuation and articles. Researchers call it exact match.',
  },
  f1: {
    name: 'Shared words (F1)',
    meaning:
      'How many words the answer shares with the right one, between 0 % (none) and 100 % (all, and none besides). Half-right answers count in part.',
  },
  coverEm: {
    name: 'Contains it (cover EM)',
    meaning: 'Share of questions whose answer contains a right one, however much is said around it.',
  },
}

/** What becomes of questions, in the order in which an agent could have got further. */
export const fateWords: Record<Fate, Word> = {
  right: { name: 'Right', meaning: 'The answer is one of the right ones.' },
  contains: {
    name: 'Right, but not only',
    meaning: 'The right answer stands in a longer one. Exact match counts that as wrong.',
  },
  'not-searched': { name: 'Did not search', meaning: 'It answered from memory, without a search, and wrongly.' },
  'not-retrieved': {
    name: 'Not retrieved',
    meaning:
      'None of the passages that its searches showed it holds the right answer: its queries or the search are to blame.',
  },
  'not-used': {
    name: 'Retrieved but not used',
    meaning: 'It was shown a passage that holds the right answer, and yet answered something else.',
  },
  'never-answered': {
    name: 'Never answered',
    meaning:
      'It ended without an answer although it could have gone on: an empty answer, or turns that said nothing usable.',
  },
  'out-of-turns': { name: 'Ran out of turns', meaning: 'It still wanted to search when its last turn had come.' },
  'out-of-room': {
    name: 'Ran out of room',
    meaning: 'What it had read and written filled the whole context before it had answered.',
  },
  failed: { name: 'Failed', meaning: 'An error ended it. It is tried again when the evaluation goes on.' },
}

export const arcapWords = {
  sourceReferencing: {
    name: 'Reads and quotes',
    meaning:
      'Exactly right when the passages that answer the question are given and it must answer at once (source referencing).',
  },
  thinking: {
    name: 'Reads and thinks',
    meaning: 'Exactly right when those passages are given and it thinks before it answers (thinking).',
  },
  hitRatio: {
    name: 'Finds it',
    meaning:
      'Share of questions for which some search shows a passage with the right answer (hit ratio, query rewriting).',
  },
  hitRatioFirst: { name: 'Finds it at once', meaning: 'The same, counting the first search only.' },
  searchSteps: { name: 'Searches', meaning: 'Searches per question.' },
} as const satisfies Record<string, Word>

export const behaviorWords = {
  validActionRate: { name: 'Usable turns', meaning: 'Share of its turns that held a search or an answer.' },
  answerRate: { name: 'Answered at all', meaning: 'Share of questions that it gave any answer to.' },
  repeatedQueryRate: {
    name: 'Repeated queries',
    meaning: 'Share of queries that it had made before for the same question.',
  },
  emptyQueryRate: { name: 'Empty queries', meaning: 'Share of queries without a word.' },
  tokensPerQuestion: {
    name: 'Tokens',
    meaning: 'Tokens that it wrote per question; a token is a word or a part of one.',
  },
  secondsPerQuestion: { name: 'Seconds', meaning: 'Time per question, from the prompt to the answer.' },
} as const satisfies Record<keyof ResultTable['methods'][number]['behavior'], Word>

export const intervalMeaning =
  'In brackets: where the figure would lie 95 times of 100 if other questions of the same kind had been asked (bootstrap over the questions).'

/** `41.3 %`, in one piece. */
export const percentage = (share: number): string => `${(100 * share).toFixed(1)}\u00a0%`

/** `+12.0` percentage points, with a true minus. */
export const points = (difference: number): string =>
  `${difference < 0 ? '−' : '+'}${(100 * Math.abs(difference)).toFixed(1)}`

/** How sure a difference is, in plain words. */
export function significanceSentence(difference: NonNullable<Cell['difference']>[ScoreName]): string {
  const { mean, low, high, p } = difference
  if (mean === 0) return 'No difference.'
  const times = p < 0.001 ? 'less than 1 time in 1,000' : `${Math.max(1, Math.round(1000 * p))} times in 1,000`
  const verdict = p < 0.05 ? 'The difference is hardly chance' : 'The difference may well be chance'
  return `${verdict}: if both were equally good, one at least this large would come up ${times}. It lies between ${points(low)} and ${points(high)} points.`
}

/** The result in a sentence: "Teacher answers 41 of 60 questions exactly right; Student: 9." Null: nothing was answered. */
export function headline({ methods, reference }: ResultTable): string | null {
  const tried = methods.filter(({ mean }) => mean.questions > 0)
  const best = tried.toSorted((a, b) => b.mean.scores.em.mean - a.mean.scores.em.mean)[0]
  if (!best) return null
  const said = ({ label, mean: { right, questions } }: typeof best) => `${label}: ${right} of ${questions}`
  const base = methods[reference]
  const others = tried.filter((method) => method !== best)
  const first = `${best.label} answers ${best.mean.right} of ${best.mean.questions} questions exactly right`
  if (others.length === 0) return `${first}.`
  const difference = best.mean.difference?.em
  const sure =
    difference && base && base !== best
      ? difference.p < 0.05
        ? ` That it is better than ${base.label} is hardly chance.`
        : ` That it is better than ${base.label} may be chance: ask more questions to know.`
      : ''
  return `${first}; ${others.map(said).join(', ')}.${sure}`
}
