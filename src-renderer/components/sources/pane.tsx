import { useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight, ExternalLink, X } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { client } from '../../api/client.ts'
import { toErrorValue } from '../../api/errors.ts'
import { queries } from '../../api/queries.ts'
import type { Mark } from '../marks.ts'
import { Notice, toastError } from '../notice.tsx'
import { PassageText } from '../passage-text.tsx'
import { Button } from '../ui/button.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { Tip } from '../ui/tip.tsx'
import { type SourceRef, useSources } from './context.tsx'
import { DocumentView } from './document.tsx'
import type { WantedText } from './pdf.tsx'

// pdf.js comes with the first page that is looked at.
const PdfView = lazy(() => import('./pdf.tsx'))

/** The open source beside the answer: the document with the passage marked. */
export function SourcePane() {
  const sources = useSources()
  const heading = useRef<HTMLHeadingElement>(null)
  const source = sources.current
  // biome-ignore lint/correctness/useExhaustiveDependencies: another passage is a new place to read from
  useEffect(() => heading.current?.focus({ preventScroll: true }), [source?.passage.id])
  if (!source) return null
  const { passage } = source
  return (
    <aside data-source-pane aria-label="Source" className="flex h-full min-w-0 flex-col bg-surface">
      <header className="flex items-start gap-2 border-b border-line px-6 pb-3 pt-3.5">
        <div className="min-w-0 flex-1">
          <h2 ref={heading} tabIndex={-1} className="truncate text-base font-semibold" title={passage.title}>
            {passage.title}
          </h2>
          <p className="truncate text-[0.8125rem] text-ink-3" title={passage.path}>
            {[passage.page === null ? null : `Page ${passage.page}`, passage.path].filter(Boolean).join(' · ')}
          </p>
        </div>
        <div className="flex items-center gap-0.5">
          {sources.list.length > 1 && (
            <>
              <span className="mr-1 whitespace-nowrap text-[0.8125rem] tabular-nums text-ink-3">
                {sources.index + 1} of {sources.list.length}
              </span>
              <Tip label="Previous source" keys="[" side="bottom">
                <Button
                  tone="ghost"
                  size="icon-sm"
                  aria-label="Previous source"
                  aria-disabled={sources.index === 0}
                  onClick={() => sources.step(-1)}
                >
                  <ChevronLeft />
                </Button>
              </Tip>
              <Tip label="Next source" keys="]" side="bottom">
                <Button
                  tone="ghost"
                  size="icon-sm"
                  aria-label="Next source"
                  aria-disabled={sources.index === sources.list.length - 1}
                  onClick={() => sources.step(1)}
                >
                  <ChevronRight />
                </Button>
              </Tip>
            </>
          )}
          <Tip label="Open in its application" side="bottom">
            <Button
              tone="ghost"
              size="icon-sm"
              aria-label="Open in its application"
              onClick={() => client.libraries.open({ id: passage.libraryId, fileId: passage.fileId }).catch(toastError)}
            >
              <ExternalLink />
            </Button>
          </Tip>
          <Tip label="Close" keys="Esc" side="bottom">
            <Button tone="ghost" size="icon-sm" aria-label="Close source" onClick={sources.close}>
              <X />
            </Button>
          </Tip>
        </div>
      </header>
      <SourceBody key={`${passage.fileId} ${passage.id}`} source={source} />
    </aside>
  )
}

/** Pages as they were laid out where there are such, else the text; people can change between the two. */
function SourceBody({ source }: { source: SourceRef }) {
  const { passage, evidence } = source
  const hasPages = passage.page !== null && /\.pdf$/i.test(passage.path)
  const [view, setView] = useState<'pages' | 'text'>(hasPages ? 'pages' : 'text')
  const [failed, setFailed] = useState(false)
  const wanted = useMemo<WantedText[]>(
    () => [
      { text: passage.text, kind: 'passage' },
      ...evidence.map(({ start, end }) => ({ text: passage.text.slice(start, end), kind: 'evidence' as const })),
    ],
    [passage, evidence],
  )
  const onFail = useCallback(() => {
    setFailed(true)
    setView('text')
  }, [])
  return (
    <>
      {hasPages && !failed && (
        <fieldset aria-label="View" className="flex gap-1 border-b border-line px-6 py-1.5">
          {(['pages', 'text'] as const).map((each) => (
            <Button
              key={each}
              tone="ghost"
              size="sm"
              aria-pressed={view === each}
              className="aria-pressed:bg-hover"
              onClick={() => setView(each)}
            >
              {each === 'pages' ? 'Pages' : 'Text'}
            </Button>
          ))}
        </fieldset>
      )}
      {view === 'text' ? (
        <SourceText source={source} />
      ) : (
        <Suspense fallback={<Spinner className="m-10 size-5 self-center" />}>
          <PdfView
            libraryId={passage.libraryId}
            fileId={passage.fileId}
            page={passage.page ?? 1}
            wanted={wanted}
            onFail={onFail}
          />
        </Suspense>
      )}
    </>
  )
}

function SourceText({ source }: { source: SourceRef }) {
  const { passage, evidence } = source
  const { data, error } = useQuery(queries.document(passage.libraryId, passage.fileId))
  const marks = useMemo<Mark[]>(
    () => [
      { start: passage.start, end: passage.end, kind: 'passage' },
      ...evidence.map((span) => ({
        start: passage.start + span.start,
        end: passage.start + span.end,
        kind: 'evidence' as const,
      })),
    ],
    [passage, evidence],
  )
  if (error)
    return <PassageAlone source={source} why={`${toErrorValue(error).message} This is the passage as it was read.`} />
  if (!data)
    return (
      <div className="flex justify-center p-10">
        <Spinner className="size-5" />
      </div>
    )
  if (data.text.slice(passage.start, passage.end) !== passage.text)
    return (
      <PassageAlone
        source={source}
        why="The document has changed since this answer. This is the passage as it was read then."
      />
    )
  return <DocumentView document={data} marks={marks} />
}

function PassageAlone({ source: { passage, evidence }, why }: { source: SourceRef; why: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section tabIndex={0} aria-label="Passage" className="min-h-0 flex-1 overflow-y-auto p-6">
      <Notice tone="warn">{why}</Notice>
      {passage.headings.length > 0 && (
        <p className="mt-4 text-[0.8125rem] text-ink-3">{passage.headings.join(' › ')}</p>
      )}
      <p className="mt-2 whitespace-pre-wrap wrap-anywhere text-[0.9375rem] leading-relaxed">
        <PassageText
          text={passage.text}
          path={passage.path}
          marks={evidence.map((span) => ({ ...span, kind: 'evidence' }))}
        />
      </p>
    </section>
  )
}
