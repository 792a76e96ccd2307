import { describe, expect, it } from 'vitest'
import { analyze, queryTerms } from '../../src-main/retrieval/index.ts'

const terms = (text: string) => analyze(text).map(({ term }) => term)

/** Sentences of each language with pairs of forms that must meet; the stems are those of the published algorithms. */
describe('stems of a text in its language', () => {
  it.each([
    ['German', 'Die Häuser der Stadt und das Haus auf dem Berg sind nicht neu', 'Häuser', 'Haus'],
    ['German', 'Die Rechnungen sind bezahlt, aber eine Rechnung ist nicht da', 'Rechnungen', 'Rechnung'],
    ['French', 'Les journaux de la ville sont chez nous, le journal est ici', 'journaux', 'journal'],
    ['Spanish', 'Las facturas del mes y la factura que no es de ellos', 'facturas', 'factura'],
    ['Italian', 'Le fatture della casa e la fattura che non è pagata', 'fatture', 'fattura'],
    ['Portuguese', 'As ações do banco e a ação que não foi feita', 'ações', 'ação'],
    ['Dutch', 'De huizen van de stad en het huis dat niet nieuw is', 'huizen', 'huis'],
    ['Dutch', 'De bomen van de tuin en een boom die niet groot is', 'bomen', 'boom'],
    ['Russian', 'Это новая книга, и в доме много книги', 'книга', 'книги'],
    ['English', 'The invoices of the year and the invoice that was paid', 'invoices', 'invoice'],
  ])('%s: %s', (_, sentence, one, other) => {
    const stemOf = (word: string) =>
      analyze(sentence).find(({ start, end }) => sentence.slice(start, end) === word)?.term
    expect(stemOf(one)).toBe(stemOf(other))
    expect(stemOf(one)).toMatch(/^\p{L}+$/u)
  })

  it('keeps apart what differs', () => {
    expect(new Set(terms('Die Stadt und das Land und der Staat sind nicht das Gleiche')).size).toBeGreaterThan(8)
  })
})

describe('the terms of a query', () => {
  it('leave out words that only ask', () => {
    expect(queryTerms('When was the lighthouse of Brill built?')).toEqual(terms('lighthouse Brill built'))
    expect(queryTerms('Wann wurde die Mühle gebaut?')).toEqual(
      expect.arrayContaining(terms('Die Mühle wurde gebaut und ist da').slice(1, 2)),
    )
  })

  it('keep them where there is nothing else', () => {
    expect(queryTerms('who is it')).not.toEqual([])
  })

  it('of a few words without a language have the stems of every language', () => {
    const german = analyze('Die Rechnungen sind hier, und das ist gut', 'de').find(({ start }) => start === 4)?.term
    const english = analyze('Rechnungen', 'en')[0]?.term
    expect(queryTerms('Rechnungen')).toEqual(expect.arrayContaining([german, english]))
  })
})
