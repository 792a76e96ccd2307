import type { Evidence, EvidenceSpan, PassageHit, Span } from '../contract/index.ts'

/** A passage that the agent retrieved, with the turn in which it did. */
export interface RetrievedPassage {
  turn: number
  hit: PassageHit
}

interface Word {
  text: string
  start: number
  end: number
}

const MAX_SPANS = 24
/** Share of the answer's words that one passage must hold for a partial verdict. */
const PARTIAL_SHARE = 0.5

// Scripts that are written without spaces are compared character by character.
const WORD =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]\p{M}*|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}])[\p{L}\p{M}\p{N}])+/gu

// biome-ignore format: a list of words
const STOP_WORDS = new Set([
  'a', 'an', 'the', 'of', 'in', 'on', 'at', 'to', 'for', 'by', 'and', 'or', 'is', 'are', 'was', 'were', 'it', 'its',
  'with', 'from', 'as', 'that', 'this',
])

function words(text: string): Word[] {
  return Array.from(text.matchAll(WORD), (match) => ({
    text: match[0].normalize('NFKC').toLowerCase(),
    start: match.index,
    end: match.index + match[0].length,
  }))
}

const isArticle = (word: Word): boolean => word.text === 'a' || word.text === 'an' || word.text === 'the'

/** Occurrences of `needle` in `haystack` as whole words in a row, articles ignored. */
function occurrences(needle: readonly Word[], haystack: readonly Word[]): { start: number; end: number }[] {
  const spans: { start: number; end: number }[] = []
  const hay = haystack.filter((word) => !isArticle(word))
  for (let i = 0; i + needle.length <= hay.length; i++) {
    if (needle.every((word, j) => hay[i + j]?.text === word.text)) {
      spans.push({ start: (hay[i] as Word).start, end: (hay[i + needle.length - 1] as Word).end })
    }
  }
  return spans
}

/** Where an answer stands in a text: its words in a row; case and articles do not count. */
export function answerSpans(answer: string, text: string): Span[] {
  const needle = words(answer).filter((word) => !isArticle(word))
  return needle.length === 0 ? [] : occurrences(needle, words(text))
}

/**
 * Checks an answer against the passages that were retrieved for it, by looking for it in their text: never by asking a
 * model. *Supported*: some passage holds the whole answer. *Partly supported*: some passage holds at least half of its
 * words, or it stands in a title only, or it is a yes or no, which no text can hold. Else *not found*.
 */
export function findEvidence(answer: string, retrieved: readonly RetrievedPassage[]): Evidence {
  const unique = retrieved.filter(({ hit }, i) => retrieved.findIndex((other) => other.hit.id === hit.id) === i)
  const all = words(answer)
  const needle = all.filter((word) => !isArticle(word))
  const wanted = needle.length > 0 ? needle : all
  if (wanted.length === 0 || unique.length === 0) return { verdict: 'not-found', spans: [], note: null }

  if (wanted.length === 1 && /^(yes|no)$/.test(wanted[0]?.text ?? '')) {
    return {
      verdict: 'partly-supported',
      spans: [],
      note: 'A yes or no cannot be looked up word for word. Read the passages to check it.',
    }
  }

  const exact: EvidenceSpan[] = unique.flatMap(({ turn, hit }) =>
    occurrences(wanted, words(hit.text)).map((span) => ({ ...span, turn, passageId: hit.id, kind: 'exact' as const })),
  )
  if (exact.length > 0) return { verdict: 'supported', spans: exact.slice(0, MAX_SPANS), note: null }

  const titled = unique.find(({ hit }) => occurrences(wanted, words([hit.title, ...hit.headings].join(' '))).length > 0)
  if (titled) {
    return {
      verdict: 'partly-supported',
      spans: [],
      note: `The answer stands in a title only: “${titled.hit.title}”.`,
    }
  }

  const content = new Set(wanted.filter((word) => !STOP_WORDS.has(word.text)).map((word) => word.text))
  let best: EvidenceSpan[] = []
  let bestShare = 0
  for (const { turn, hit } of unique) {
    const found = words(hit.text).filter((word) => content.has(word.text))
    const share = new Set(found.map((word) => word.text)).size / content.size
    if (share > bestShare) {
      bestShare = share
      best = found.map(({ start, end }) => ({ start, end, turn, passageId: hit.id, kind: 'partial' as const }))
    }
  }
  if (content.size > 1 && bestShare >= PARTIAL_SHARE) {
    return {
      verdict: 'partly-supported',
      spans: best.slice(0, MAX_SPANS),
      note: 'Only some words of the answer stand in a passage.',
    }
  }
  return { verdict: 'not-found', spans: [], note: null }
}
