import { useQuery } from '@tanstack/react-query'
import { Check, Download, Trash2, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { Comparison, ComparisonEntry, Trace, TraceTurn } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { useTrace } from '../../api/trace.ts'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { KeepAnswer } from '../../components/pairs/keep-answer.tsx'
import { save } from '../../components/save.ts'
import { Screen } from '../../components/screen.tsx'
import { useSources } from '../../components/sources/context.tsx'
import { answerText, limitSentence, phaseOf, phaseSentence, sourcesOf } from '../../components/trace/steps.ts'
import { UsageLine } from '../../components/trace/usage.tsx'
import { VerdictChip } from '../../components/trace/verdict.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'
import { Spinner } from '../../components/ui/spinner.tsx'
import { blindName, blindOrder } from './seats.ts'

/** One comparison: a column for each contestant, a row for each turn. */
export function ComparisonScreen({ id }: { id: string }) {
  const { data, error } = useQuery(queries.comparison(id))
  if (error) return <ErrorNotice error={error} className="m-8" />
  return data ? <Loaded key={data.entries.length} comparison={data} /> : null
}

/** A contestant as shown. */
interface Column {
  /** Position of the entry. */
  at: number
  name: string
  entry: ComparisonEntry
  trace: Trace
  live: boolean
}

function Loaded({ comparison }: { comparison: Comparison }) {
  const { id, question, answers, library, entries, vote } = comparison
  const hidden = comparison.blind && vote === null
  const order = comparison.blind ? blindOrder(id, entries.length) : entries.map((_, i) => i)
  // The number of contestants never changes, so the hooks below are always the same ones.
  const traces = entries.map(useTrace)
  const columns = order.flatMap((at, shown): Column[] => {
    const [entry, live] = [entries[at], traces[at]]
    return entry && live ? [{ at, name: hidden ? blindName(shown) : entry.contestant.label, entry, ...live }] : []
  })
  const turns = Math.max(0, ...columns.map(({ trace }) => trace.turns.length))
  const over = columns.every(({ live }) => !live)
  return (
    <Screen
      wide
      title={question}
      intro={`${library.name}${answers.length > 0 ? ` · right answer: ${answers.join(' or ')}` : ''}`}
      actions={<Actions comparison={comparison} hidden={hidden} />}
      back={
        <Link href="/compare" className="text-[0.8125rem] text-ink-2 hover:text-ink hover:underline">
          All comparisons
        </Link>
      }
    >
      {comparison.blind && <Vote comparison={comparison} columns={columns} ready={over} />}
      <div className="overflow-x-auto">
        <table className="w-full table-fixed border-separate border-spacing-x-3 text-[0.8125rem]">
          <caption className="sr-only">How each contestant came to its answer, turn by turn</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.at} scope="col" className="min-w-64 pb-2 text-left align-top font-normal">
                  <Head column={column} />
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
                  {column.trace.outcome !== null && !hidden && <UsageLine trace={column.trace} />}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
    </Screen>
  )
}

function Head({ column: { name, entry, trace, live } }: { column: Column }) {
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
        {entry.right !== null && <Right right={entry.right} />}
        {trace.evidence && <VerdictChip evidence={trace.evidence} />}
      </div>
      {trace.outcome === 'answered' && trace.answer !== null && (
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
        <p key={text} className="whitespace-pre-wrap wrap-anywhere text-ink-2">
          {text.trim()}
        </p>
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

function Vote({ comparison, columns, ready }: { comparison: Comparison; columns: readonly Column[]; ready: boolean }) {
  const { id, vote } = comparison
  if (vote !== null) {
    const best = columns.find(({ at }) => at === vote)
    return (
      <p className="mb-4 font-medium" role="status">
        {best ? `You found the answer of ${best.name} best.` : 'You found none of the answers better.'}
      </p>
    )
  }
  const choose = (entry: number) =>
    client.comparisons
      .vote({ id, entry })
      .then(() => queryClient.invalidateQueries({ queryKey: ['comparisons'] }))
      .catch(toastError)
  const choices: { entry: number; label: ReactNode }[] = [
    ...columns.map(({ at, name }) => ({ entry: at, label: name })),
    { entry: -1, label: 'None is better' },
  ]
  return (
    <fieldset className="mb-4 flex flex-wrap items-center gap-2" disabled={!ready}>
      <legend className="mb-1.5 font-medium">{ready ? 'Which answer is best?' : 'Vote when all have answered.'}</legend>
      {choices.map(({ entry, label }) => (
        <Button key={entry} size="sm" onClick={() => choose(entry)}>
          {label}
        </Button>
      ))}
    </fieldset>
  )
}

function Actions({ comparison, hidden }: { comparison: Comparison; hidden: boolean }) {
  const [, navigate] = useLocation()
  const [asking, setAsking] = useState(false)
  const remove = async () => {
    try {
      await client.comparisons.delete({ id: comparison.id })
      void queryClient.invalidateQueries({ queryKey: ['comparisons'] })
      navigate('/compare')
    } catch (thrown) {
      toastError(thrown)
    }
  }
  return (
    <div className="flex gap-2">
      <Button
        disabled={hidden}
        onClick={() => save('comparison.json', 'application/json', JSON.stringify(comparison, null, 2))}
      >
        <Download /> Export
      </Button>
      <Button tone="ghost" size="icon" aria-label="Delete this comparison" onClick={() => setAsking(true)}>
        <Trash2 />
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Delete this comparison?"
        action="Delete comparison"
        onConfirm={remove}
      >
        Its answers and your vote are deleted. Models and library stay.
      </Confirm>
    </div>
  )
}
