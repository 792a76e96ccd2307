import { Brain, CircleSlash, Quote, Scissors, Search } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { assertNever, type Trace } from '../../../src-main/contract/index.ts'
import { useCommand } from '../../app/commands.ts'
import { Disclosure } from '../disclosure.tsx'
import { duration, plural } from '../format.ts'
import { PassageCard } from '../passage-card.tsx'
import { type SourceRef, useSources } from '../sources/context.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { type Step, stepsOf } from './steps.ts'

/** How the answer was found, step by step. Steps are open while they run and fold when the answer begins. */
export function Timeline({
  trace,
  live,
  answering,
  sources,
  newest,
}: {
  trace: Trace
  live: boolean
  answering: boolean
  sources: readonly SourceRef[]
  /** Whether the `.` key means this one. */
  newest: boolean
}) {
  const steps = stepsOf(trace, live)
  const [choices, setChoices] = useState<Record<string, boolean>>({})
  const isOpen = (step: Step): boolean =>
    choices[step.key] ??
    (live &&
      !answering &&
      (step.kind === 'search' || ((step.kind === 'thinking' || step.kind === 'outside') && step.live)))
  useCommand('toggle-trace', () => {
    if (!newest || steps.length === 0) return false
    const open = !steps.some(isOpen)
    setChoices(Object.fromEntries(steps.map((step) => [step.key, open])))
    return true
  })
  if (steps.length === 0) return null
  return (
    <ol aria-label="How this was found" className="mt-4 text-[0.8125rem]">
      {steps.map((step) => (
        <StepRow
          key={step.key}
          step={step}
          open={isOpen(step)}
          onToggle={() => setChoices((old) => ({ ...old, [step.key]: !isOpen(step) }))}
          sources={sources}
        />
      ))}
    </ol>
  )
}

interface RowProps {
  step: Step
  open: boolean
  onToggle: () => void
  sources: readonly SourceRef[]
}

function StepRow({ step, open, onToggle, sources }: RowProps) {
  switch (step.kind) {
    case 'thinking':
      return (
        <Row icon={<Brain />}>
          <Disclosure
            open={open}
            onToggle={onToggle}
            summary={step.live ? 'Thinking…' : step.ms === null ? 'Thought' : `Thought for ${duration(step.ms)}`}
          >
            <Following label="Reasoning" text={step.text} live={step.live} />
          </Disclosure>
        </Row>
      )
    case 'outside':
      return (
        <Row icon={<Quote />}>
          <Disclosure open={open} onToggle={onToggle} summary="Said outside its format">
            <Following label="Text outside the format" text={step.text} live={step.live} />
          </Disclosure>
        </Row>
      )
    case 'writing-query':
      return (
        <Row icon={<Search />}>
          <p className="flex min-h-7 items-center text-ink-2">Search for “{step.text}</p>
        </Row>
      )
    case 'search':
      return <SearchRow step={step} open={open} onToggle={onToggle} sources={sources} />
    case 'invalid':
      return (
        <Row icon={<CircleSlash />}>
          <p className="flex min-h-7 items-center text-ink-2">{step.sentence}</p>
        </Row>
      )
    case 'limit':
      return (
        <Row icon={<Scissors />}>
          <p className="flex min-h-7 items-center text-ink-2">{step.sentence}</p>
        </Row>
      )
    default:
      return assertNever(step)
  }
}

function SearchRow({ step, open, onToggle, sources }: RowProps & { step: Extract<Step, { kind: 'search' }> }) {
  const pane = useSources()
  const { hits, query, shown } = step
  if (hits === null)
    return (
      <Row icon={<Spinner className="size-3.5" />}>
        <p className="flex min-h-7 items-center text-ink-2">
          {query === '' ? 'Searching…' : `Searching for “${query}”…`}
        </p>
      </Row>
    )
  const documents = new Set(hits.map(({ fileId }) => fileId)).size
  const found =
    hits.length === 0 ? 'nothing found' : `${plural(hits.length, 'passage')} from ${plural(documents, 'document')}`
  return (
    <Row icon={<Search />}>
      <Disclosure
        open={open}
        onToggle={onToggle}
        summary={
          query.trim() === '' ? (
            'Made a search without any words'
          ) : (
            <>
              Searched for <span className="font-medium text-ink">“{query}”</span> — {found}
            </>
          )
        }
      >
        <div className="mb-2 mt-1.5 space-y-2">
          {hits.length === 0 && <p className="text-ink-3">No passage of this library matches these words.</p>}
          {hits.map((hit, i) => {
            const at = sources.findIndex(({ passage }) => passage.id === hit.id)
            const source = sources[at]
            const read = i < shown
            return (
              <PassageCard
                key={hit.id}
                hit={hit}
                faded={!read}
                marks={[
                  ...hit.matches.map((span) => ({ ...span, kind: 'match' as const })),
                  ...(source?.evidence ?? []).map((span) => ({ ...span, kind: 'evidence' as const })),
                ]}
                badge={
                  !read ? (
                    <span className="shrink-0 text-xs text-ink-3">not shown to the model: no room left</span>
                  ) : source?.number != null ? (
                    <span className="shrink-0 text-xs font-medium text-good">Source {source.number}</span>
                  ) : null
                }
                onOpen={() => pane.open(sources, at)}
              />
            )
          })}
        </div>
      </Disclosure>
    </Row>
  )
}

function Row({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <li className="relative -ml-[7px] flex gap-2 pb-1 before:absolute before:-bottom-1 before:left-[0.84rem] before:top-6 before:w-px before:bg-line last:before:hidden">
      <span className="flex size-7 shrink-0 items-center justify-center text-ink-3 [&_svg]:size-3.5" aria-hidden="true">
        {icon}
      </span>
      <div className="min-w-0 flex-1">{children}</div>
    </li>
  )
}

/** Text in a small panel that follows what is being written until the reader scrolls up. */
function Following({ label, text, live }: { label: string; text: string; live: boolean }) {
  const panel = useRef<HTMLDivElement>(null)
  const follows = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: every new piece of text may need a scroll
  useEffect(() => {
    const element = panel.current
    if (live && element && follows.current) element.scrollTop = element.scrollHeight
  }, [text, live])
  return (
    <div
      ref={panel}
      role="note"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label={label}
      onScroll={({ currentTarget: at }) => {
        follows.current = at.scrollHeight - at.scrollTop - at.clientHeight < 24
      }}
      className="mb-2 mt-1 max-h-44 overflow-y-auto whitespace-pre-wrap wrap-anywhere border-l-2 border-line pl-3.5 leading-relaxed text-ink-2"
    >
      {text}
    </div>
  )
}
