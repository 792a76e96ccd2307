import { useQuery } from '@tanstack/react-query'
import { GraduationCap } from 'lucide-react'
import { Link } from 'wouter'
import { queries } from '../../api/queries.ts'
import { useStored } from '../../app/stored.ts'
import { Button } from '../ui/button.tsx'

/** Answers that a person has checked, from which on there is enough to teach. */
const ENOUGH = 20

/** Says once, when there is enough to teach, that there is; quiet before, and after it was put away. */
export function EnoughToTeach() {
  const { data: sets } = useQuery(queries.questionSets())
  const { data: runs } = useQuery(queries.runs())
  const [seen, setSeen] = useStored('enough-to-teach', '')
  const set = sets?.find(({ checked }) => checked >= ENOUGH)
  if (!set || !runs || runs.length > 0 || seen !== '') return null
  return (
    <section
      aria-label="Teaching"
      className="flex flex-wrap items-center gap-3 rounded-xl bg-accent-soft px-4 py-3 text-sm"
    >
      <GraduationCap className="size-5 shrink-0 text-accent" aria-hidden="true" />
      <p className="min-w-48 flex-1">
        <span className="font-medium">You have enough to teach Lagotto.</span>{' '}
        <span className="text-ink-2">
          {set.checked} checked answers are in “{set.name}”.
        </span>
      </p>
      <Button size="sm" asChild>
        <Link href="/teach/new">Teach</Link>
      </Button>
      <Button size="sm" tone="ghost" onClick={() => setSeen('seen')}>
        Not now
      </Button>
    </section>
  )
}
