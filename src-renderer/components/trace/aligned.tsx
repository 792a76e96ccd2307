import { Check, X } from 'lucide-react'
import { useState } from 'react'
import type { Trace, TraceTurn } from '../../../src-main/contract/index.ts'
import { cn } from '../cn.ts'
import { ErrorNotice } from '../notice.tsx'
import { KeepAnswer } from '../pairs/keep-answer.tsx'
import { useSources } from '../sources/context.tsx'
import { Button } from '../ui/button.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { answerText, limitSentence, phaseOf, phaseSentence, sourcesOf } from './steps.ts'
import { UsageLine } from './usage.tsx'
import { VerdictChip } from './verdict.tsx'

/** One contestant's way to its answer, as a column. */
export interface Column {
  /** Position of the contestant. */
  at: number
  name: string
  trace: Trace
  live: boolean
  /** Null: nobody knows the right answer. */
  right: boolean | null
}

/** A column for each contestant, a row for each turn; passages that several found are marked. */
export function AlignedTraces({
  columns,
  hidden,
  keeps = false,
}: {
  columns: readonly Column[]
  hidden: boolean
  /** Whether an answer can be taken over into a question set. */
  keeps?: boolean
}) {
  const turns = Math.max(0, ...columns.map(({ trace }) => trace.turns.length))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section tabIndex={0} aria-label="Answers side by side" className="-mx-3 overflow-x-auto">
      <table className="w-full table-fixed border-separate border-spacing-x-3 text-[0.8125rem]">
        <caption className="sr-only">How each contestant came to its answer, turn by turn</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.at} scope="col" className="min-w-64 pb-2 text-left align-top font-normal">
                <Head column={column} keeps={keeps} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: turns }, (_, turn) => turn).map((turn) => (
            <tr key={turn}>
              {columns.map((column) => (
                <td key={column.at} className="border-t border-line py-3 align-top">
                  <TurnCell column={column} turn={column.trace.turns[turn]} others={columns} />
                </td>
              ))}
            </tr>
          ))}
          <tr>
            {columns.map((column) => (
              <td key={column.at} className="border-t border-line py-3 align-top">
                {column.trace.outcome !== null && column.trace.usage && !hidden && <UsageLine trace={column.trace} />}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </section>
  )
}

function Head({ column: { name, right, trace, live }, keeps }: { column: Column; keeps: boolean }) {
  const answer = answerText(trace)
  return (
    <div className="rounded-2xl border border-line bg-surface p-4 shadow-card">
      <h2 className="truncate text-sm font-semibold" title={name}>
        {name}
      </h2>
      <p className="mt-1.5 min-h-7 text-base wrap-anywhere">
        {answer ?? <span className="text-ink-3">{live ? phaseSentence(phaseOf(trace)) : 'No answer'}</span>}
      </p>
      <div className="mt-2 flex min-h-7 flex-wrap items-center gap-2">
        {live && <Spinner />}
        {right !== null && <Right right={right} />}
        {trace.evidence && <VerdictChip evidence={trace.evidence} />}
      </div>
      {keeps && trace.outcome === 'answered' && trace.answer !== null && (
        <div className="mt-2">
          <KeepAnswer trace={{ ...trace, answer: trace.answer }} label={`${name} was right`} />
        </div>
      )}
      {trace.error && <ErrorNotice error={trace.error} className="mt-2" />}
    </div>
  )
}

const Right = ({ right }: { right: boolean }) => (
  <span
    className={`inline-flex h-7 items-center gap-1.5 rounded-full px-2.5 font-medium ${right ? 'bg-good-soft text-good' : 'bg-bad-soft text-bad'}`}
  >
    {right ? <Check className="size-4" aria-hidden="true" /> : <X className="size-4" aria-hidden="true" />}
    {right ? 'Right' : 'Wrong'}
  </span>
)

/** Names of the other contestants that found a passage as well. */
function alsoFoundBy(passageId: string, own: Column, columns: readonly Column[]): string[] {
  return columns
    .filter(
      (column) =>
        column.at !== own.at &&
        column.trace.turns.some(({ search }) => search?.hits?.some(({ id }) => id === passageId)),
    )
    .map(({ name }) => name)
}

/** Characters of what a contestant thought, from which on it is folded: the turns of the others would be out of sight. */
const LONG = 600

function Said({ text }: { text: string }) {
  const [open, setOpen] = useState(false)
  return (
    <div>
      <p className={cn('whitespace-pre-wrap wrap-anywhere text-ink-2', text.length > LONG && !open && 'line-clamp-6')}>
        {text}
      </p>
      {text.length > LONG && (
        <Button tone="ghost" size="sm" className="-ml-2.5" aria-expanded={open} onClick={() => setOpen((old) => !old)}>
          {open ? 'Show less' : 'Show all of it'}
        </Button>
      )}
    </div>
  )
}

function TurnCell({
  column,
  turn,
  others,
}: {
  column: Column
  turn: TraceTurn | undefined
  others: readonly Column[]
}) {
  const pane = useSources()
  if (!turn) return null
  const sources = sourcesOf(column.trace)
  const said = turn.texts.filter(({ part, text }) => (part === 'thinking' || part === 'outside') && text.trim() !== '')
  return (
    <div className="space-y-2">
      {said.map(({ text }) => (
        <Said key={text} text={text.trim()} />
      ))}
      {turn.search && (
        <>
          <p>
            Searched for <span className="font-medium">“{turn.search.query}”</span>
          </p>
          <ul className="space-y-1">
            {turn.search.hits?.map((hit) => {
              const shared = alsoFoundBy(hit.id, column, others)
              return (
                <li key={hit.id}>
                  <button
                    type="button"
                    onClick={() =>
                      pane.open(
                        sources,
                        sources.findIndex(({ passage }) => passage.id === hit.id),
                      )
                    }
                    className="w-full rounded-lg border border-line bg-surface px-2.5 py-1.5 text-left hover:bg-hover/60"
                  >
                    <span className="block truncate font-medium">{hit.title}</span>
                    <span className="block truncate text-xs text-ink-3">
                      {shared.length > 0 ? `also found by ${shared.join(', ')}` : 'found by this one only'}
                    </span>
                  </button>
                </li>
              )
            })}
            {turn.search.hits?.length === 0 && <li className="text-ink-3">Nothing found</li>}
          </ul>
        </>
      )}
      {turn.invalid && <p className="text-warn">Neither searched nor answered</p>}
      {turn.limits.map((limit) => (
        <p key={limit.limit} className="text-ink-3">
          {limitSentence(limit)}
        </p>
      ))}
    </div>
  )
}
