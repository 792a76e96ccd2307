import { stemmer as danish } from '@orama/stemmers/danish'
import { stemmer as finnish } from '@orama/stemmers/finnish'
import { stemmer as greek } from '@orama/stemmers/greek'
import { stemmer as hungarian } from '@orama/stemmers/hungarian'
import { stemmer as hindi } from '@orama/stemmers/indian'
import { stemmer as norwegian } from '@orama/stemmers/norwegian'
import { stemmer as romanian } from '@orama/stemmers/romanian'
import { stemmer as swedish } from '@orama/stemmers/swedish'
import { stemmer as turkish } from '@orama/stemmers/turkish'
import { stemmer as porter } from 'stemmer'
import { folded } from './folding.ts'

/**
 * Languages that are told apart and whose words are stemmed by rules of their own. Words of unknown language are taken
 * for English.
 */
export const languages = [
  'en',
  'de',
  'fr',
  'es',
  'it',
  'pt',
  'nl',
  'ru',
  'sv',
  'da',
  'no',
  'fi',
  'hu',
  'ro',
  'tr',
] as const
export type Language = (typeof languages)[number]

const arabicPrefix = /^(?:[وبكف]?ال|لل)(?=\p{sc=Arab}{2})/u
const arabicSuffix = /(?<=^\p{sc=Arab}{2,})(?:ها|ان|ات|ون|ين|يه|ه|ي)$/u

/** J. Savoy, "Light stemming approaches for the French, Portuguese, German and Hungarian languages", SAC 2006. */
function german(word: string): string {
  return word
    .replace(/(?<=^.{3,})(?:ern|e[mnrs]|e|(?<=[bdfghklmnt])s)$/, '')
    .replace(/(?<=^.{3,})(?:est|e[rn]|(?<=[bdfghklmnt])st)$/, '')
}

/** Savoy's minimal stemmer for French: plurals, feminine forms, infinitives, doubled consonants. */
function french(word: string): string {
  if (word.length < 6) return word
  if (word.endsWith('x')) return word.replace(/aux$/, 'al').replace(/x$/, '')
  return word
    .replace(/s$/, '')
    .replace(/r$/, '')
    .replace(/e$/, '')
    .replace(/e$/, '')
    .replace(/(.)\1$/, '$1')
}

/** Savoy's light stemmer for Spanish: plural and gender. */
function spanish(word: string): string {
  if (word.length < 5) return word
  return word
    .replace(/eses$/, 'es')
    .replace(/ces$/, 'z')
    .replace(/[aeo]s?$/, '')
}

/** Savoy's light stemmer for Italian: plural and gender. */
function italian(word: string): string {
  return word.length < 6 ? word : word.replace(/(?:[hi]e|[hi]i|ia|io|[aeio])$/, '')
}

/** Plurals of Portuguese as in RSLP (Orengo and Huyck, SPIRE 2001), then gender. */
function portuguese(word: string): string {
  if (word.length < 4) return word
  return word
    .replace(/ns$/, 'm')
    .replace(/[ao]es$/, 'ao')
    .replace(/(?<=[aeou])is$/, 'l')
    .replace(/(?<=[lrz])es$/, '')
    .replace(/s$/, '')
    .replace(/(?<=^.{3,})[aeo]$/, '')
}

/** Plurals and inflections of Dutch, with the endings and the spelling rules of the Snowball stemmer. */
function dutch(word: string): string {
  if (word.length < 4) return word
  const bare = word
    .replace(/heden$/, 'heid')
    .replace(/(?<=^.{3,})(?:ene?|e|(?<![aeiouyjs])s)$/, '')
    .replace(/([bdfgklmnprst])\1$/, '$1')
    .replace(/(?<=^.{2,})v$/, 'f')
    .replace(/(?<=^.{2,})z$/, 's')
  return bare.replace(/([^aeiou])([aeou])\2([^aeiou])$/, '$1$2$3')
}

/** L. Dolamic and J. Savoy, "Indexing and searching strategies for the Russian language", JASIST 60 (2009). */
function russian(word: string): string {
  return word
    .replace(
      /(?<=^.{3,})(?:[ио]ями|иям|иях|оях|ями|оям|ами|его|ему|ими|ого|ому|ыми|оев|ая|яя|ях|юю|ах|ею|ев|ей|ем|ее|ие|ии|ий|им|их|ию|ия|ов|ое|ой|ом|ою|ую|ые|ый|ым|ых|ью|ья|ям|[аеиоуйыяью])$/u,
      '',
    )
    .replace(/(?<=^.{3,})[ьи]$/u, '')
    .replace(/нн$/u, 'н')
}

/** English by Porter's algorithm (1980). */
function english(word: string): string {
  return /^[a-z]{3,}$/.test(word) ? porter(word) : word
}

/** Rules that want words without their marks. */
const stemmers: Readonly<Partial<Record<Language, (word: string) => string>>> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  it: italian,
  pt: portuguese,
  nl: dutch,
}

/** The Snowball stemmers of languages in which the marks decide. */
const snowball: Readonly<Partial<Record<Language, (word: string) => string>>> = {
  sv: swedish,
  da: danish,
  no: norwegian,
  fi: finnish,
  hu: hungarian,
  ro: romanian,
  tr: turkish,
}

const latin = /^\p{sc=Latin}+$/u

/**
 * The folded stem of a word in lower case. By its letters: Arabic by the light stemmer of Larkey et al. (light10: article
 * and endings), Russian, Greek and Hindi; the rest by `language`.
 */
export function stem(word: string, language: Language): string {
  const bySnowball = snowball[language]
  if (bySnowball && latin.test(word)) return folded(bySnowball(word))
  const bare = folded(word)
  if (/^\p{sc=Arab}/u.test(bare)) return bare.replace(arabicPrefix, '').replace(arabicSuffix, '')
  if (/^\p{sc=Cyrl}+$/u.test(bare)) return russian(bare)
  if (/^\p{sc=Grek}+$/u.test(bare)) return greek(bare)
  if (/^\p{sc=Deva}/u.test(bare)) return hindi(bare)
  return /^[a-z]+$/.test(bare) ? (stemmers[language]?.(bare) ?? bare) : bare
}
