import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyze } from '../../src-main/retrieval/index.ts'

function terms(text: string): string[] {
  return analyze(text).map(({ term }) => term)
}

describe('analyze', () => {
  it.each([
    ['folds case and stems English', 'Running RUNS runner', ['run', 'run', 'runner']],
    ['drops the possessive, straight or curly', "Einstein's Newton’s", ['einstein', 'newton']],
    ['splits other apostrophes', "l'homme O’Brien", ['l', 'homm', 'o', 'brien']],
    ['folds diacritics and ligatures', 'Größe Łódź naïve ﬁnal', ['gross', 'lodz', 'naiv', 'final']],
    ['folds full-width forms', 'ＡＢＣ１', ['abc1']],
    ['joins what a soft hyphen splits', 'hy\u00ADphen', ['hyphen']],
    ['joins thousands', '1,000 2,345,678 1,2', ['1000', '2345678', '1', '2']],
    ['keeps combining vowel signs with their word, but for endings', 'किताब किताबें भाषाओं', ['किताब', 'किताब', 'भाष']],
    ['takes Hindi letters with and without nukta or moon for the same', 'क़लम चाँद', terms('कलम चांद')],
    ['stems Greek by its letters', 'βιβλία βιβλίων', ['βιβλ', 'βιβλ']],
    ['leaves out Arabic vowel points and alef forms', 'أَحْمَدُ إلى', ['احمد', 'ال']],
    ['drops the Arabic article and endings', 'القاهرة والكتاب كتابها', ['قاهر', 'كتاب', 'كتاب']],
    ['keeps й but folds ё', 'Йод ёлка', ['йод', 'елк']],
    ['pairs characters of scripts without spaces', '黑豹队赢了', ['黑豹', '豹队', '队赢', '赢了']],
    ['keeps a single character', '水 NFL联盟', ['水', 'nfl', '联盟']],
    ['joins half-width kana with their marks', 'ｶﾞｷﾞ', ['ガギ']],
    ['composes Korean syllables', '서울은'.normalize('NFD'), ['서울', '울은']],
    ['finds nothing in signs', '?!… — 😀', []],
    ['finds nothing in Arabic points and strokes that stand alone', '\u0640 \uFC5E', []],
  ])('%s', (_, text, expected) => {
    expect(terms(text)).toEqual(expected)
  })

  it('says where each term stands', () => {
    const text = 'The Größe of Einstein’s 黑豹队'
    expect(analyze(text).map(({ start, end }) => text.slice(start, end))).toEqual([
      'The',
      'Größe',
      'of',
      'Einstein’s',
      '黑豹',
      '豹队',
    ])
  })

  it('gives terms without white space, inside the text and in order, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        let last = 0
        for (const { term, start, end } of analyze(text)) {
          expect(term).toMatch(/^\S+$/u)
          expect(start).toBeGreaterThanOrEqual(last)
          expect(end).toBeGreaterThan(start)
          expect(end).toBeLessThanOrEqual(text.length)
          last = start
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('does not depend on composed or decomposed writing, nor on the case of Latin words', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('é', 'Ü', 'ñ', 'a', 'Z', 'ç', ' ', 'š'), { maxLength: 12 }), (letters) => {
        const text = letters.join('')
        expect(terms(text.normalize('NFD'))).toEqual(terms(text))
        expect(terms(text.toUpperCase())).toEqual(terms(text.toLowerCase()))
      }),
    )
  })

  it('stays linear on hostile input', () => {
    const before = process.cpuUsage()
    for (const text of [
      'a'.repeat(1e6),
      "a'".repeat(5e5),
      '1,000'.repeat(2e5),
      '黑'.repeat(3e5),
      'e\u0301'.repeat(1e5),
    ]) {
      analyze(text)
    }
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(8000)
  })
})
