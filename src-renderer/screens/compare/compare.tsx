import { useQuery } from '@tanstack/react-query'
import { Columns2, Plus } from 'lucide-react'
import { Link } from 'wouter'
import { queries } from '../../api/queries.ts'
import { Empty } from '../../components/empty.tsx'
import { dateTime } from '../../components/format.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { Screen } from '../../components/screen.tsx'
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
  return (
    <Screen
      title="Compare"
      intro="The same question to several models, side by side: what each thought, searched for, found and answered."
      actions={
        <Button tone="primary" asChild>
          <Link href="/compare/new">
            <Plus /> New comparison
          </Link>
        </Button>
      }
    >
      {error && <ErrorNotice error={error} />}
      {comparisons?.length === 0 && (
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
    </Screen>
  )
}
