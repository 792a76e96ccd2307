import { describe, expect, test } from 'vitest'
import { defaultLimits } from '../../../src-main/contract/index.ts'
import { type PlayFacts, parityDifferences, parityError } from '../../../src-main/service/runs/parity.ts'

const facts: PlayFacts = {
  prompt: 'search-r1',
  retriever: '2 layout-1 analysis-1 by words',
  tokenizer: '0123456789abcdef',
  limits: defaultLimits,
}

describe('parity of training and chat', () => {
  test('holds when everything is the same', () => {
    expect(parityDifferences(facts, { ...facts, limits: { ...defaultLimits } })).toEqual([])
  })

  test.each([
    ['prompt', { prompt: 'question-only' }],
    ['retriever', { retriever: '2 layout-1 analysis-1 model 384d by words and meaning' }],
    ['tokenizer', { tokenizer: 'fedcba9876543210' }],
    ['top-k', { limits: { ...defaultLimits, topK: 5 } }],
    ['limits', { limits: { ...defaultLimits, turn: 499 } }],
    ['limits', { limits: { ...defaultLimits, information: 400 } }],
    ['limits', { limits: { ...defaultLimits, prompt: 1024 } }],
    ['limits', { limits: { ...defaultLimits, episode: 2048 } }],
    ['limits', { limits: { ...defaultLimits, maxTurns: 5 } }],
  ] as const)('is broken by another %s: %o', (what, change) => {
    const differences = parityDifferences(facts, { ...facts, ...change })
    expect(differences.map((difference) => difference.what)).toEqual([what])
    const { code, message, detail } = parityError(differences).value
    expect(code).toBe('PARITY_MISMATCH')
    expect(message).toContain(`${what} differs`)
    expect(detail).toContain(`${differences[0]?.training} / chat: ${differences[0]?.chat}`)
  })

  test('names all that differs', () => {
    const differences = parityDifferences(facts, {
      ...facts,
      prompt: 'question-only',
      limits: { ...defaultLimits, topK: 1, turn: 1 },
    })
    expect(differences.map(({ what }) => what)).toEqual(['prompt', 'top-k', 'limits'])
    expect(parityError(differences).value.message).toContain('prompt, top-k, limits differ.')
  })
})
