import { useQuery } from '@tanstack/react-query'
import { Pause, Square } from 'lucide-react'
import { Link, useRoute } from 'wouter'
import type { Job } from '../../src-main/contract/index.ts'
import { stopJob } from '../api/job-actions.ts'
import { queries, useOpenJobs } from '../api/queries.ts'
import { nameOf, placeOf, progressOf } from '../components/job-words.ts'
import { toastError } from '../components/notice.tsx'
import { ProgressBar } from '../components/progress.tsx'
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
            <Tip
              label={job.kind === 'download' ? 'Pause; what is fetched stays' : 'Stop; what is done stays'}
              side="right"
            >
              <Button
                tone="ghost"
                size="icon-sm"
                className="-mr-2"
                aria-label={`${job.kind === 'download' ? 'Pause' : 'Stop'}: ${nameOf(job)}`}
                onClick={() => stopJob(job).catch(toastError)}
              >
                {job.kind === 'download' ? <Pause /> : <Square className="size-3! fill-current" />}
              </Button>
            </Tip>
          </div>
          {(job.state === 'running' || job.progress) && <ProgressBar progress={job.progress} label={nameOf(job)} />}
          {progressOf(job) && <p className="mt-1 truncate text-xs tabular-nums text-ink-3">{progressOf(job)}</p>}
        </div>
      ))}
      {jobs.length > 3 && (
        <Link href="/activity" className="text-xs text-ink-3 hover:text-ink hover:underline">
          and {jobs.length - 3} more
        </Link>
      )}
    </section>
  )
}
