import { useVirtualizer } from '@tanstack/react-virtual'
import { useLayoutEffect, useMemo, useRef } from 'react'
import { cellSeparator, type DocumentText } from '../../../src-main/contract/index.ts'
import { cn } from '../cn.ts'
import { Marked } from '../marked.tsx'
import type { Mark } from '../marks.ts'
import { type Block, blockAt, cellsOf, toBlocks } from './blocks.ts'
import { codeRows, isMarkdown, visiblePieces } from './markdown.ts'

/** A document's text, drawn only where it is looked at, scrolled to the first mark. */
export function DocumentView({ document, marks }: { document: DocumentText; marks: readonly Mark[] }) {
  const scroller = useRef<HTMLDivElement>(null)
  const blocks = useMemo(
    () => toBlocks(document.text, document.pageStarts, document.headings, document.tables),
    [document.text, document.pageStarts, document.headings, document.tables],
  )
  const code = useMemo(() => (isMarkdown(document.file.path) ? codeRows(blocks) : null), [document.file.path, blocks])
  const rows = useVirtualizer({
    count: blocks.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => 14 + Math.ceil((blocks[i]?.text.length ?? 0) / 60) * 24,
    overscan: 12,
    paddingStart: 16,
    paddingEnd: 48,
  })
  const target = (marks.find((mark) => mark.kind === 'evidence') ?? marks[0])?.start
  useLayoutEffect(() => {
    if (target === undefined || blocks.length === 0) return
    const index = blockAt(blocks, target)
    rows.scrollToIndex(index, { align: 'center' })
  }, [rows, blocks, target])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section ref={scroller} tabIndex={0} aria-label="Document text" className="min-h-0 flex-1 overflow-y-auto px-6">
      <div className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const block = blocks[row.index]
          if (!block) return null
          return (
            <div
              key={row.key}
              data-index={row.index}
              ref={rows.measureElement}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${row.start}px)` }}
            >
              {block.page !== null && (
                <p className="mb-2 mt-4 border-b border-line pb-1 text-xs text-ink-3">Page {block.page}</p>
              )}
              {block.row ? (
                <TableRow block={block} marks={marks} />
              ) : (
                <Paragraph block={block} marks={marks} code={code?.[row.index]} />
              )}
            </div>
          )
        })}
      </div>
    </section>
  )
}

/** @param code of Markdown: whether it is code; null for what opens or closes some. Absent: it is not Markdown. */
function Paragraph({
  block,
  marks,
  code,
}: {
  block: Block
  marks: readonly Mark[]
  code?: boolean | null | undefined
}) {
  const pieces = code === false ? visiblePieces(block) : code === null ? [] : [block]
  return (
    <p
      className={cn(
        'min-h-3 whitespace-pre-wrap wrap-anywhere pb-1 text-[0.9375rem] leading-relaxed',
        block.heading > 0 && 'pt-2 font-semibold',
        code === true && 'pb-0 font-mono text-[0.8125rem]',
      )}
    >
      {pieces.map(({ start, text }) => (
        <Marked key={start} text={text} offset={start} marks={marks} />
      ))}
    </p>
  )
}

/** A row of a table: cells of equal width, the row with the names of the columns set off. */
function TableRow({ block, marks }: { block: Block; marks: readonly Mark[] }) {
  const cells = cellsOf(block, cellSeparator)
  return (
    <div
      className={cn(
        'grid border-b border-line text-[0.8125rem] leading-snug',
        block.row === 'header' && 'border-control font-semibold',
      )}
      style={{ gridTemplateColumns: `repeat(${cells.length}, minmax(0, 1fr))` }}
    >
      {cells.map(({ start, text }) => (
        <p key={start} className="whitespace-pre-wrap wrap-anywhere px-1.5 py-1">
          <Marked text={text} offset={start} marks={marks} />
        </p>
      ))}
    </div>
  )
}
