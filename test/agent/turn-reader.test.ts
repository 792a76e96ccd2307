import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTurnReader } from '../../src-main/agent/index.ts'
import type { TextPart } from '../../src-main/contract/index.ts'

function read(pieces: readonly string[]): { part: TextPart; text: string }[] {
  const parts: { part: TextPart; text: string }[] = []
  const reader = createTurnReader((part, text) => {
    const last = parts.at(-1)
    if (last?.part === part) last.text += text
    else parts.push({ part, text })
  })
  for (const piece of pieces) reader.push(piece)
  reader.end()
  return parts
}

describe('createTurnReader', () => {
  test('tells the parts of a turn without their tags', () => {
    expect(read(['<think> I need it. </think> <search> red album </search>'])).toEqual([
      { part: 'thinking', text: 'I need it.' },
      { part: 'query', text: 'red album' },
    ])
  })

  test('calls text outside of every tag what it is', () => {
    expect(read(['Sure! <answer>Beijing</answer>'])).toEqual([
      { part: 'outside', text: 'Sure!' },
      { part: 'answer', text: 'Beijing' },
    ])
  })

  test('keeps inner white space and comparison signs', () => {
    expect(read(['<think>a < b,\n\n and c > d</think>'])).toEqual([{ part: 'thinking', text: 'a < b,\n\n and c > d' }])
  })

  const turn = fc
    .array(
      fc.oneof(
        fc.constantFrom('<think>', '</think>', '<search>', '</search>', '<answer>', '</answer>', '<information>'),
        fc.constantFrom('<', '</', 'th', 'a', ' ', '\n', '>'),
        fc.string({ maxLength: 5 }),
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join(''))

  test('says the same however the stream is cut into pieces', () => {
    fc.assert(
      fc.property(turn, fc.array(fc.nat(6), { maxLength: 60 }), (text, sizes) => {
        const pieces: string[] = []
        let at = 0
        for (const size of sizes) {
          pieces.push(text.slice(at, at + size))
          at += size
        }
        pieces.push(text.slice(at))
        expect(read(pieces)).toEqual(read([text]))
      }),
    )
  })

  test('never lets a tag through', () => {
    fc.assert(
      fc.property(turn, (text) => {
        // A reader emits piece by piece, so no single piece may hold a tag.
        const seen: string[] = []
        const reader = createTurnReader((_, piece) => seen.push(piece))
        for (const character of text) reader.push(character)
        reader.end()
        for (const piece of seen) expect(piece).not.toMatch(/<\/?(think|search|answer|information)>/)
      }),
    )
  })
})
