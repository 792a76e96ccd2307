import { compoundParts } from './compound.ts'
import { folded, joiners, lowered } from './folding.ts'
import { isStopWord, passageLanguage, queryLanguage } from './language.ts'
import { type Language, languages, stem } from './stemming.ts'

/** Part of the index fingerprint: raise it whenever {@link analyze} gives other terms than before. */
export const analysisVersion = 3

/** A term with the word it comes from: half-open range in UTF-16 units of the analyzed text. */
export interface AnalyzedTerm {
  term: string
  /** It is only a part of the word: `vertrag` of `Mietvertrag`. */
  part: boolean
  start: number
  end: number
}

/** Letters of scripts that are written without spaces between words, or (Hangul) with particles glued to them. */
const unspaced = String.raw`\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}`
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
/** A character with its marks; Korean syllables may come as their letters. */
const unitPattern = /[\u1100-\u115F][\u1160-\u11A7]+[\u11A8-\u11FF]*|[\p{L}\p{N}][\p{M}\uFF9E\uFF9F]*/gu
const partPattern = /[\p{L}\p{N}\p{M}]+/gu

/** Longer terms are cut: nobody types them, and encoded data would bloat the index. */
const maxTermLength = 80

type Term = Pick<AnalyzedTerm, 'term' | 'part'>

/** Terms of short words: most words of a text have come before. Bounded; longer words would keep their texts alive. */
const known = new Map<Language, Map<string, Term[]>>(languages.map((language) => [language, new Map()]))
const maxKnown = 50_000
const maxKnownLength = 12

function termsOf(piece: string, language: Language): Term[] {
  const stemmed = (word: string) => stem(word, language)
  const whole = { term: stemmed(piece.slice(0, maxTermLength)), part: false }
  if (language !== 'de' && language !== 'nl') return [whole]
  const parts = compoundParts(folded(piece), language, stemmed)
  return [whole, ...parts.map((part) => ({ term: stemmed(part), part: true }))]
}

function wordTerms(word: string, language: Language): Term[] {
  const before = known.get(language) as Map<string, Term[]>
  const old = before.get(word)
  if (old) return old
  const bare = /\p{Nd},/u.test(word) ? word.replaceAll(',', '') : word.replace(/['’\u02BC\uFF07]s$/i, '')
  // What is made of nothing but marks that are left out is no term.
  const terms = (lowered(bare).match(partPattern) ?? [])
    .flatMap((piece) => termsOf(piece, language))
    .filter(({ term }) => term !== '')
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
    into.push({
      term: folded(lowered(run.slice(unit.index, end))),
      part: false,
      start: offset + unit.index,
      end: offset + end,
    })
  })
}

/**
 * Splits a text into the terms that the full-text index knows, in order, stop words included. Used for passages, for
 * queries and for marking words, so that the three always agree.
 *
 * Words are runs of letters, marks and numbers; compatibility forms, case and diacritics are folded; words are stemmed
 * by the rules of `language`; an English possessive is dropped. A compound is followed by its parts. Scripts without
 * spaces become overlapping pairs of characters, a single character stands alone. `1,000` is `1000`. A term never
 * contains white space.
 */
export function analyze(text: string, language: Language = passageLanguage(text)): AnalyzedTerm[] {
  const terms: AnalyzedTerm[] = []
  for (const match of text.matchAll(wordPattern)) {
    const [word, run] = match
    const start = match.index
    if (run === undefined) {
      for (const term of wordTerms(word, language)) terms.push({ ...term, start, end: start + word.length })
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
  /** What it is made of, if it is a compound. */
  parts: string[]
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
  const found = new Map<string, { word: string; terms: Set<string>; parts: Set<string>; telling: boolean }>()
  for (const language of spoken) {
    for (const { term, part, start, end } of analyze(query, language)) {
      const word = query.slice(start, end)
      const key = `${start} ${end}`
      const telling = !isStopWord(word, stopLanguage)
      const entry = found.get(key) ?? { word, terms: new Set(), parts: new Set(), telling }
      found.set(key, entry)
      entry[part ? 'parts' : 'terms'].add(term)
    }
  }
  const all = [...found.values()]
  const telling = all.filter((entry) => entry.telling)
  const distinct = new Map<string, QueryWord>()
  for (const { word, terms, parts } of telling.length > 0 ? telling : all) {
    distinct.set([...terms].join(' '), { word, terms: [...terms], parts: [...parts] })
  }
  return [...distinct.values()]
}

/** All terms of the words of a query and of their parts, each once. */
export function queryTerms(query: string): string[] {
  return [...new Set(queryWords(query).flatMap(({ terms, parts }) => [...terms, ...parts]))]
}
