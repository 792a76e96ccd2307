import type { Span } from '../../../src-main/contract/index.ts'
import { isMarkdown, visibleLines } from '../sources/markdown.ts'

/** The sentences of a text, one after the other, with the white space behind each. */
export function sentencesOf(text: string): Span[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'sentence' })
  return Array.from(segmenter.segment(text), ({ index, segment }) => ({ start: index, end: index + segment.length }))
}

/**
 * The sentences of a passage as one reads them: of Markdown without its markup. One that is nothing but markup has no
 * text.
 *
 * @param path the document's, which says what the text is
 */
export function readableSentences(text: string, path: string): (Span & { text: string })[] {
  const pieces = isMarkdown(path) ? visibleLines(text).flatMap((line) => line.pieces) : [{ start: 0, text }]
  return sentencesOf(text).map(({ start, end }) => {
    const whole = text.slice(start, end)
    if (whole.trim() === '') return { start, end, text: whole }
    const visible = pieces
      .map((piece) => piece.text.slice(Math.max(0, start - piece.start), Math.max(0, end - piece.start)))
      .join('')
      .trimEnd()
    return { start, end, text: visible && visible + whole.slice(whole.trimEnd().length) }
  })
}

/** Whether a stretch is inside one of the marks, or holds one. */
export const isMarked = ({ start, end }: Span, marks: readonly Span[]): boolean =>
  marks.some((mark) => mark.start < end && mark.end > start)

/** A stretch without the white space around it. */
function trimmed(text: string, { start, end }: Span): Span {
  const said = text.slice(start, end)
  return { start: start + said.length - said.trimStart().length, end: start + said.trimEnd().length }
}

/** The sentences that hold a mark, whole, as they are shown marked. */
export const markedSentences = (text: string, marks: readonly Span[]): Span[] =>
  sentencesOf(text).flatMap((sentence) => (isMarked(sentence, marks) ? [trimmed(text, sentence)] : []))

/** Marks with a sentence marked that was not, or the other way round; white space around it is left out. */
export function toggled(text: string, sentence: Span, marks: readonly Span[]): Span[] {
  if (isMarked(sentence, marks)) return marks.filter((mark) => mark.start >= sentence.end || mark.end <= sentence.start)
  return [...marks, trimmed(text, sentence)].sort((a, b) => a.start - b.start)
}
