import { useMutation, useQuery } from '@tanstack/react-query'
import { Pause, Play, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Job } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { ProgressBar } from '../../components/progress.tsx'
import { progressText } from '../../components/progress-text.ts'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'

/** Models on their way: one is fetched, the others wait; what was paused or failed can go on or be thrown away. */
export function Downloads() {
  const { data: jobs } = useQuery(queries.downloads())
  if (!jobs || jobs.length === 0) return null
  return (
    <section aria-label="Downloads" className="mb-8">
      <h2 className="mb-2.5 text-sm font-semibold">On their way</h2>
      <ul className="space-y-2.5">
        {jobs.map((job) => (
          <Download key={job.id} job={job} />
        ))}
      </ul>
    </section>
  )
}

const stateText = (job: Job): string => {
  const far = job.progress ? ` · ${progressText({ ...job.progress, rate: null, leftMs: null })}` : ''
  switch (job.state) {
    case 'running':
      return job.progress ? `${job.progress.what} · ${progressText(job.progress)}` : 'Asking the hub…'
    case 'queued':
      return `Waiting for its turn${far}`
    case 'failed':
      return `Failed${far}`
    default:
      return `Paused${far}`
  }
}

function Download({ job }: { job: Job }) {
  const [discarding, setDiscarding] = useState(false)
  const ask = () => queryClient.invalidateQueries({ queryKey: ['jobs'] })
  const change = useMutation({
    mutationFn: async (what: 'pause' | 'resume' | 'discard') => {
      await client.models[what]({ id: job.id })
    },
    onSettled: ask,
    onError: toastError,
  })
  const active = job.state === 'running' || job.state === 'queued'
  const converting = job.kind === 'import'
  return (
    <li className="rounded-2xl border border-line bg-surface px-5 py-4 shadow-card">
      <div className="flex items-start gap-2">
        <h3 className="min-w-0 flex-1 truncate text-[0.9375rem] font-semibold" title={job.title}>
          {job.title}
        </h3>
        {active && !converting && (
          <Button size="sm" disabled={change.isPending} onClick={() => change.mutate('pause')}>
            <Pause /> Pause
          </Button>
        )}
        {!active && (
          <Button size="sm" disabled={change.isPending} onClick={() => change.mutate('resume')}>
            <Play /> {job.state === 'failed' ? 'Try again' : 'Go on'}
          </Button>
        )}
        <Button
          size="icon-sm"
          tone="ghost"
          disabled={change.isPending}
          aria-label={`Cancel ${job.title}`}
          onClick={() => setDiscarding(true)}
        >
          <Trash2 />
        </Button>
      </div>
      {job.state !== 'failed' && (
        <ProgressBar
          progress={job.state === 'queued' && !job.progress ? { ...empty } : job.progress}
          label={`Download of ${job.title}`}
          className="mt-2.5"
        />
      )}
      <p className="mt-1.5 text-[0.8125rem] tabular-nums text-ink-2">{stateText(job)}</p>
      {job.error && <ErrorNotice error={job.error} className="mt-3" />}
      <Confirm
        open={discarding}
        onOpenChange={setDiscarding}
        title={converting ? 'Cancel this conversion?' : 'Cancel this download?'}
        action={converting ? 'Cancel conversion' : 'Cancel download'}
        onConfirm={() => change.mutate('discard')}
      >
        {converting
          ? 'The converted file is thrown away. The checkpoint stays where it is.'
          : 'What was fetched so far is deleted. Pause it instead to go on later.'}
      </Confirm>
    </li>
  )
}

const empty = { what: '', done: 0, total: 1, unit: 'bytes', rate: null, leftMs: null }
