import { describe, expect, it } from 'vitest'
import { evaluateAgent, evaluateArcap, type Question } from '../../src-main/evaluation/index.ts'

const question = (id: string, gold: number): Question => ({
  id,
  question: `${id}?`,
  answers: ['Paris'],
  gold: new Map(),
  evidence: Array.from({ length: gold }, (_, i) => ({ title: `${id} ${i}`, text: 'text' })),
})
const questions = [question('one', 1), question('two', 1), question('many', 2), question('none', 0)]

async function run() {
  const { rows } = await evaluateAgent({
    questions,
    play: async ({ id }) => ({
      answer: null,
      searches: 2,
      queries: ['a', 'b'],
      turns: 2,
      validTurns: 2,
      retrieved: id === 'one' ? [['Paris'], []] : id === 'many' ? [[], ['Paris']] : [[], []],
      generatedTokens: 1,
    }),
  })
  const given: string[] = []
  const arcap = await evaluateArcap({
    questions,
    passages: ({ evidence = [] }) => evidence,
    episodes: rows,
    read: async ({ id }, passages, think) => {
      given.push(`${id} ${passages.length} ${think}`)
      if (id === 'two') return null
      return think || id === 'one' ? 'the Paris' : 'Lyon'
    },
  })
  return { arcap, given }
}

describe('ARCap', () => {
  it('asks each question with gold passages twice, from those passages', async () => {
    const { given } = await run()
    expect(given).toEqual(['one 1 false', 'one 1 true', 'two 1 false', 'two 1 true', 'many 2 false', 'many 2 true'])
  })

  it('tells questions with one gold passage from those with several', async () => {
    const { arcap } = await run()
    expect(arcap.single).toEqual({
      questions: 2,
      without_think_em: 1 / 2,
      with_think_em: 1 / 2,
      hit_ratio_first: 1 / 2,
      hit_ratio: 1 / 2,
      search_steps: 2,
    })
    expect(arcap.multi).toEqual({
      questions: 1,
      without_think_em: 0,
      with_think_em: 1,
      hit_ratio_first: 0,
      hit_ratio: 1,
      search_steps: 2,
    })
    expect(arcap.all.questions).toBe(3)
    expect(arcap.rows[2]).toEqual({
      id: 'many',
      hops: 'multi',
      withoutThink: { answer: 'Lyon', em: 0 },
      withThink: { answer: 'the Paris', em: 1 },
    })
  })
})
