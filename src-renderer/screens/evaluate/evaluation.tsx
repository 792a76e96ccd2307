import { useQuery } from '@tanstack/react-query'
import { Download, Play, Square, Trash2 } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { Link, useLocation } from 'wouter'
import {
  type Evaluation,
  headline,
  isFinal,
  type ResultTable,
  type ScoreName,
  scoreNameSchema,
  scoreWords,
} from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { count, plural } from '../../components/format.ts'
import { jobStateNames } from '../../components/job-words.ts'
import { Meaning } from '../../components/meaning.tsx'
import { ErrorNotice, Notice, toastError } from '../../components/notice.tsx'
import { ProgressBar } from '../../components/progress.tsx'
import { progressText } from '../../components/progress-text.ts'
import { save } from '../../components/save.ts'
import { Part, Screen } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'
import { Select } from '../../components/ui/field.tsx'
import { Menu, MenuItem } from '../../components/ui/menu.tsx'
import { QuestionBrowser } from './browser.tsx'
import { IntervalPlot } from './plot.tsx'
import { ResultsTable } from './results-table.tsx'
import { Arcap, Behavior, Fates } from './tables.tsx'

/** One evaluation: how it goes on, what came of it, and every question. */
export function EvaluationScreen({ id }: { id: string }) {
  const [reference, setReference] = useState(0)
  const { data, error } = useQuery(queries.evaluation(id, reference))
  if (error) return <ErrorNotice error={error} className="m-8" />
  if (!data) return null
  const { evaluation, table } = data
  const { name, sets, methods, blind, revealed } = evaluation
  const hidden = blind && !revealed
  const asked = sets.map((set) => `${plural(set.questions, 'question')} of “${set.name}” in “${set.library.name}”`)
  return (
    <Screen
      wide
      title={hidden ? `${plural(methods.length, 'contestant')}, blind` : name}
      intro={asked.join(', ')}
      actions={<Actions evaluation={evaluation} reference={reference} hidden={hidden} />}
      back={{ href: '/evaluate', label: 'All evaluations' }}
    >
      <div className="space-y-8">
        <Standing evaluation={evaluation} hidden={hidden} />
        {hidden ? (
          <Blind evaluation={evaluation} />
        ) : (
          <Results evaluation={evaluation} table={table} reference={reference} onReference={setReference} />
        )}
        <Part title="Question by question">
          <QuestionBrowser evaluation={evaluation} table={table} hidden={hidden} />
        </Part>
      </div>
    </Screen>
  )
}

/** How it goes on, or why it does not. */
function Standing({ evaluation, hidden }: { evaluation: Evaluation; hidden: boolean }) {
  const { id, jobId, state, progress, error, methods, done, total } = evaluation
  const act = (work: Promise<unknown>) => void work.catch(toastError)
  const running = !isFinal(state)
  const problems = methods.filter((method) => method.error !== null)
  if (state === 'succeeded' && problems.length === 0) return null
  return (
    <div className="space-y-3">
      {state !== 'succeeded' && (
        <div className="rounded-2xl border border-line bg-surface px-5 py-4 shadow-card">
          <div className="flex items-center gap-3">
            <p className="min-w-0 flex-1 truncate font-medium" role="status">
              {running ? (hidden ? 'Answering' : (progress?.what ?? 'Waiting for its turn')) : jobStateNames[state]}
            </p>
            {running ? (
              <Button size="sm" onClick={() => act(client.jobs.stop({ id: jobId }))}>
                <Square /> Stop
              </Button>
            ) : (
              <Button size="sm" tone="primary" onClick={() => act(client.evaluations.resume({ id }))}>
                <Play /> Go on
              </Button>
            )}
          </div>
          {running && <ProgressBar progress={progress} label="Evaluation" className="my-2" />}
          <p className="text-xs tabular-nums text-ink-3">
            {running && progress
              ? progressText(hidden ? { ...progress, what: 'Answering' } : progress)
              : `${count(done)} of ${plural(total, 'answer')} are there; they are kept.`}
          </p>
        </div>
      )}
      {error && <ErrorNotice error={error} />}
      {!error &&
        problems.map((method) => (
          <Notice key={method.label} tone="warn">
            <p className="font-medium">{hidden ? 'A contestant' : method.label} could not go on; the others did.</p>
            {!hidden && (
              <p className="text-ink-2">
                {method.error?.message} {method.error?.action}
              </p>
            )}
          </Notice>
        ))}
    </div>
  )
}

/** Before blind mode is lifted: vote, then look. */
function Blind({ evaluation }: { evaluation: Evaluation }) {
  const { id, votes } = evaluation
  const voted = votes.none + votes.methods.reduce((sum, n) => sum + n, 0)
  const [asking, setAsking] = useState(false)
  const reveal = () =>
    void client.evaluations
      .reveal({ id })
      .then(() => queryClient.invalidateQueries({ queryKey: ['evaluations'] }))
      .catch(toastError)
  return (
    <Notice>
      <p className="font-medium">
        {voted === 0 ? 'Nobody knows yet who is who.' : `${plural(voted, 'vote')} so far.`} Open a question to vote.
      </p>
      <div className="mt-2 flex gap-2">
        <Button size="sm" tone="primary" asChild>
          <Link href={`/evaluate/${id}/0`}>Vote</Link>
        </Button>
        <Button size="sm" onClick={() => setAsking(true)}>
          Show who is who
        </Button>
      </div>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Show who is who?"
        action="Show who is who"
        onConfirm={reveal}
      >
        Votes are counted and results shown. This cannot be taken back.
      </Confirm>
    </Notice>
  )
}

function Results({
  evaluation,
  table,
  reference,
  onReference,
}: {
  evaluation: Evaluation
  table: ResultTable
  reference: number
  onReference: (reference: number) => void
}) {
  const [score, setScore] = useState<ScoreName>('em')
  const compared = useId()
  const sentence = headline(table)
  if (sentence === null) return <p className="text-ink-2">The first answers will show up here.</p>
  return (
    <>
      <p className="text-base font-medium">{sentence}</p>
      <Votes evaluation={evaluation} />
      <Part title="Results">
        <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2 text-[0.8125rem]">
          <fieldset className="flex items-center gap-1 rounded-lg border border-line bg-surface p-0.5">
            <legend className="sr-only">Score</legend>
            {scoreNameSchema.options.map((name) => (
              <button
                key={name}
                type="button"
                aria-pressed={score === name}
                onClick={() => setScore(name)}
                className="h-7 rounded-md px-2.5 font-medium text-ink-2 hover:text-ink aria-pressed:bg-hover aria-pressed:text-ink"
              >
                {scoreWords[name].name}
              </button>
            ))}
          </fieldset>
          {evaluation.methods.length > 1 && (
            <label htmlFor={compared} className="flex items-center gap-2">
              Compared with
              <Select
                id={compared}
                className="h-8 max-w-64"
                value={reference}
                onChange={({ target }) => onReference(Number(target.value))}
              >
                {evaluation.methods.map(({ label }, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: methods never change their places
                  <option key={at} value={at}>
                    {label}
                  </option>
                ))}
              </Select>
            </label>
          )}
        </div>
        <ResultsTable table={table} score={score} />
        <div className="mt-4">
          <IntervalPlot table={table} score={score} />
        </div>
      </Part>
      <Part title="What became of the questions">
        <Fates table={table} />
      </Part>
      <Part title="Where they fail">
        <p className="mb-3 text-[0.8125rem] text-ink-2">
          An agent can fail at searching, at reading or at thinking. <ArcapNote arcap={evaluation.arcap} />
        </p>
        <Arcap table={table} />
      </Part>
      <Part title="How they go about it">
        <Behavior table={table} />
      </Part>
    </>
  )
}

const ArcapNote = ({ arcap }: { arcap: boolean }): ReactNode => (
  <>
    <Meaning meaning="Agentic RAG capabilities, from the DGPO paper (arXiv 2508.20324): source referencing, thinking and query rewriting, each measured by itself.">
      ARCap
    </Meaning>{' '}
    measures each by itself{arcap ? '.' : '; reading and thinking were not asked for here.'}
  </>
)

/** What a person found best, once blind mode is lifted. */
function Votes({ evaluation: { methods, votes } }: { evaluation: Evaluation }) {
  const total = votes.none + votes.methods.reduce((sum, n) => sum + n, 0)
  if (total === 0) return null
  return (
    <p className="text-ink-2">
      Your {plural(total, 'vote')}: {methods.map(({ label }, at) => `${label} ${votes.methods[at] ?? 0}`).join(', ')},
      none better {votes.none}.
    </p>
  )
}

function Actions({ evaluation, reference, hidden }: { evaluation: Evaluation; reference: number; hidden: boolean }) {
  const { id } = evaluation
  const [, navigate] = useLocation()
  const [asking, setAsking] = useState(false)
  const write = (format: 'html' | 'json') =>
    void client.evaluations
      .report({ id, format, reference })
      .then(({ name, text }) => save(name, format === 'html' ? 'text/html' : 'application/json', text))
      .catch(toastError)
  const remove = async () => {
    try {
      await client.evaluations.delete({ id })
      void queryClient.invalidateQueries({ queryKey: ['evaluations'] })
      navigate('/evaluate')
    } catch (thrown) {
      toastError(thrown)
    }
  }
  return (
    <div className="flex gap-2">
      {!hidden && (
        <Menu
          align="end"
          trigger={
            <Button>
              <Download /> Export
            </Button>
          }
        >
          <MenuItem onSelect={() => write('html')}>As a page to read (HTML)</MenuItem>
          <MenuItem onSelect={() => write('json')}>As data (JSON)</MenuItem>
        </Menu>
      )}
      <Button tone="ghost" size="icon" aria-label="Delete this evaluation" onClick={() => setAsking(true)}>
        <Trash2 />
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Delete this evaluation?"
        action="Delete evaluation"
        onConfirm={remove}
      >
        Its answers and results are deleted. Models, questions and libraries stay.
      </Confirm>
    </div>
  )
}
