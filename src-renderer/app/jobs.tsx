import { useQuery } from '@tanstack/react-query'
import { Square } from 'lucide-react'
import { Link, useRoute } from 'wouter'
import { assertNever, type Job } from '../../src-main/contract/index.ts'
import { client } from '../api/client.ts'
import { queries, useOpenJobs } from '../api/queries.ts'
import { toastError } from '../components/notice.tsx'
import { ProgressBar, progressText } from '../components/progress.tsx'
import { Button } from '../components/ui/button.tsx'
import { Spinner } from '../components/ui/spinner.tsx'
import { Tip } from '../components/ui/tip.tsx'

/** Ingestion, and answers that are not on the screen. */
function useBackgroundJobs(): Job[] {
  const [, open] = useRoute('/t/:id')
  const { data: thread } = useQuery({ ...queries.thread(open?.id ?? ''), enabled: open !== null })
  const shown = new Set(open ? thread?.exchanges.map(({ jobId }) => jobId) : [])
  return useOpenJobs().filter(({ id }) => !shown.has(id))
}

const nameOf = ({ kind, title }: Job): string => {
  switch (kind) {
    case 'answer':
      return `Answering “${title}”`
    case 'ingestion':
      return `Reading ${title}`
    case 'download':
      return `Fetching ${title}`
    case 'import':
      return `Converting ${title}`
    case 'training':
      return `Training ${title}`
    default:
      return assertNever(kind)
  }
}

const progressOf = ({ kind, progress, state }: Job): string =>
  progress ? progressText(progress) : state === 'queued' ? 'Waiting for its turn' : kind === 'answer' ? '' : 'Starting…'

const placeOf = ({ kind, subjectId }: Job): string =>
  kind === 'ingestion' ? `/library/${subjectId}` : kind === 'answer' ? '/' : '/models'

/** The same in the narrow sidebar: a sign that something goes on, which says what. */
export function RunningJobsSign() {
  const [job] = useBackgroundJobs()
  if (!job) return null
  const label = [nameOf(job), progressOf(job)].filter(Boolean).join(': ')
  return (
    <Tip label={label} side="right">
      <Link
        href={placeOf(job)}
        aria-label={label}
        className="flex size-9 items-center justify-center rounded-lg hover:bg-hover"
      >
        <Spinner />
      </Link>
    </Tip>
  )
}

/** Work that goes on in the background: what, how much of how much, how fast, how long still, stop. */
export function RunningJobs() {
  const jobs = useBackgroundJobs()
  if (jobs.length === 0) return null
  return (
    <section aria-label="Running work" className="space-y-2.5 border-t border-line px-4 py-3">
      {jobs.slice(0, 3).map((job) => (
        <div key={job.id}>
          <div className="flex items-center gap-2">
            <p className="min-w-0 flex-1 truncate text-[0.8125rem] font-medium">{nameOf(job)}</p>
            <Tip label="Stop; what is done stays" side="right">
              <Button
                tone="ghost"
                size="icon-sm"
                className="-mr-2"
                aria-label={`Stop: ${nameOf(job)}`}
                onClick={() => client.jobs.stop({ id: job.id }).catch(toastError)}
              >
                <Square className="size-3! fill-current" />
              </Button>
            </Tip>
          </div>
          <ProgressBar progress={job.progress} label={nameOf(job)} />
          {progressOf(job) && <p className="mt-1 truncate text-xs tabular-nums text-ink-3">{progressOf(job)}</p>}
        </div>
      ))}
      {jobs.length > 3 && <p className="text-xs text-ink-3">and {jobs.length - 3} more</p>}
    </section>
  )
}
