import { dutchParts } from './compounds/dutch.ts'
import { germanParts } from './compounds/german.ts'
import { folded } from './folding.ts'

/** Languages that write compounds as one word and whose parts are known here. */
export type CompoundLanguage = 'de' | 'nl'

interface Lexicon {
  /** Stems of what a compound may end in. */
  heads: ReadonlySet<string>
  /** What may stand before something else, linking letters included, and the word that it is. */
  modifiers: ReadonlyMap<string, string>
}

const shortest = 7
const longest = 60
/** A word that is not in the list may stand before one that is; both must be long enough not to come from an ending. */
const leastUnknown = 4
const leastHead = 5

/** Letters between the parts. */
const links: Readonly<Record<CompoundLanguage, readonly string[]>> = {
  de: ['', 's', 'es', 'n', 'en', 'er', 'e'],
  nl: ['', 's', 'n', 'en', 'e', 'er'],
}
/** Particles before a verb or a noun make another word, not a compound. */
const particles = new Set(
  (
    'unter uber gegen wider hinter zwischen zusammen nieder durch herunter heraus herein hinaus hinein zuruck voraus ' +
    'wieder anders ander einer onder over tegen achter tussen samen terug voor door boven weder'
  ).split(' '),
)

/** The lists are read when a word of their language is first met. */
const lexicons = new Map<CompoundLanguage, Lexicon>()

function lexiconOf(language: CompoundLanguage, stem: (word: string) => string): Lexicon {
  const known = lexicons.get(language)
  if (known) return known
  const words = (language === 'de' ? germanParts : dutchParts).split(' ').map(folded)
  const modifiers = new Map<string, string>()
  const add = (form: string, word: string) => {
    if (!modifiers.has(form)) modifiers.set(form, word)
  }
  for (const word of words) modifiers.set(word, word)
  for (const word of words) {
    for (const link of links[language]) add(word + link, word)
    if (word.length > 4 && word.endsWith('e')) add(word.slice(0, -1), word)
  }
  const lexicon = { heads: new Set(words.filter(({ length }) => length > 2).map(stem)), modifiers }
  lexicons.set(language, lexicon)
  return lexicon
}

/** The words that stand before the head, where all of them are known. */
function knownModifiers(text: string, modifiers: Lexicon['modifiers']): string[] | null {
  const whole = modifiers.get(text)
  if (whole !== undefined) return [whole]
  for (let at = text.length - 2; at >= 2; at--) {
    const first = modifiers.get(text.slice(0, at))
    const rest = first === undefined ? null : knownModifiers(text.slice(at), modifiers)
    if (first !== undefined && rest) return [first, ...rest]
  }
  return null
}

/** The words that stand before the head, the first of which is not in the list. */
function likelyModifiers(text: string, modifiers: Lexicon['modifiers']): string[] | null {
  const isWord = (word: string) => word.length >= leastUnknown && /[aeiouy]/.test(word) && !particles.has(word)
  for (let at = leastUnknown; at < text.length; at++) {
    const rest = isWord(text.slice(0, at)) ? knownModifiers(text.slice(at), modifiers) : null
    if (rest) return [text.slice(0, at), ...rest]
  }
  return isWord(text) ? [text] : null
}

/**
 * The words that a compound is made of, without the letters that link them; none when the word is not taken for a
 * compound. The last one keeps its ending. Words in a list of frequent parts may stand anywhere, others at the beginning
 * only (`Donau|schiff|fahrt`).
 *
 * @param word folded, not stemmed
 * @param stem the stemmer of the language
 */
export function compoundParts(word: string, language: CompoundLanguage, stem: (word: string) => string): string[] {
  if (word.length < shortest || word.length > longest || !/^[a-z]+$/.test(word)) return []
  const { heads, modifiers } = lexiconOf(language, stem)
  const stemmed = stem(word)
  const tails = Array.from({ length: word.length - 4 }, (_, i) => i + 2).filter((at) => heads.has(stemmed.slice(at)))
  const parts = (at: number, before: readonly string[]) =>
    [...before, word.slice(at)].flatMap((part) => {
      const inner = compoundParts(part, language, stem)
      return inner.length > 0 ? inner : [part]
    })
  for (const at of tails) {
    const before = knownModifiers(word.slice(0, at), modifiers)
    if (before) return parts(at, before)
  }
  for (const at of tails) {
    const before = word.length - at >= leastHead ? likelyModifiers(word.slice(0, at), modifiers) : null
    if (before) return parts(at, before)
  }
  return []
}
