import { useQuery } from '@tanstack/react-query'
import { Download, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import type { Comparison } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { useTrace } from '../../api/trace.ts'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { save } from '../../components/save.ts'
import { Screen } from '../../components/screen.tsx'
import { blindName, blindOrder } from '../../components/seats.ts'
import { AlignedTraces, type Column } from '../../components/trace/aligned.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'

/** One comparison: a column for each contestant, a row for each turn. */
export function ComparisonScreen({ id }: { id: string }) {
  const { data, error } = useQuery(queries.comparison(id))
  if (error) return <ErrorNotice error={error} className="m-8" />
  return data ? <Loaded key={data.entries.length} comparison={data} /> : null
}

function Loaded({ comparison }: { comparison: Comparison }) {
  const { id, question, answers, library, entries, vote } = comparison
  const hidden = comparison.blind && vote === null
  const order = comparison.blind ? blindOrder(id, entries.length) : entries.map((_, i) => i)
  // The number of contestants never changes, so the hooks below are always the same ones.
  const traces = entries.map(useTrace)
  const columns = order.flatMap((at, shown): Column[] => {
    const [entry, live] = [entries[at], traces[at]]
    if (!entry || !live) return []
    return [{ at, name: hidden ? blindName(shown) : entry.contestant.label, right: entry.right, ...live }]
  })
  const over = columns.every(({ live }) => !live)
  return (
    <Screen
      wide
      title={question}
      intro={`${library.name}${answers.length > 0 ? ` · right answer: ${answers.join(' or ')}` : ''}`}
      actions={<Actions comparison={comparison} hidden={hidden} />}
      back={{ href: '/compare', label: 'All comparisons' }}
    >
      {comparison.blind && <Vote comparison={comparison} columns={columns} ready={over} />}
      <AlignedTraces columns={columns} hidden={hidden} keeps={!hidden} />
    </Screen>
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
