import { useQuery } from '@tanstack/react-query'
import { Activity, type LucideIcon, Pause, Play, Square } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { isFinal, type Job, type JobKind } from '../../../src-main/contract/index.ts'
import { type JobActions, jobActions } from '../../api/job-actions.ts'
import { queries } from '../../api/queries.ts'
import { Disclosure } from '../../components/disclosure.tsx'
import { Empty } from '../../components/empty.tsx'
import { dateTime, duration } from '../../components/format.ts'
import { jobStateNames, nameOf, placeOf, progressOf } from '../../components/job-words.ts'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { ProgressBar } from '../../components/progress.tsx'
import { Part, Screen } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Select } from '../../components/ui/field.tsx'
import { JobLog } from './log.tsx'

const kinds: Record<JobKind, string> = {
  answer: 'Answers',
  comparison: 'Comparisons',
  ingestion: 'Indexing',
  download: 'Downloads',
  import: 'Conversions',
  training: 'Trainings',
  drafting: 'Written questions',
  evaluation: 'Evaluations',
}

/** All work in one place: what runs, what ran, and what went wrong. */
export default function ActivityScreen() {
  const { data: all, error } = useQuery(queries.jobs())
  const [kind, setKind] = useState<JobKind | 'all'>('all')
  const jobs = (all ?? []).filter((job) => kind === 'all' || job.kind === kind)
  const open = jobs.filter(({ state }) => !isFinal(state))
  const over = jobs.filter(({ state }) => isFinal(state))
  return (
    <Screen
      title="Activity"
      intro="Everything that Lagotto works on or has worked on lately."
      actions={
        <Select
          aria-label="Kind of work"
          value={kind}
          onChange={({ target }) => setKind(target.value as JobKind | 'all')}
        >
          <option value="all">Everything</option>
          {(Object.keys(kinds) as JobKind[]).map((one) => (
            <option key={one} value={one}>
              {kinds[one]}
            </option>
          ))}
        </Select>
      }
    >
      {error && <ErrorNotice error={error} />}
      {all && jobs.length === 0 && (
        <Empty icon={Activity} title="Nothing yet">
          Indexing, downloads, trainings and answers show up here.
        </Empty>
      )}
      <div className="space-y-8">
        {open.length > 0 && <JobList title="Running" jobs={open} all={jobs} />}
        {over.length > 0 && <JobList title="Before" jobs={over} all={jobs} />}
      </div>
    </Screen>
  )
}

/** Whether no later job is about the same; `all` begins with the newest. */
const isNewest = ({ id, kind, subjectId }: Job, all: readonly Job[]): boolean =>
  all.find((other) => other.kind === kind && other.subjectId === subjectId)?.id === id

function JobList({ title, jobs, all }: { title: string; jobs: readonly Job[]; all: readonly Job[] }) {
  return (
    <Part title={title}>
      <ul className="divide-y divide-line rounded-2xl border border-line bg-surface shadow-card">
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} actions={jobActions(job, isNewest(job, all))} />
        ))}
      </ul>
    </Part>
  )
}

const tones: Record<Job['state'], string> = {
  queued: 'text-ink-2',
  running: 'text-accent',
  succeeded: 'text-good',
  failed: 'text-bad',
  stopped: 'text-ink-2',
  paused: 'text-ink-2',
  interrupted: 'text-warn',
}

const buttons: readonly { action: keyof JobActions; label: string; icon: LucideIcon }[] = [
  { action: 'pause', label: 'Pause', icon: Pause },
  { action: 'resume', label: 'Resume', icon: Play },
  { action: 'stop', label: 'Stop', icon: Square },
]

function JobRow({ job, actions }: { job: Job; actions: JobActions }) {
  const [open, setOpen] = useState(false)
  const running = !isFinal(job.state)
  const took = job.endedAt === null ? null : duration(job.endedAt - job.createdAt)
  return (
    <li className="px-5 py-3">
      <div className="flex items-center gap-3">
        <Link href={placeOf(job)} className="min-w-0 flex-1 truncate font-medium hover:underline">
          {nameOf(job)}
        </Link>
        <span className={`text-[0.8125rem] font-medium ${tones[job.state]}`}>{jobStateNames[job.state]}</span>
        {buttons.map(({ action, label, icon: Icon }) => {
          const act = actions[action]
          return (
            act && (
              <Button
                key={action}
                size="sm"
                aria-label={`${label}: ${nameOf(job)}`}
                onClick={() => act().catch(toastError)}
              >
                <Icon /> {label}
              </Button>
            )
          )
        })}
      </div>
      {running && <ProgressBar progress={job.progress} label={nameOf(job)} className="my-2" />}
      <p className="text-xs tabular-nums text-ink-3">
        {[running && progressOf(job), dateTime(job.createdAt), took && `took ${took}`].filter(Boolean).join(' · ')}
      </p>
      {job.error && <ErrorNotice error={job.error} className="mt-2" />}
      <div className="text-[0.8125rem]">
        <Disclosure open={open} onToggle={() => setOpen((old) => !old)} summary="Log">
          <JobLog id={job.id} />
        </Disclosure>
      </div>
    </li>
  )
}
