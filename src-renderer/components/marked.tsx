import { Fragment } from 'react'
import { cutAtMarks, type Mark } from './marks.ts'

/** Text with its marks. */
export const Marked = ({ text, offset = 0, marks }: { text: string; offset?: number; marks: readonly Mark[] }) =>
  cutAtMarks(text, offset, marks).map((piece) =>
    piece.kind === null ? (
      <Fragment key={piece.start}>{piece.text}</Fragment>
    ) : (
      <mark key={piece.start} data-kind={piece.kind}>
        {piece.text}
      </mark>
    ),
  )
