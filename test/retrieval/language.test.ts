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
    ['Swedish', 'Böckerna är på bordet och det är en bok som inte är böckernas', 'Böckerna', 'böckernas'],
    ['Danish', 'Drengenes hus er ikke stort, og drengene blev hjemme med den', 'Drengenes', 'drengene'],
    ['Norwegian', 'Husene er store, og ett av husenes tak ble ikke bygget etter den', 'Husene', 'husenes'],
    ['Finnish', 'Kirja on kirjastossa ja se oli myös kirjastosta, mutta ei ole', 'kirjastossa', 'kirjastosta'],
    ['Hungarian', 'A könyvek és egy könyv is meg van, de nem az asztalon', 'könyvek', 'könyv'],
    ['Romanian', 'Casele din oraș sunt ale lor și casa este de la el', 'Casele', 'casa'],
    ['Turkish', 'Kitaplar ve bir kitap daha var ama bu ev için değil', 'Kitaplar', 'kitap'],
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

describe('compounds', () => {
  const parts = (word: string, sentence: string) =>
    analyze(sentence.replace('_', word))
      .filter(({ part }) => part)
      .map(({ term }) => term)
  const german = 'Die _ ist nicht da, und das ist gut'
  const dutch = 'De _ is niet hier en dat was het'

  it.each([
    ['Mietverträge', german, 'Miete Vertrag'],
    ['Krankenversicherungskarte', german, 'krank Versicherung Karte'],
    ['Donaudampfschifffahrtsgesellschaft', german, 'Donau Dampf Schiff Fahrt Gesellschaft'],
    ['Finanzämter', german, 'Finanz Amt'],
    ['Bundesverfassungsgericht', german, 'Bund Verfassung Gericht'],
    ['arbeidsovereenkomst', dutch, 'arbeid overeenkomst'],
    ['ziektekostenverzekering', dutch, 'ziekte kosten verzekering'],
  ])('%s: its parts are terms as well', (word, sentence, words) => {
    const language = sentence === german ? 'de' : 'nl'
    expect(parts(word, sentence)).toEqual(analyze(words, language).map(({ term }) => term))
  })

  it.each(['Gesellschaft', 'Unterschrift', 'Verbraucher', 'Widerstand', 'Entwicklung', 'Temperatur', 'Interesse'])(
    '%s is none',
    (word) => expect(parts(word, german)).toEqual([]),
  )

  it('stand where the whole word stands', () => {
    const text = german.replace('_', 'Haustür')
    const places = analyze(text).filter(({ start }) => start === 4)
    expect(places.map(({ start, end }) => text.slice(start, end))).toEqual(['Haustür', 'Haustür', 'Haustür'])
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
