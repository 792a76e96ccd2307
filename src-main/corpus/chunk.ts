import { hash } from 'node:crypto'
import type { Passage } from '../contract/index.ts'
import { type Atom, atomsOf, isBlank, size, trimmed } from './atoms.ts'
import type { Heading, ReadDocument, Table } from './reading/document.ts'

/** Changes when reading or chunking changes what passages come out of a file: an index built with another is rebuilt. */
export const chunkerVersion = '5'

export interface ChunkOptions {
  /** Size at which a passage is just right. Sizes are in UTF-16 units; characters of dense scripts count more. */
  target: number
  /** No passage is larger. */
  max: number
  /** An article of a collection up to this size stays whole. */
  maxArticle: number
}

/** About 100 words or 150 tokens: three passages fit into the 500 tokens that a small model is shown. */
const defaults: ChunkOptions = { target: 600, max: 700, maxArticle: 1000 }

/** A stretch of the document under one heading path. Its body is what passages are made of. */
interface Section {
  title: string
  headings: readonly string[]
  start: number
  end: number
}

/** Where a passage begins and ends. */
interface Cut {
  start: number
  end: number
}

/**
 * The sections of a document, in order, covering all of it. A heading begins a section; one with no text of its own
 * goes with what follows (at the end of the document: with what stands before).
 */
function sections({ title, text, headings }: ReadDocument): Section[] {
  const found: Section[] = []
  const path: Heading[] = []
  let start = 0
  const close = (end: number): void => {
    if (!isBlank(text, start, end)) found.push({ title, headings: path.map((heading) => heading.text), start, end })
    start = end
  }
  for (const [index, heading] of headings.entries()) {
    const above = headings[index - 1]
    const bare = above !== undefined && isBlank(text, lineEnd(text, above.offset), heading.offset)
    if (!bare) close(heading.offset)
    while (path.length > 0 && (path.at(-1) as Heading).level >= heading.level) path.pop()
    path.push(heading)
  }
  const last = headings.at(-1)
  const tail = last !== undefined && isBlank(text, lineEnd(text, last.offset), text.length) ? found.at(-1) : undefined
  if (tail && tail.end === start) tail.end = text.length
  else close(text.length)
  return found
}

const lineEnd = (text: string, offset: number): number => {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end
}

/** The articles of a collection: what stands below each level-1 heading, its line not included. */
function articles({ text, headings }: ReadDocument): Section[] {
  const tops = headings.filter((heading) => heading.level === 1)
  return tops.map((heading, index) => ({
    title: heading.text,
    headings: [],
    start: lineEnd(text, heading.offset),
    end: tops[index + 1]?.offset ?? text.length,
  }))
}

/** So much is cut into passages at a time: choosing the best cuts of a whole book at once would take a while. */
const WINDOW = 50_000

/** Where to end a part that begins before `from`: at a paragraph, a line, a word, within the next stretch. */
function partEnd(text: string, from: number): number {
  const stretch = text.slice(from, from + WINDOW)
  const at = ['\n\n', '\n', ' '].map((mark) => stretch.indexOf(mark)).find((index) => index >= 0)
  if (at !== undefined) return from + at
  const end = from + WINDOW
  return /[\uDC00-\uDFFF]/.test(text[end] ?? '') ? end - 1 : end
}

/** Long sections in parts. */
function* windows(text: string, section: Section): Generator<Section> {
  let { start } = section
  while (section.end - start > 2 * WINDOW) {
    const end = partEnd(text, start + WINDOW)
    yield { ...section, start, end }
    start = end
  }
  yield { ...section, start }
}

/** What is bad about a passage that is smaller than it could be, from 0 (just right) to 1. */
const shortfall = (size: number, target: number): number => (size >= target ? 0 : ((target - size) / target) ** 2)

/**
 * Joins atoms into passages. Of all ways to cut it takes the one with the least badness in sum: passages that are too
 * small, cuts inside of sentences or paragraphs, passages that run over a page's end. (The idea is that of Knuth and
 * Plass's line breaking, 1981.)
 */
function pack(atoms: readonly Atom[], { target, max }: { target: number; max: number }): Cut[] {
  const best = new Float64Array(atoms.length + 1).fill(Number.POSITIVE_INFINITY)
  const from = new Int32Array(atoms.length + 1)
  best[0] = 0
  for (let end = 1; end <= atoms.length; end++) {
    let total = 0
    let crossed = 0
    for (let begin = end - 1; begin >= 0; begin--) {
      const atom = atoms[begin] as Atom
      total += atom.size + (begin < end - 1 ? (atoms[begin + 1] as Atom).lead : 0)
      if (total > max && begin < end - 1) break
      const badness = (best[begin] as number) + shortfall(total, target) + crossed + (begin > 0 ? atom.cut : 0)
      if (badness < (best[end] as number)) {
        best[end] = badness
        from[end] = begin
      }
      if (atom.page) crossed += 0.3
    }
  }
  const cuts: Cut[] = []
  for (let end = atoms.length; end > 0; end = from[end] as number) {
    cuts.push({ start: (atoms[from[end] as number] as Atom).start, end: (atoms[end - 1] as Atom).end })
  }
  return cuts.reverse()
}

/** How many pages begin at or before the offset: the (1-based) number of the page it is on. */
function pagesUntil(pageStarts: readonly number[], offset: number): number {
  let low = 0
  let high = pageStarts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((pageStarts[middle] as number) <= offset) low = middle + 1
    else high = middle
  }
  return low
}

/** The row that names the columns of the table that a passage begins in, unless it begins with or before that row. */
function columnsOf({ tables }: ReadDocument, offset: number): string[] {
  let low = 0
  let high = tables.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((tables[middle] as Table).start < offset) low = middle + 1
    else high = middle
  }
  const table = tables[low - 1]
  return table && offset < table.end ? [table.header] : []
}

/** Where to cut one section. */
function cutsOf(doc: ReadDocument, section: Section, { target, max, maxArticle }: ChunkOptions): Cut[] {
  const { text, pageStarts } = doc
  const [start, end] = trimmed(text, section.start, section.end)
  if (start === end) return []
  const pages = pageStarts.slice(pagesUntil(pageStarts, start), pagesUntil(pageStarts, end - 1))
  const fits = pages.length === 0 && size(text, start, end) <= (doc.collection ? maxArticle : max)
  return fits ? [{ start, end }] : pack(atomsOf(text, start, end, pages, max), { target, max })
}

/** {@link chunkDocument}, passage by passage, for whoever wants to do something else in between. */
export function* chunks(
  doc: ReadDocument,
  ids: { libraryId: string; fileId: string; path: string },
  options: Partial<ChunkOptions> = {},
): Generator<Passage> {
  const { text, pageStarts } = doc
  const occurrences = new Map<string, number>()
  for (const whole of doc.collection ? articles(doc) : sections(doc)) {
    for (const section of windows(text, whole)) {
      for (const { start, end } of cutsOf(doc, section, { ...defaults, ...options })) {
        const body = text.slice(start, end)
        const occurrence = occurrences.get(body) ?? 0
        occurrences.set(body, occurrence + 1)
        yield {
          id: hash('sha256', `${ids.fileId}\0${occurrence}\0${body}`, 'hex').slice(0, 32),
          ...ids,
          title: section.title,
          headings: [...section.headings, ...columnsOf(doc, start)],
          page: pageStarts.length === 0 ? null : Math.max(1, pagesUntil(pageStarts, start)),
          start,
          end,
          text: body,
        }
      }
    }
  }
}

/**
 * Cuts a document into passages small enough to show a model a few of them at once: never across a heading, at page
 * ends, paragraphs and sentences where possible, without overlap. `doc.text.slice(p.start, p.end) === p.text`, and
 * every character that is not white space is in exactly one passage (for a collection: but for the headings).
 *
 * A passage that begins inside of a table has the names of its columns as its innermost heading.
 *
 * A passage's id depends on the file, its own text and, where the same text occurs again, its number: it stays
 * when other parts of the file change.
 */
export function chunkDocument(
  doc: ReadDocument,
  ids: { libraryId: string; fileId: string; path: string },
  options: Partial<ChunkOptions> = {},
): Passage[] {
  return [...chunks(doc, ids, options)]
}
