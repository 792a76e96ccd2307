import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { queries } from '../../api/queries.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { ReviewScreen } from './review.tsx'
import { SetScreen } from './set.tsx'
import { Sets } from './sets.tsx'
import { WriteScreen } from './write.tsx'

/** Questions with answers: all sets, one of them, the drafts that wait in it, or writing new ones from documents. */
export default function QuestionsScreen({ id, part }: { id: string | null; part: string | null }) {
  const { data: sets, error } = useQuery(queries.questionSets())
  if (id === null) return <Sets />
  if (error) return <ErrorNotice error={error} className="m-8" />
  if (!sets) return null
  const set = sets.find((one) => one.id === id)
  if (!set)
    return (
      <section className="m-8">
        <h1 className="text-base font-medium">This question set no longer exists.</h1>
        <Link href="/questions" className="text-ink-2 underline">
          All question sets
        </Link>
      </section>
    )
  if (part === 'review') return <ReviewScreen key={id} set={set} />
  return part === 'write' ? <WriteScreen key={id} set={set} /> : <SetScreen key={id} set={set} />
}
