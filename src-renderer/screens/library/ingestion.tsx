import { useQuery } from '@tanstack/react-query'
import { Pause, Play, Square } from 'lucide-react'
import type { Library } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { Notice, toastError } from '../../components/notice.tsx'
import { ProgressBar } from '../../components/progress.tsx'
import { progressText } from '../../components/progress-text.ts'
import { Button } from '../../components/ui/button.tsx'

const refresh = () => queryClient.invalidateQueries({ queryKey: ['libraries'] })

/** The reading that goes on, or that it is paused; nothing when the library is up to date. */
export function Ingestion({ library }: { library: Library }) {
  const { data: jobs } = useQuery(queries.jobs())
  const { id, paused, sample } = library
  if (paused) {
    return (
      <Notice className="mt-3">
        <div className="flex items-center gap-3">
          <p className="min-w-0 flex-1">Paused: changes of the files are not read. What was read can be searched.</p>
          <Button size="sm" onClick={() => client.libraries.resume({ id }).then(refresh).catch(toastError)}>
            <Play /> Resume
          </Button>
        </div>
      </Notice>
    )
  }
  const job = jobs?.find((each) => each.id === library.jobId)
  if (!job || job.endedAt !== null) return null
  return (
    <div className="mt-3 rounded-xl border border-line bg-surface px-4 py-3">
      <div className="flex items-center gap-1">
        <p className="min-w-0 flex-1 truncate text-[0.8125rem] font-medium">{job.progress?.what ?? 'Starting…'}</p>
        {!sample && (
          <Button tone="ghost" size="sm" onClick={() => client.libraries.pause({ id }).then(refresh).catch(toastError)}>
            <Pause className="size-3! fill-current" /> Pause
          </Button>
        )}
        <Button tone="ghost" size="sm" onClick={() => client.jobs.stop({ id: job.id }).catch(toastError)}>
          <Square className="size-3! fill-current" /> Stop
        </Button>
      </div>
      <ProgressBar progress={job.progress} label={`Reading ${library.name}`} className="mt-1.5" />
      <p className="mt-1.5 text-xs tabular-nums text-ink-3">
        {job.progress ? progressText(job.progress) : 'Counting the files'} · You can ask already; what is read so far is
        searched.
      </p>
    </div>
  )
}
