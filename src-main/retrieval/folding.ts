/** What may stand inside a word without being seen: soft hyphen, zero-width joiners. */
export const joiners = String.raw`\u00AD\u200C\u200D\u2060`
const joinerPattern = new RegExp(`[${joiners}]`, 'g')

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
  '\u0901': '\u0902',
}
const foldPattern = new RegExp(`[${Object.keys(folds).join('')}]`, 'gu')
/** Marks that readers and writers leave out: accents of Latin and Greek, Cyrillic ё, Arabic and Hebrew vowel points,
 * the Hindi nukta. */
const marksPattern =
  /(?<=[\p{sc=Latin}\p{sc=Greek}]\p{M}*)\p{M}+|(?<=е)\u0308|[\u0640\u064B-\u065F\u0670\u0591-\u05C7\u093C]/gu

/** Lower case without compatibility forms and invisible characters; marks stay. */
export const lowered = (word: string): string => word.replace(joinerPattern, '').normalize('NFKC').toLowerCase()

/** A {@link lowered} word without the marks that people leave out. */
export function folded(lower: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII is meant
  if (/^[\x00-\x7F]*$/.test(lower)) return lower
  return lower
    .replace(foldPattern, (letter) => folds[letter] ?? letter)
    .normalize('NFD')
    .replace(marksPattern, '')
    .normalize('NFC')
}
