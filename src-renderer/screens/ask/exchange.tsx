import { Copy, PencilLine, RotateCcw, Square } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { toast } from 'sonner'
import type { Exchange, Trace } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { useTrace } from '../../api/trace.ts'
import { announce } from '../../app/announce.tsx'
import { useCommand } from '../../app/commands.ts'
import { plural } from '../../components/format.ts'
import { ErrorNotice, Notice, toastError } from '../../components/notice.tsx'
import { CorrectAnswer } from '../../components/pairs/correct-answer.tsx'
import { type SourceRef, useSources } from '../../components/sources/context.tsx'
import { answerText, phaseOf, phaseSentence, sourcesOf, verdicts } from '../../components/trace/steps.ts'
import { Timeline } from '../../components/trace/timeline.tsx'
import { UsageLine } from '../../components/trace/usage.tsx'
import { VerdictChip } from '../../components/trace/verdict.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Spinner } from '../../components/ui/spinner.tsx'
import { Tip } from '../../components/ui/tip.tsx'

/** A question and its answer: the answer first, then how it was found. */
export function ExchangeView({
  exchange,
  newest,
  hint,
  onAskAgain,
}: {
  exchange: Exchange
  newest: boolean
  /** Show once how to check an answer. */
  hint: boolean
  onAskAgain: () => void
}) {
  const { trace, live } = useTrace(exchange)
  const sources = useMemo(() => sourcesOf(trace), [trace])
  const answer = answerText(trace)
  const [correcting, setCorrecting] = useState(false)
  useAnnouncements(trace, live)
  const stop = () => client.jobs.stop({ id: exchange.jobId }).catch(toastError)
  useCommand('stop', () => {
    if (!live || !newest) return false
    void stop()
    return true
  })
  return (
    <article aria-label={exchange.question} aria-busy={live} className="animate-rise">
      <h2 className="text-balance wrap-anywhere whitespace-pre-wrap text-[1.0625rem] font-semibold leading-snug">
        {exchange.question}
      </h2>
      <div className="mt-3.5 rounded-2xl border border-line bg-surface px-5 pb-3 pt-4 shadow-card">
        {trace.fallback && <Fallback trace={trace} />}
        <AnswerBody trace={trace} live={live} answer={answer} onStop={stop} />
        <SourceChips sources={sources} hint={hint && !live} />
        <Timeline trace={trace} live={live} answering={answer !== null} sources={sources} newest={newest} />
        {!live && (
          <footer className="mt-3 border-t border-line pt-2">
            {trace.outcome !== null && <UsageLine trace={trace} />}
            <div className="-ml-2.5 flex items-center gap-0.5">
              {answer !== null && (
                <Button
                  tone="ghost"
                  size="sm"
                  onClick={() => navigator.clipboard.writeText(answer).then(() => toast('Answer copied'), toastError)}
                >
                  <Copy /> Copy answer
                </Button>
              )}
              <Button tone="ghost" size="sm" onClick={onAskAgain}>
                <RotateCcw /> Ask again
              </Button>
              {trace.outcome !== null && (
                <Tip label="Keep the right answer as an example to teach with">
                  <Button
                    tone="ghost"
                    size="sm"
                    aria-expanded={correcting}
                    onClick={() => setCorrecting((old) => !old)}
                  >
                    <PencilLine /> Correct this answer
                  </Button>
                </Tip>
              )}
            </div>
            {correcting && <CorrectAnswer trace={trace} onClose={() => setCorrecting(false)} />}
          </footer>
        )}
      </div>
    </article>
  )
}

/** What was taught for the library could not answer: who does instead, and what to do. */
function Fallback({ trace: { fallback, model } }: { trace: Trace }) {
  return (
    <Notice tone="warn" className="mb-3">
      <p className="font-medium">{fallback?.message}</p>
      <p className="text-ink-2">
        {model?.name} answers without what was learned. {fallback?.action}
      </p>
    </Notice>
  )
}

/** The verdict and the answer; before there is one, what is going on; without one, why not. */
function AnswerBody({
  trace,
  live,
  answer,
  onStop,
}: {
  trace: Trace
  live: boolean
  answer: string | null
  onStop: () => void
}) {
  if (live && answer === null)
    return (
      <div className="flex min-h-8 items-center gap-2.5 text-ink-2">
        <Spinner />
        <p className="min-w-0 flex-1 wrap-anywhere">{phaseSentence(phaseOf(trace))}</p>
        <Tip label="Stop this answer" keys="Esc">
          <Button tone="ghost" size="sm" onClick={onStop}>
            <Square className="size-3! fill-current" /> Stop
          </Button>
        </Tip>
      </div>
    )
  return (
    <>
      {answer !== null && (
        <>
          {trace.evidence && <VerdictChip evidence={trace.evidence} />}
          <p className="mt-2 whitespace-pre-wrap wrap-anywhere text-[1.375rem] font-medium leading-snug tracking-[-0.01em]">
            {answer}
          </p>
          {trace.evidence?.note && <p className="mt-1.5 text-[0.8125rem] text-ink-2">{trace.evidence.note}</p>}
        </>
      )}
      {trace.outcome === 'no-answer' && (
        <Notice tone="warn">
          <p className="font-medium">The model gave no answer.</p>
          <p className="text-ink-2">The steps below show what it tried. Ask again, or put the question differently.</p>
        </Notice>
      )}
      {trace.outcome === 'stopped' && <p className="text-ink-2">You stopped this answer.</p>}
      {trace.outcome === 'failed' && trace.error && <ErrorNotice error={trace.error} />}
      {!live && trace.outcome === null && (
        <Notice tone="warn">
          <p className="font-medium">This answer was interrupted: Lagotto’s engine stopped in the middle.</p>
          <p className="text-ink-2">What it had found so far is kept below. Ask again to get an answer.</p>
        </Notice>
      )}
    </>
  )
}

/** The sources that support the answer, numbered. */
function SourceChips({ sources, hint }: { sources: readonly SourceRef[]; hint: boolean }) {
  const pane = useSources()
  const numbered = sources.filter(({ number }) => number !== null)
  if (numbered.length === 0) return null
  return (
    <div className="mt-3 flex flex-wrap items-center gap-1.5">
      {numbered.map(({ passage, number }, i) => (
        <Tip key={passage.id} label="Open the passage in its document">
          <button
            type="button"
            onClick={() => pane.open(sources, i)}
            className="inline-flex h-7 max-w-64 items-center gap-1.5 rounded-full border border-line bg-canvas pl-1 pr-2.5 text-[0.8125rem] hover:border-control hover:bg-hover/60 aria-pressed:border-accent"
            aria-pressed={pane.current?.passage.id === passage.id}
          >
            <span className="flex size-5 items-center justify-center rounded-full bg-accent-soft text-[0.6875rem] font-semibold tabular-nums text-accent">
              <span className="sr-only">Source </span>
              {number}
            </span>
            <span className="truncate">{passage.title}</span>
            {passage.page !== null && <span className="shrink-0 text-ink-3">· p. {passage.page}</span>}
          </button>
        </Tip>
      ))}
      {hint && <span className="ml-1 text-xs text-ink-3">Click a source to check it.</span>}
    </div>
  )
}

/** Says what happens in sentences, for those who listen instead of looking. */
function useAnnouncements(trace: Trace, live: boolean): void {
  const wasLive = useRef(live)
  const phase = phaseOf(trace)
  const sentence = phase.kind === 'searching' ? `Searching for “${phase.query}”.` : ''
  const found = trace.turns.at(-1)?.search?.hits?.length
  useEffect(() => {
    if (live && sentence) announce(sentence)
  }, [live, sentence])
  useEffect(() => {
    if (live && found !== undefined) announce(`Found ${plural(found, 'passage')}.`)
  }, [live, found])
  useEffect(() => {
    if (wasLive.current && !live) announce(endSentence(trace))
    wasLive.current = live
  }, [live, trace])
}

function endSentence(trace: Trace): string {
  if (trace.outcome === 'answered')
    return `Answer: ${trace.answer}. ${trace.evidence ? `${verdicts[trace.evidence.verdict].label}.` : ''}`
  if (trace.outcome === 'stopped') return 'The answer was stopped.'
  if (trace.outcome === 'no-answer') return 'The model gave no answer.'
  return trace.error?.message ?? 'The answer was interrupted.'
}
