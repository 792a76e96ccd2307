import { useQuery } from '@tanstack/react-query'
import { GraduationCap, Plus } from 'lucide-react'
import { Link } from 'wouter'
import type { Run } from '../../../src-main/contract/index.ts'
import { queries } from '../../api/queries.ts'
import { Empty } from '../../components/empty.tsx'
import { dateTime } from '../../components/format.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { ProgressBar } from '../../components/progress.tsx'
import { progressText } from '../../components/progress-text.ts'
import { Part, Screen } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { methods } from './methods.ts'
import { NewRun } from './new-run.tsx'
import { Promotions } from './promotion.tsx'
import { RunScreen } from './run.tsx'
import { activityOf, percent, stateNames } from './run-words.ts'

/** Teaching a compact model: all trainings, a new one, or one of them. */
export default function TeachScreen({ id }: { id: string | null }) {
  if (id === 'new') return <NewRun />
  return id === null ? <Runs /> : <RunScreen key={id} id={id} />
}

function Runs() {
  const { data: runs, error } = useQuery(queries.runs())
  return (
    <Screen
      title="Teach"
      intro="A compact model learns on this computer to search your documents better: first from a larger model, then from its own attempts."
      actions={
        <Button tone="primary" asChild>
          <Link href="/teach/new">
            <Plus /> New training
          </Link>
        </Button>
      }
    >
      {error && <ErrorNotice error={error} />}
      {runs?.length === 0 && (
        <Empty icon={GraduationCap} title="Nothing taught yet">
          You need a small model (the student), a larger one with the same vocabulary (the teacher), a library, and
          questions with their answers. The built-in micro models and the sample library are enough to try it.
        </Empty>
      )}
      <div className="space-y-8">
        <Promotions />
        {runs && runs.length > 0 && (
          <Part title="Trainings">
            <ul className="space-y-2.5">
              {runs.map((run) => (
                <li key={run.id}>
                  <RunCard run={run} />
                </li>
              ))}
            </ul>
          </Part>
        )}
      </div>
    </Screen>
  )
}

function RunCard({ run }: { run: Run }) {
  const { manifest } = run
  return (
    <Link
      href={`/teach/${run.id}`}
      className="block rounded-2xl border border-line bg-surface px-5 py-4 shadow-card hover:border-control"
    >
      <span className="flex items-baseline gap-3">
        <span className="min-w-0 flex-1 truncate text-[0.9375rem] font-semibold">{manifest.name}</span>
        <span className={`text-[0.8125rem] font-medium ${tones[run.state]}`}>{stateNames[run.state]}</span>
      </span>
      <span className="mt-0.5 block text-[0.8125rem] text-ink-2">
        {[
          methods[manifest.config.method].label,
          run.best && `best ${percent(run.best.em)} of the validation questions`,
          dateTime(manifest.createdAt),
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
      {run.state === 'running' && (
        <span className="mt-2.5 block">
          <ProgressBar progress={run.progress} label={`${manifest.name}: ${activityOf(run)}`} />
          <span className="mt-1 block text-xs tabular-nums text-ink-3">
            {[activityOf(run), run.progress && progressText({ ...run.progress, allLeft: run.runLeft })]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </span>
      )}
    </Link>
  )
}

const tones: Record<Run['state'], string> = {
  running: 'text-accent',
  paused: 'text-ink-2',
  stopped: 'text-ink-2',
  interrupted: 'text-warn',
  failed: 'text-bad',
  finished: 'text-good',
}
