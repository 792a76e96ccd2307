import { Marked } from './marked.tsx'
import type { Mark } from './marks.ts'
import { isMarkdown, visibleLines } from './sources/markdown.ts'

/** Where the lines end that a text begins with and that are headings of its section. */
function headingsEnd(text: string, headings: readonly string[]): number {
  let end = 0
  for (;;) {
    const stop = text.indexOf('\n', end)
    const line = text.slice(end, Math.max(end, stop)).trim()
    if (stop === -1 || (line !== '' && !headings.includes(line))) return end
    end = stop + 1
  }
}

/**
 * A passage from an offset on as one reads it, with its marks: without the markup of Markdown. What is in it stays text,
 * whatever it looks like. Line ends show where the element around it keeps them.
 *
 * @param path the document's, which says what the text is
 * @param headings those of its section: they stand on lines of their own
 * @param marks in offsets of the passage's text
 */
export function PassageText({
  text,
  path,
  headings = [],
  from = 0,
  marks,
}: {
  text: string
  path: string
  headings?: readonly string[]
  from?: number
  marks: readonly Mark[]
}) {
  if (!isMarkdown(path)) {
    const body = Math.max(from, headingsEnd(text, headings))
    return (
      <>
        {body > from && (
          <span className="block font-medium text-ink">
            <Marked text={text.slice(from, body)} offset={from} marks={marks} />
          </span>
        )}
        <Marked text={text.slice(body)} offset={body} marks={marks} />
      </>
    )
  }
  return visibleLines(text, from).map(({ start, heading, pieces }) => (
    <span key={start} className={heading ? 'block font-medium text-ink' : undefined}>
      {pieces.map((piece) => (
        <Marked key={piece.start} text={piece.text} offset={piece.start} marks={marks} />
      ))}
      {'\n'}
    </span>
  ))
}
