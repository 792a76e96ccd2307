import { describe, expect, test } from 'vitest'
import { findEvidence } from '../../src-main/agent/index.ts'
import { hit } from '../support/passages.ts'

const shown = (...texts: string[]) => texts.map((text, i) => ({ turn: 1, hit: hit({ id: `p${i}`, text }) }))

describe('findEvidence', () => {
  test('supports an answer that stands in a passage, and says where', () => {
    const text = 'Pathel Guild was founded by Prurklo Cirholt.'
    const evidence = findEvidence('prurklo cirholt', shown('Nothing here.', text))
    expect(evidence.verdict).toBe('supported')
    const [span] = evidence.spans
    expect(span).toMatchObject({ passageId: 'p1', turn: 1, kind: 'exact' })
    expect(text.slice(span?.start, span?.end)).toBe('Prurklo Cirholt')
  })

  test('ignores case, punctuation and articles', () => {
    expect(findEvidence('The U.S. Army.', shown('He joined the u. s. army in 1941.')).verdict).toBe('supported')
  })

  test('does not take a part of a word for the word', () => {
    expect(findEvidence('art', shown('They started the party.')).verdict).toBe('not-found')
  })

  test('finds answers in scripts without spaces', () => {
    const evidence = findEvidence('東京', shown('日本の首都は東京です。'))
    expect(evidence.verdict).toBe('supported')
    expect('日本の首都は東京です。'.slice(evidence.spans[0]?.start, evidence.spans[0]?.end)).toBe('東京')
  })

  test('partly supports an answer of which a passage holds most words', () => {
    const evidence = findEvidence('the red brick lighthouse', shown('A lighthouse of red stone.'))
    expect(evidence.verdict).toBe('partly-supported')
    expect(evidence.spans.map(({ kind }) => kind)).toEqual(['partial', 'partial'])
  })

  test('says so when only a title holds the answer', () => {
    const evidence = findEvidence('Niruton', [{ turn: 1, hit: hit({ title: 'Niruton', text: 'A town.' }) }])
    expect(evidence.verdict).toBe('partly-supported')
    expect(evidence.note).toContain('Niruton')
  })

  test('leaves yes and no to the reader', () => {
    expect(findEvidence('Yes', shown('Anything.')).verdict).toBe('partly-supported')
  })

  test('finds nothing for an answer from nowhere, or without passages', () => {
    expect(findEvidence('Beijing', shown('A town by a river.'))).toEqual({
      verdict: 'not-found',
      spans: [],
      note: null,
    })
    expect(findEvidence('Beijing', []).verdict).toBe('not-found')
  })

  test('counts a passage once that was found twice', () => {
    const twice = [1, 2].map((turn) => ({ turn, hit: hit({ text: 'Beijing is large.' }) }))
    expect(findEvidence('Beijing', twice).spans).toHaveLength(1)
  })
})
