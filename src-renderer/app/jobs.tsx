import { Square } from 'lucide-react'
import { Link } from 'wouter'
import { client } from '../api/client.ts'
import { useOpenJobs } from '../api/queries.ts'
import { toastError } from '../components/notice.tsx'
import { ProgressBar, progressText } from '../components/progress.tsx'
import { Button } from '../components/ui/button.tsx'
import { Spinner } from '../components/ui/spinner.tsx'
import { Tip } from '../components/ui/tip.tsx'

const useReading = () => useOpenJobs().filter((job) => job.kind === 'ingestion')

/** The same in the narrow sidebar: a sign that something is being read, which leads to it. */
export function RunningJobsSign() {
  const [job] = useReading()
  if (!job) return null
  const label = `Reading ${job.title}${job.progress ? `: ${progressText(job.progress)}` : ''}`
  return (
    <Tip label={label} side="right">
      <Link
        href={`/library/${job.subjectId}`}
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
  const jobs = useReading()
  if (jobs.length === 0) return null
  return (
    <section aria-label="Running work" className="space-y-2 border-t border-line px-3 py-3">
      {jobs.map((job) => (
        <div key={job.id}>
          <div className="flex items-center gap-2">
            <p className="min-w-0 flex-1 truncate text-[0.8125rem] font-medium">Reading {job.title}</p>
            <Tip label="Stop; what is done stays" side="right">
              <Button
                tone="ghost"
                size="icon-sm"
                aria-label={`Stop: ${job.title}`}
                onClick={() => client.jobs.stop({ id: job.id }).catch(toastError)}
              >
                <Square className="size-3! fill-current" />
              </Button>
            </Tip>
          </div>
          <ProgressBar progress={job.progress} label={job.title} />
          <p className="mt-1 truncate text-xs tabular-nums text-ink-3">
            {job.progress ? progressText(job.progress) : job.state === 'queued' ? 'Waiting for its turn' : 'Starting…'}
          </p>
        </div>
      ))}
    </section>
  )
}
