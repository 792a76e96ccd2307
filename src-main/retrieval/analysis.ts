import { isStopWord, passageLanguage, queryLanguage } from './language.ts'
import { type Language, languages, stem } from './stemming.ts'

/** Part of the index fingerprint: raise it whenever {@link analyze} gives other terms than before. */
export const analysisVersion = 2

/** A term with the word it comes from: half-open range in UTF-16 units of the analyzed text. */
export interface AnalyzedTerm {
  term: string
  start: number
  end: number
}

/** Letters of scripts that are written without spaces between words, or (Hangul) with particles glued to them. */
const unspaced = String.raw`\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}`
/** What may stand inside a word without being seen: soft hyphen, zero-width joiners. */
const joiners = String.raw`\u00AD\u200C\u200D\u2060`
/** Apostrophes; U+02BC counts as a letter in Unicode. */
const apostrophes = String.raw`'’\u02BC\uFF07`

const spaced = String.raw`[\p{L}\p{N}]--[${unspaced}${apostrophes}]`

const wordPattern = new RegExp(
  [
    String.raw`([[\p{L}\p{N}]&&[${unspaced}]][[[\p{L}\p{N}]&&[${unspaced}]]\p{M}\uFF9E\uFF9F]*)`,
    String.raw`\p{Nd}{1,3}(?:,\p{Nd}{3})+(?![\p{L}\p{N}])`,
    String.raw`[${spaced}][[${spaced}]\p{M}${joiners}]*(?:[${apostrophes}]s(?![\p{L}\p{N}]))?`,
  ].join('|'),
  'giv',
)
const joinerPattern = new RegExp(`[${joiners}]`, 'g')
/** A character with its marks; Korean syllables may come as their letters. */
const unitPattern = /[\u1100-\u115F][\u1160-\u11A7]+[\u11A8-\u11FF]*|[\p{L}\p{N}][\p{M}\uFF9E\uFF9F]*/gu
const partPattern = /[\p{L}\p{N}\p{M}]+/gu

/** Letters that Unicode does not decompose, as they are written without their mark. */
const folds: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ħ: 'h',
  ŧ: 't',
  ς: 'σ',
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ٱ: 'ا',
  ى: 'ي',
  ة: 'ه',
  ک: 'ك',
  ی: 'ي',
}
const foldPattern = new RegExp(`[${Object.keys(folds).join('')}]`, 'gu')
/** Marks that readers and writers leave out: accents of Latin and Greek, Cyrillic ё, Arabic and Hebrew vowel points. */
const marksPattern =
  /(?<=[\p{sc=Latin}\p{sc=Greek}]\p{M}*)\p{M}+|(?<=е)\u0308|[\u0640\u064B-\u065F\u0670\u0591-\u05C7]/gu

/** Longer terms are cut: nobody types them, and encoded data would bloat the index. */
const maxTermLength = 80

function fold(word: string): string {
  const lower = word.replace(joinerPattern, '').normalize('NFKC').toLowerCase()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII is meant
  if (/^[\x00-\x7F]*$/.test(lower)) return lower
  return lower
    .replace(foldPattern, (letter) => folds[letter] ?? letter)
    .normalize('NFD')
    .replace(marksPattern, '')
    .normalize('NFC')
}

/** Terms of short words: most words of a text have come before. Bounded; longer words would keep their texts alive. */
const known = new Map<Language, Map<string, string[]>>(languages.map((language) => [language, new Map()]))
const maxKnown = 50_000
const maxKnownLength = 12

function wordTerms(word: string, language: Language): string[] {
  const before = known.get(language) as Map<string, string[]>
  const old = before.get(word)
  if (old) return old
  const bare = /\p{Nd},/u.test(word) ? word.replaceAll(',', '') : word.replace(/['’\u02BC\uFF07]s$/i, '')
  const parts = fold(bare).match(partPattern) ?? []
  const terms = parts.map((part) => stem(part.slice(0, maxTermLength), language))
  if (word.length <= maxKnownLength) {
    if (before.size >= maxKnown) before.clear()
    before.set(word, terms)
  }
  return terms
}

function addRun(run: string, offset: number, into: AnalyzedTerm[]): void {
  const units = [...run.matchAll(unitPattern)]
  units.forEach((unit, i) => {
    const next = units[i + 1]
    const last = next ?? unit
    if (!next && i > 0) return
    const end = last.index + last[0].length
    into.push({ term: fold(run.slice(unit.index, end)), start: offset + unit.index, end: offset + end })
  })
}

/**
 * Splits a text into the terms that the full-text index knows, in order, stop words included. Used for passages, for
 * queries and for marking words, so that the three always agree.
 *
 * Words are runs of letters, marks and numbers; compatibility forms, case and diacritics are folded; words are stemmed
 * by the rules of `language`; an English possessive is dropped. Scripts without spaces become overlapping pairs of
 * characters, a single character stands alone. `1,000` is `1000`. A term never contains white space.
 */
export function analyze(text: string, language: Language = passageLanguage(text)): AnalyzedTerm[] {
  const terms: AnalyzedTerm[] = []
  for (const match of text.matchAll(wordPattern)) {
    const [word, run] = match
    const start = match.index
    if (run === undefined) {
      for (const term of wordTerms(word, language)) terms.push({ term, start, end: start + word.length })
    } else {
      addRun(run, start, terms)
    }
  }
  return terms
}

/** A word of a query with all terms under which passages of the languages in question have it. */
export interface QueryWord {
  word: string
  terms: string[]
}

/**
 * The words of a query that are searched for: without stop words, unless it has nothing else; each once. Stems are those
 * of the query's language and of English, in which passages without a language are kept; of a query without a language,
 * those of all.
 */
export function queryWords(query: string): QueryWord[] {
  const told = queryLanguage(query)
  const spoken: readonly Language[] = told === null ? languages : [...new Set<Language>([told, 'en'])]
  const stopLanguage = told ?? 'en'
  const found = new Map<string, { word: string; terms: Set<string>; telling: boolean }>()
  for (const language of spoken) {
    for (const { term, start, end } of analyze(query, language)) {
      const word = query.slice(start, end)
      const key = `${start} ${end}`
      const entry = found.get(key) ?? { word, terms: new Set(), telling: !isStopWord(word, stopLanguage) }
      found.set(key, entry)
      entry.terms.add(term)
    }
  }
  const all = [...found.values()]
  const telling = all.filter((entry) => entry.telling)
  const distinct = new Map<string, QueryWord>()
  for (const { word, terms } of telling.length > 0 ? telling : all) {
    distinct.set([...terms].join(' '), { word, terms: [...terms] })
  }
  return [...distinct.values()]
}

/** All terms of the words of a query, each once. */
export function queryTerms(query: string): string[] {
  return [...new Set(queryWords(query).flatMap(({ terms }) => terms))]
}
