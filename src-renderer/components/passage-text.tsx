import { Marked } from './marked.tsx'
import type { Mark } from './marks.ts'
import { isMarkdown, visibleLines } from './sources/markdown.ts'

/**
 * A passage from an offset on as one reads it, with its marks: without the markup of Markdown. What is in it stays text,
 * whatever it looks like. Line ends show where the element around it keeps them.
 *
 * @param path the document's, which says what the text is
 * @param marks in offsets of the passage's text
 */
export function PassageText({
  text,
  path,
  from = 0,
  marks,
}: {
  text: string
  path: string
  from?: number
  marks: readonly Mark[]
}) {
  if (!isMarkdown(path)) return <Marked text={text.slice(from)} offset={from} marks={marks} />
  return visibleLines(text, from).map(({ start, heading, pieces }) => (
    <span key={start} className={heading ? 'font-medium text-ink' : undefined}>
      {pieces.map((piece) => (
        <Marked key={piece.start} text={piece.text} offset={piece.start} marks={marks} />
      ))}
      {'\n'}
    </span>
  ))
}
