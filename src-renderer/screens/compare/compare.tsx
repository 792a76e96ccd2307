import { useQuery } from '@tanstack/react-query'
import { Columns2, ListChecks, Plus } from 'lucide-react'
import { Link } from 'wouter'
import { queries } from '../../api/queries.ts'
import { Empty } from '../../components/empty.tsx'
import { EvaluationList } from '../../components/evaluation-list.tsx'
import { dateTime } from '../../components/format.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { Part, Screen } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { ComparisonScreen } from './comparison.tsx'
import { NewComparison } from './new-comparison.tsx'

/** Asking several models the same: all comparisons, a new one, or one of them. */
export default function CompareScreen({ id }: { id: string | null }) {
  if (id === 'new') return <NewComparison />
  return id === null ? <Comparisons /> : <ComparisonScreen key={id} id={id} />
}

function Comparisons() {
  const { data: comparisons, error } = useQuery(queries.comparisons())
  const { data: evaluations } = useQuery(queries.evaluations())
  const sets = (evaluations ?? []).filter(({ methods }) => methods.length > 1)
  return (
    <Screen
      title="Compare"
      intro="The same question to several models, side by side: what each thought, searched for, found and answered."
      actions={
        <div className="flex flex-wrap justify-end gap-2">
          <Button asChild>
            <Link href="/evaluate/new/compare">
              <ListChecks /> Over a whole set
            </Link>
          </Button>
          <Button tone="primary" asChild>
            <Link href="/compare/new">
              <Plus /> New comparison
            </Link>
          </Button>
        </div>
      }
    >
      {error && <ErrorNotice error={error} />}
      {comparisons && <Tally comparisons={comparisons} />}
      {comparisons?.length === 0 && sets.length === 0 && (
        <Empty icon={Columns2} title="Nothing compared yet">
          Ask the student and the teacher the same question, or a model before and after it was taught.
        </Empty>
      )}
      {comparisons && comparisons.length > 0 && (
        <ul className="divide-y divide-line rounded-2xl border border-line bg-surface shadow-card">
          {comparisons.map((comparison) => (
            <li key={comparison.id}>
              <Link href={`/compare/${comparison.id}`} className="block px-5 py-3 hover:bg-hover/60">
                <span className="block truncate font-medium">{comparison.question}</span>
                <span className="block text-[0.8125rem] text-ink-3">
                  {[
                    comparison.library.name,
                    comparison.blind && (comparison.vote === null ? 'blind, no vote yet' : 'voted'),
                    dateTime(comparison.createdAt),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {sets.length > 0 && (
        <div className="mt-8">
          <Part title="Over whole sets">
            <EvaluationList evaluations={sets} />
          </Part>
        </div>
      )}
    </Screen>
  )
}

/** The votes of all blind comparisons. */
function Tally({ comparisons }: { comparisons: readonly { vote: number | null; winner: string | null }[] }) {
  const votes = comparisons.filter(({ vote }) => vote !== null)
  if (votes.length < 2) return null
  const counts = new Map<string, number>()
  for (const { winner } of votes) {
    const name = winner ?? 'none better'
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  return (
    <p className="mb-4 text-ink-2">
      Your {votes.length} votes: {sorted.map(([name, n]) => `${name} ${n}`).join(', ')}.
    </p>
  )
}
