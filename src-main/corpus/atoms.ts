/** The smallest stretch that chunking does not cut; never blank, no white space at its ends. */
export interface Atom {
  start: number
  end: number
  /** Of its text, and of the white space before it: see {@link size}. */
  size: number
  lead: number
  /** How bad it is to begin a passage here, from 0 (a paragraph) to 1 (inside of a word). */
  cut: number
  /** It is the first one of a page. */
  page: boolean
}

const CUT = { paragraph: 0, sentence: 0.05, line: 0.1, word: 0.5, inside: 1 } as const

const SPACE = /\s/

/** Whether text[start, end) is white space only. */
export function isBlank(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 128 ? unit !== 32 && (unit < 9 || unit > 13) : !SPACE.test(text[i] as string)) return false
  }
  return true
}

const unitSize = (unit: number): number => {
  if (unit < 0x590 || (unit >= 0x2000 && unit < 0x2070)) return 1
  return unit < 0x2e80 ? 2 : 3
}

/**
 * How much room text[start, end) takes in a model's context, in units of a Latin letter: a character of Chinese or
 * Japanese is about as many tokens as three of those, one of Arabic or Hindi as two.
 */
export function size(text: string, start: number, end: number): number {
  let sum = 0
  for (let i = start; i < end; i++) sum += unitSize(text.charCodeAt(i))
  return sum
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
/** Ends that look like a sentence's but are not: titles, a few abbreviations, initials. */
const ABBREVIATION = /(?:^|[\s(])(?:Dr|Mr|Mrs|Ms|Prof|St|vs|No|Nr|Fig|Eq|cf|al|e\.g|i\.e|z\.B|\p{Lu})\.\s*$/u
/** The end of a line inside a paragraph that was wrapped by hand: the line is long, and no list item or row follows. */
const SOFT_WRAP = /(?<=[^\n]{40})\n(?=[^\s\-*+|#>•\d])/g

const LINE_END = /\n\s*/g
/** The rows of a table stay whole. */
const TABLE_ROW = /\S \| \S/

/** Cuts [start, end) after every match. */
function* splitAfter(text: string, start: number, end: number, pattern: RegExp): Generator<[number, number]> {
  let from = start
  for (const match of text.slice(start, end).matchAll(pattern)) {
    const to = start + match.index + match[0].length
    if (to > from && to < end) {
      yield [from, to]
      from = to
    }
  }
  yield [from, end]
}

function* sentences(text: string, start: number, end: number): Generator<[number, number]> {
  const paragraph = text.slice(start, end)
  if (TABLE_ROW.test(paragraph)) return yield* splitAfter(text, start, end, LINE_END)
  let from = start
  for (const { index, segment } of segmenter.segment(paragraph.replace(SOFT_WRAP, ' '))) {
    const to = start + index + segment.length
    if (to < end && ABBREVIATION.test(segment)) continue
    yield [from, to]
    from = to
  }
  if (from < end) yield [from, end]
}

/** Cuts where there is nothing to go by, between characters. */
function* pieces(text: string, start: number, end: number, max: number): Generator<[number, number]> {
  let from = start
  let room = max
  for (let i = start; i < end; ) {
    const length = (text.codePointAt(i) as number) > 0xffff ? 2 : 1
    const taken = size(text, i, i + length)
    if (taken > room && i > from) {
      yield [from, i]
      from = i
      room = max
    }
    room -= taken
    i += length
  }
  yield [from, end]
}

type Split = (text: string, start: number, end: number, max: number) => Iterable<[number, number]>

const paragraphs: Split = (text, start, end) => splitAfter(text, start, end, /\n[^\S\n]*\n\s*/g)

/** What a paragraph that is too large is cut into, then what those are, and so on. */
const levels: readonly { cut: number; split: Split }[] = [
  { cut: CUT.sentence, split: sentences },
  { cut: CUT.line, split: (text, start, end) => splitAfter(text, start, end, LINE_END) },
  { cut: CUT.word, split: (text, start, end) => splitAfter(text, start, end, /\s+/g) },
  { cut: CUT.inside, split: pieces },
]

/** The range without the white space at its ends. */
export function trimmed(text: string, start: number, end: number): [number, number] {
  let first = start
  let last = end
  while (first < last && isBlank(text, first, first + 1)) first++
  while (last > first && isBlank(text, last - 1, last)) last--
  return [first, last]
}

/**
 * Takes text[start, end) apart into atoms of at most `max` each: paragraphs, and those that are too large into
 * sentences, those into lines, words, and at last anywhere between two characters.
 *
 * @param pages offsets inside the range at which a page begins
 */
export function atomsOf(text: string, start: number, end: number, pages: readonly number[], max: number): Atom[] {
  const atoms: Atom[] = []
  let page = false
  let last = start
  const add = (from: number, to: number, cut: number, level: number): void => {
    const [first, stop] = trimmed(text, from, to)
    if (first === stop) return
    const own = size(text, first, stop)
    if (own <= max) {
      atoms.push({ start: first, end: stop, size: own, lead: first - last, cut, page })
      page = false
      last = stop
      return
    }
    const finer = levels[level] as (typeof levels)[number]
    let inner = cut
    for (const [a, b] of finer.split(text, first, stop, max)) {
      add(a, b, inner, level + 1)
      inner = finer.cut
    }
  }
  let from = start
  for (const to of [...pages, end]) {
    for (const [a, b] of paragraphs(text, from, to, max)) add(a, b, CUT.paragraph, 0)
    page = true
    from = to
  }
  return atoms
}
