import type { Span } from '../../src-main/contract/index.ts'

/** A stretch of a text with a kind: a passage of a document, words of a query in it, or what supports an answer. */
export interface Mark extends Span {
  kind: 'passage' | 'match' | 'evidence'
}

/** Where an excerpt should begin so that the first of the strongest marks is in it: at a word shortly before it. */
export function excerptStart(text: string, marks: readonly Mark[]): number {
  const first = strength.map((kind) => marks.find((mark) => mark.kind === kind)).find((mark) => mark !== undefined)
  if (!first || first.start < 160) return 0
  const space = text.lastIndexOf(' ', first.start - 60)
  return space === -1 ? 0 : space + 1
}

/** A piece of text between two boundaries; `kind` is the strongest mark over it. */
export interface Piece {
  start: number
  text: string
  kind: Mark['kind'] | null
}

const strength = ['evidence', 'match', 'passage'] as const

/**
 * Cuts `text`, which begins at `offset` of a larger text, at the boundaries of the marks (offsets of that larger text).
 * Joining the pieces gives the text again; where marks overlap, evidence wins over a match, and a match over the
 * passage around it.
 */
export function cutAtMarks(text: string, offset: number, marks: readonly Mark[]): Piece[] {
  const end = offset + text.length
  const inside = marks.filter((mark) => mark.start < end && mark.end > offset && mark.end > mark.start)
  if (inside.length === 0) return text === '' ? [] : [{ start: offset, text, kind: null }]
  const cuts = new Set([offset, end])
  for (const mark of inside) {
    cuts.add(Math.max(offset, mark.start))
    cuts.add(Math.min(end, mark.end))
  }
  const sorted = [...cuts].sort((a, b) => a - b)
  return sorted.slice(0, -1).map((start, i) => {
    const stop = sorted[i + 1] as number
    const over = inside.filter((mark) => mark.start < stop && mark.end > start)
    const kind = strength.find((candidate) => over.some((mark) => mark.kind === candidate)) ?? null
    return { start, text: text.slice(start - offset, stop - offset), kind }
  })
}
