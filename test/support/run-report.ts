import type { EpisodeStatistics, RunReport } from '../../src-main/contract/index.ts'

/** How ten episodes went of which some were right. */
export const statistics = (em: number, episodes = 10): EpisodeStatistics => ({
  episodes,
  em,
  f1: em,
  coverEm: em,
  hitRatio: em,
  searches: 1.5,
  validActionRate: 0.9,
  answerRate: 1,
  repeatedQueryRate: 0.1,
  emptyQueryRate: 0,
  tokens: 80,
})

const capabilities = {
  questions: 9,
  withoutThink: 0.2,
  withThink: 0.4,
  hitRatioFirst: 0.5,
  hitRatio: 0.7,
  searches: 1.5,
}

/** The report of a run that learned: 1 of 10 test questions before, 8 after. */
export const finishedReport = (): RunReport => ({
  outcome: 'finished',
  notes: [],
  startedAt: 1_000,
  endedAt: 61_000,
  seconds: 60,
  steps: 12,
  before: statistics(0.1),
  best: { step: 12, validation: statistics(0.7) },
  teacher: statistics(0.9),
  test: statistics(0.8),
  testBefore: statistics(0.1),
  arcap: { before: { ...capabilities, hitRatio: 0.1 }, after: capabilities },
  tested: Array.from({ length: 10 }, (_, i) => ({
    questionId: `t${i}`,
    question: i === 0 ? 'Who wrote <b>?' : `What is ${i}?`,
    answers: [`${i}`],
    before: { answer: i === 9 ? '9' : null, right: i === 9 },
    after: { answer: i < 8 ? `${i}` : 'no idea', right: i < 8 },
  })),
  phases: [],
  teacherEpisodes: { played: 40, correct: 36, seconds: 5 },
  guard: [],
  weights: { kind: 'adapter', best: 'weights/best-adapter.gguf', last: 'weights/policy-1-0000012-adapter.gguf' },
})
