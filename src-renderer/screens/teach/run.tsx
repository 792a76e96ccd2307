import { useMutation, useQuery } from '@tanstack/react-query'
import { Pause, Play, Square } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { parityWords, type Run, type RunReport, rangeWords, resultOf } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { bytes, dateTime, duration } from '../../components/format.ts'
import { Meaning } from '../../components/meaning.tsx'
import { ErrorNotice, Notice, toastError } from '../../components/notice.tsx'
import { ProgressBar } from '../../components/progress.tsx'
import { progressText } from '../../components/progress-text.ts'
import { Part, Screen } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'
import { Charts } from './charts.tsx'
import { Episodes } from './episodes.tsx'
import { methods } from './methods.ts'
import { Promote } from './promotion.tsx'
import { Report } from './report.tsx'
import { activityOf, stateNames } from './run-words.ts'
import { useLines } from './use-lines.ts'

/** One run: how it goes while it learns, and what came of it. */
export function RunScreen({ id }: { id: string }) {
  const { data, error } = useQuery(queries.run(id))
  const { lines, error: linesError } = useLines(id)
  if (error) return <ErrorNotice error={error} className="m-8" />
  if (!data) return null
  const { run, report } = data
  return (
    <Screen
      wide
      title={run.manifest.name}
      intro={<Facts run={run} />}
      actions={<Controls run={run} />}
      back={{ href: '/teach', label: 'All trainings' }}
    >
      <div className="space-y-8">
        {run.error && <ErrorNotice error={run.error} />}
        {run.state === 'interrupted' && !run.error && (
          <Notice tone="warn">
            The training ended without a word, perhaps because the computer was turned off. Everything up to the last
            step is kept: resume to go on.
          </Notice>
        )}
        <Now run={run} report={report} />
        {data.parity.length > 0 && (
          <Notice tone="warn">
            <p className="font-medium">Chat would not play as this model was trained.</p>
            <ul className="mt-1 list-disc pl-4 text-ink-2">
              {data.parity.map((difference) => (
                <li key={difference.what}>{parityWords(difference)}</li>
              ))}
            </ul>
          </Notice>
        )}
        {report && <Promote run={run} report={report} />}
        {report && <Report run={run} report={report} />}
        <Part title="How it goes">
          {linesError ? (
            <ErrorNotice error={linesError} />
          ) : (
            <Charts
              lines={lines}
              before={report?.before?.em ?? null}
              teacher={run.teacherEm ?? report?.teacher?.em ?? null}
            />
          )}
        </Part>
        <Part title="Episodes to read">
          <Episodes id={id} lines={run.lines} />
        </Part>
      </div>
    </Screen>
  )
}

function Facts({ run: { manifest } }: { run: Run }) {
  const { student, teacher, questions, environment, createdAt, config } = manifest
  const parts = [
    `${student.name}${teacher ? ` taught by ${teacher.name}` : ''}`,
    `library ${environment.library.name}`,
    `${questions.train} questions to learn from`,
    methods[config.method].label,
    `begun ${dateTime(createdAt)}`,
  ]
  return <>{parts.join(' · ')}</>
}

function Now({ run, report }: { run: Run; report: RunReport | null }) {
  const elapsed = useElapsed(run)
  const result = report && resultOf(report)
  const facts = [
    run.best &&
      `best validation ${run.state === 'running' ? 'so far ' : ''}${Math.round(run.best.em * 100)} % at step ${run.best.step}`,
    `${duration(elapsed)} in ${run.state === 'running' ? 'this' : 'the last'} sitting`,
    run.busyCores !== null && `${run.busyCores.toFixed(1)} processor cores busy`,
    run.memoryBytes !== null && `${bytes(run.memoryBytes)} of memory`,
  ].filter(Boolean)
  return (
    <section aria-label="State of the training" className="rounded-2xl border border-line bg-surface p-5 shadow-card">
      {result && (
        <div className="mb-3">
          <p className="text-lg font-semibold">{result.headline}</p>
          {result.certainty && <p className="text-[0.8125rem] text-ink-2">{result.certainty}</p>}
        </div>
      )}
      <p className="font-medium" role="status">
        {activityOf(run)}
      </p>
      {run.state === 'running' && (
        <>
          <ProgressBar progress={run.progress} label={activityOf(run)} className="my-2.5" />
          {run.progress && <p className="text-[0.8125rem] tabular-nums text-ink-2">{progressText(run.progress)}</p>}
          {run.runLeft && (
            <p className="text-[0.8125rem] tabular-nums text-ink-2">
              <Meaning meaning="The steps to come as the last ones went, those of a part that has not begun as foreseen before the start, and the test at the end. It gets narrower on the way.">
                Whole training
              </Meaning>
              : {rangeWords(run.runLeft)} left
            </p>
          )}
        </>
      )}
      <p className="mt-0.5 text-[0.8125rem] tabular-nums text-ink-3">{facts.join(' · ')}</p>
    </section>
  )
}

/** How long the last sitting has lasted, ms; counts on while it runs. */
function useElapsed({ startedAt, endedAt }: Run): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    if (endedAt !== null) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [endedAt])
  return Math.max(0, (endedAt ?? now) - startedAt)
}

function Controls({ run }: { run: Run }) {
  const [, navigate] = useLocation()
  const [asking, setAsking] = useState<'stop' | 'delete' | null>(null)
  const act = useMutation({
    mutationFn: (what: 'pause' | 'resume' | 'stop') => client.runs[what]({ id: run.id }),
    onError: toastError,
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['runs'] }),
  })
  const busy = act.isPending || run.request !== null
  const remove = async () => {
    try {
      await client.runs.delete({ id: run.id })
      void queryClient.invalidateQueries({ queryKey: ['runs'] })
      navigate('/teach')
    } catch (thrown) {
      toastError(thrown)
    }
  }
  return (
    <div className="flex gap-2">
      {run.state === 'running' ? (
        <>
          <Button disabled={busy} onClick={() => act.mutate('pause')}>
            <Pause /> Pause
          </Button>
          <Button disabled={act.isPending || run.request === 'stop'} onClick={() => setAsking('stop')}>
            <Square /> Stop
          </Button>
        </>
      ) : (
        <>
          {run.state !== 'finished' && (
            <Button tone="primary" disabled={busy} onClick={() => act.mutate('resume')}>
              <Play /> Resume
            </Button>
          )}
          <Button onClick={() => setAsking('delete')}>Delete</Button>
        </>
      )}
      <Confirm
        open={asking === 'stop'}
        onOpenChange={() => setAsking(null)}
        title="Stop this training?"
        action="Stop"
        onConfirm={() => act.mutate('stop')}
      >
        The current step is lost; everything before it stays, and the training can go on later. Pause finishes the step
        first.
      </Confirm>
      <Confirm
        open={asking === 'delete'}
        onOpenChange={() => setAsking(null)}
        title={`Delete “${run.manifest.name}”?`}
        action="Delete training"
        onConfirm={remove}
      >
        Its figures, episodes and what the model learned are deleted ({stateNames[run.state].toLowerCase()}). The models
        themselves stay.
      </Confirm>
    </div>
  )
}
