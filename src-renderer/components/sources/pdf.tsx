import { useVirtualizer } from '@tanstack/react-virtual'
import { type PDFDocumentProxy, type PDFPageProxy, Util } from 'pdfjs-dist'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { inReadingOrder, type RecognizedWord } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { cn } from '../cn.ts'
import type { Mark } from '../marks.ts'
import { Spinner } from '../ui/spinner.tsx'
import { openPdf } from './pdf-file.ts'
import { findOnPage, lineBoxes } from './pdf-marks.ts'

/** A text to mark on the pages, weaker ones first. */
export interface WantedText {
  text: string
  kind: Mark['kind']
}

const none: readonly WantedText[] = []

/** A4, until the first page says otherwise. */
const ASPECT = Math.SQRT2
const GAP = 12

/** The pages of a PDF as they were laid out, drawn where they are looked at, with texts marked; begins at `page`. */
export default function PdfView({
  libraryId,
  fileId,
  page,
  wanted,
  onFail,
}: {
  libraryId: string
  fileId: string
  page: number
  wanted: readonly WantedText[]
  /** The file cannot be shown as pages. */
  onFail: () => void
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const [pdf, setPdf] = useState<{ document: PDFDocumentProxy; aspect: number } | null>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    let over = false
    let close: (() => void) | null = null
    const fail = () => !over && onFail()
    const start = async () => {
      const opened = await openPdf(libraryId, fileId, fail)
      close = opened.close
      if (over) return opened.close()
      const document = await opened.task.promise
      const { width, height } = (await document.getPage(1)).getViewport({ scale: 1 })
      if (!over) setPdf({ document, aspect: height / width })
    }
    start().catch(fail)
    return () => {
      over = true
      close?.()
    }
  }, [libraryId, fileId, onFail])
  const words = useMemo(() => {
    const known = new Map<number, Promise<RecognizedWord[]>>()
    return (number: number) => {
      const asked = known.get(number) ?? client.libraries.recognizedWords({ id: libraryId, fileId, page: number })
      known.set(number, asked)
      // what went wrong once is asked again
      asked.catch(() => known.delete(number))
      return asked
    }
  }, [libraryId, fileId])
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(Math.max(200, element.clientWidth - 2 * GAP)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const pages = useVirtualizer({
    count: pdf?.document.numPages ?? 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => width * (pdf?.aspect ?? ASPECT) + GAP,
    overscan: 1,
    paddingStart: GAP,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes follow the width
  useLayoutEffect(() => pages.measure(), [width, pdf])
  useEffect(() => {
    if (pdf && width > 0) pages.scrollToIndex(Math.min(page, pdf.document.numPages) - 1, { align: 'start' })
  }, [pages, pdf, width, page])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section ref={scroller} tabIndex={0} aria-label="Pages" className="min-h-0 flex-1 overflow-y-auto bg-sunken">
      {pdf === null ? (
        <div className="flex justify-center p-10">
          <Spinner className="size-5" />
        </div>
      ) : (
        <div className="relative" style={{ height: pages.getTotalSize() }}>
          {pages.getVirtualItems().map((row) => (
            <div
              key={row.key}
              data-index={row.index}
              ref={pages.measureElement}
              className="absolute inset-x-0 top-0 pb-3"
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <PdfPage
                pdf={pdf.document}
                words={words}
                number={row.index + 1}
                width={width}
                aspect={pdf.aspect}
                // A passage begins on its page and may go on on the next.
                wanted={row.index + 1 === page || row.index === page ? wanted : none}
                scrolls={row.index + 1 === page}
              />
            </div>
          ))}
        </div>
      )}
    </section>
  )
}

interface Box {
  left: number
  top: number
  width: number
  height: number
  kind: Mark['kind']
}

const aboutPicture = {
  looking: 'Looking for the words in it…',
  marked: 'Its words were recognized: some may be wrong, and a mark may not be in its place.',
  'not marked': 'Its words were recognized, but could not be found in it again; “Text” shows them.',
}

function PdfPage({
  pdf,
  words,
  number,
  width,
  aspect,
  wanted,
  scrolls,
}: {
  pdf: PDFDocumentProxy
  /** The words that are recognized on a page. */
  words: (page: number) => Promise<readonly RecognizedWord[]>
  number: number
  width: number
  aspect: number
  wanted: readonly WantedText[]
  /** Whether the passage begins here: its first mark is brought into sight. */
  scrolls: boolean
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const first = useRef<HTMLDivElement>(null)
  const [height, setHeight] = useState(width * aspect)
  const [boxes, setBoxes] = useState<readonly Box[]>([])
  /** Where the words of a page that is a picture are looked for, and whether that came to anything. */
  const [picture, setPicture] = useState<'no' | 'looking' | 'marked' | 'not marked'>('no')
  useEffect(() => {
    let over = false
    let stop = () => {}
    const draw = async () => {
      const page = await pdf.getPage(number)
      const viewport = page.getViewport({ scale: width / page.getViewport({ scale: 1 }).width })
      if (over || !canvas.current) return
      setHeight(viewport.height)
      const density = Math.min(2, window.devicePixelRatio)
      canvas.current.width = Math.floor(viewport.width * density)
      canvas.current.height = Math.floor(viewport.height * density)
      const task = page.render({
        canvas: canvas.current,
        viewport,
        transform: [density, 0, 0, density, 0, 0],
      })
      stop = () => task.cancel()
      const found = await boxesOn(page, viewport, wanted)
      if (!over) {
        setBoxes(found ?? [])
        setPicture(found === null ? 'looking' : 'no')
      }
      await task.promise
      if (found !== null || over) return
      const seen = boxesAmong(await words(number).catch(() => []), viewport, wanted)
      if (over) return
      setBoxes(seen)
      setPicture(seen.length > 0 ? 'marked' : 'not marked')
    }
    // A page that cannot be drawn, or is no longer wanted, stays white; the text is one click away.
    draw().catch(() => {})
    return () => {
      over = true
      stop()
    }
  }, [pdf, number, width, wanted, words])
  useEffect(() => {
    if (scrolls && boxes.length > 0) first.current?.scrollIntoView({ block: 'center' })
  }, [boxes, scrolls])
  const paper = (
    <div className="relative mx-auto bg-white shadow-sm" style={{ width, height }}>
      <canvas ref={canvas} role="img" aria-label={`Page ${number}`} className="size-full" />
      {boxes.map(({ kind, ...box }, i) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: boxes have no identity of their own
          key={i}
          ref={i === 0 ? first : undefined}
          data-mark={kind}
          className={cn(
            'pointer-events-none absolute rounded-xs mix-blend-multiply',
            kind === 'evidence' ? 'bg-[#ffd24a]/70' : 'bg-[#fff1b8]/80',
          )}
          style={box}
        />
      ))}
    </div>
  )
  return (
    <>
      {picture !== 'no' && scrolls && (
        <p role="status" className="px-3 pb-2 text-[0.8125rem] text-ink-2">
          This page is a picture. {aboutPicture[picture]}
        </p>
      )}
      {paper}
    </>
  )
}

/** Where the wanted texts stand on a page, in pixels of the viewport; null: the page has no text of its own. */
async function boxesOn(
  page: PDFPageProxy,
  viewport: ReturnType<PDFPageProxy['getViewport']>,
  wanted: readonly WantedText[],
): Promise<Box[] | null> {
  if (wanted.length === 0) return []
  const { items } = await page.getTextContent()
  // in the order in which the library read them: a passage is found line by line
  const pieces = inReadingOrder(items.filter((item) => 'str' in item)).filter(({ str }) => str !== '')
  const texts = pieces.map(({ str }) => str)
  if (!texts.some((text) => text.trim() !== '')) return null
  return wanted.flatMap(({ text, kind }) =>
    findOnPage(texts, text).flatMap(({ piece, from, to }) => {
      const item = pieces[piece]
      if (!item) return []
      const [, , c, d, x, y] = Util.transform(viewport.transform, item.transform) as number[]
      const height = Math.hypot(c ?? 0, d ?? 0)
      const whole = item.width * viewport.scale
      return [
        { left: (x ?? 0) + from * whole, top: (y ?? 0) - 0.85 * height, width: (to - from) * whole, height, kind },
      ]
    }),
  )
}

/** Where the wanted texts stand among words that were recognized on a page: one box for what follows each other on a line. */
function boxesAmong(
  words: readonly RecognizedWord[],
  { width, height }: { width: number; height: number },
  wanted: readonly WantedText[],
): Box[] {
  const texts = words.map(({ text }) => text)
  return wanted.flatMap(({ text, kind }) =>
    lineBoxes(words, findOnPage(texts, text)).map((box) => ({
      left: box.left * width,
      top: box.top * height,
      width: box.width * width,
      height: box.height * height,
      kind,
    })),
  )
}
