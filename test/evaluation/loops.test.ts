import { describe, expect, it } from 'vitest'
import {
  type EpisodeSummary,
  evaluateAgent,
  evaluateRetrieval,
  type Question,
} from '../../src-main/evaluation/index.ts'

function question(id: string, answers: string[], gold: string[] = []): Question {
  return { id, question: `${id}?`, answers, gold: new Map(gold.map((passage) => [passage, 1])) }
}

const episode = (fields: Partial<EpisodeSummary>): EpisodeSummary => ({
  answer: null,
  searches: 0,
  queries: [],
  turns: 1,
  validTurns: 1,
  retrieved: [],
  generatedTokens: 10,
  ...fields,
})

describe('evaluateRetrieval', () => {
  it('searches with every judged question and scores the rankings', async () => {
    const progress: number[] = []
    const result = await evaluateRetrieval({
      questions: [question('a', [], ['1']), question('b', [], ['2']), question('unjudged', [])],
      search: async (query, limit) => [{ id: query === 'a?' ? '1' : 'other' }].slice(0, limit),
      onProgress: ({ done, total }) => progress.push(done / total),
    })
    expect(result.questions).toBe(2)
    expect(result.metrics['recall@1']).toBe(0.5)
    expect(result.rows.map(({ ranking }) => ranking)).toEqual([['1'], ['other']])
    expect(progress).toEqual([0.5, 1])
  })

  it('stops when told to', async () => {
    const stop = new AbortController()
    const run = evaluateRetrieval({
      questions: [question('a', [], ['1']), question('b', [], ['2'])],
      search: async () => {
        stop.abort(new Error('enough'))
        return []
      },
      signal: stop.signal,
    })
    await expect(run).rejects.toThrow('enough')
  })
})

describe('evaluateAgent', () => {
  const episodes: Record<string, EpisodeSummary> = {
    right: episode({
      answer: 'The Paris',
      searches: 2,
      queries: ['capital', ' Capital '],
      turns: 3,
      validTurns: 3,
      retrieved: [['Lyon is a city.'], ['It is Paris, of course.', 'Nice']],
    }),
    wrong: episode({ answer: 'Lyon maybe', searches: 1, queries: [''], turns: 2, validTurns: 1, retrieved: [[]] }),
    silent: episode({ turns: 5, validTurns: 0, generatedTokens: 40 }),
    partly: episode({
      answer: 'in Paris',
      searches: 1,
      queries: ['x'],
      turns: 2,
      validTurns: 2,
      retrieved: [['Paris']],
    }),
  }
  const questions = Object.keys(episodes).map((id) => question(id, ['Paris']))
  const play = async ({ id }: Question) => episodes[id] ?? episode({})

  it('computes the figures of the paper', async () => {
    const { metrics } = await evaluateAgent({ questions, play })
    expect(metrics).toEqual({
      em: 1 / 4,
      f1: (1 + 2 / 3) / 4,
      cover_em: 2 / 4,
      hit_ratio: 2 / 4,
      hit_ratio_first: 1 / 4,
      search_steps: 1,
      valid_action_rate: 6 / 12,
      answer_rate: 3 / 4,
      repeated_query_rate: 1 / 4,
      empty_query_rate: 1 / 4,
      tokens_per_episode: 70 / 4,
    })
  })

  it('plays several episodes at once, never more, and keeps the order of the questions', async () => {
    let playing = 0
    let most = 0
    const { rows } = await evaluateAgent({
      questions,
      concurrency: 2,
      play: async (asked) => {
        most = Math.max(most, ++playing)
        await new Promise((resolve) => setTimeout(resolve, asked.id === 'right' ? 20 : 1))
        playing -= 1
        return play(asked)
      },
    })
    expect(most).toBe(2)
    expect(rows.map(({ id }) => id)).toEqual(Object.keys(episodes))
  })

  it('stops the other episodes when one fails', async () => {
    let stopped = false
    const run = evaluateAgent({
      questions,
      concurrency: 2,
      play: ({ id }, signal) => {
        if (id === 'wrong') return Promise.reject(new Error('model gone'))
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            stopped = true
            reject(signal.reason)
          })
        })
      },
    })
    await expect(run).rejects.toThrow('model gone')
    expect(stopped).toBe(true)
  })

  it('leaves out questions without an answer and gives zeros for none', async () => {
    const { metrics, questions: count } = await evaluateAgent({ questions: [question('x', [])], play })
    expect(count).toBe(0)
    expect(new Set(Object.values(metrics))).toEqual(new Set([0]))
  })
})
