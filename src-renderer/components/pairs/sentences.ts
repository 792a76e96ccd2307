import type { Span } from '../../../src-main/contract/index.ts'

/** The sentences of a text, one after the other, with the white space behind each. */
export function sentencesOf(text: string): Span[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'sentence' })
  return Array.from(segmenter.segment(text), ({ index, segment }) => ({ start: index, end: index + segment.length }))
}

/** Whether a stretch is inside one of the marks, or holds one. */
export const isMarked = ({ start, end }: Span, marks: readonly Span[]): boolean =>
  marks.some((mark) => mark.start < end && mark.end > start)

/** Marks with a sentence marked that was not, or the other way round; white space around it is left out. */
export function toggled(text: string, sentence: Span, marks: readonly Span[]): Span[] {
  if (isMarked(sentence, marks)) return marks.filter((mark) => mark.start >= sentence.end || mark.end <= sentence.start)
  const said = text.slice(sentence.start, sentence.end)
  const start = sentence.start + said.length - said.trimStart().length
  return [...marks, { start, end: sentence.start + said.trimEnd().length }].sort((a, b) => a.start - b.start)
}
