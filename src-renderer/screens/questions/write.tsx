import { useMutation, useQuery } from '@tanstack/react-query'
import { ListChecks, Play, Square } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import {
  type Drafting,
  type DraftingInput,
  hostsOf,
  isFinal,
  leavingToDraft,
  type QuestionSet,
  usualWriter,
} from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { stopJob } from '../../api/job-actions.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'
import { dateTime, plural } from '../../components/format.ts'
import { jobStateNames } from '../../components/job-words.ts'
import { LibrarySelect } from '../../components/library-select.tsx'
import { ModelSelect } from '../../components/model-select.tsx'
import { ErrorNotice, Notice, toastError } from '../../components/notice.tsx'
import { ProgressBar } from '../../components/progress.tsx'
import { progressText } from '../../components/progress-text.ts'
import { Part, Screen } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Field, Input, Select } from '../../components/ui/field.tsx'
import { dropReasons } from './draft-words.ts'

/** Lets a model write questions about passages of a library; what passes its checks waits for a review. */
export function WriteScreen({ set }: { set: QuestionSet }) {
  const choice = useChoice()
  const usual = usualWriter(choice.models)
  const [libraryId, setLibraryId] = useState<string | null>(null)
  const [writer, setWriter] = useState<string | null>(null)
  const [checker, setChecker] = useState<string | null>(null)
  const [wanted, setWanted] = useState('20')
  const [twoPassages, setTwoPassages] = useState('0.3')
  const library = libraryId ?? set.libraryId ?? choice.library?.id
  const writerPath = writer ?? usual?.writer.path
  const checkerPath = checker ?? (writer === null ? usual?.checker.path : writer)
  const usable = choice.models.filter(({ error }) => error === null)
  const hosts = hostsOf([writerPath, checkerPath].map((chosen) => usable.find(({ path }) => path === chosen)))
  const count = Number(wanted)
  const countIsRight = Number.isInteger(count) && count >= 1 && count <= 1000
  const start = useMutation({
    mutationFn: (input: DraftingInput) => client.drafts.start(input),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['questions'] }),
  })
  return (
    <Screen
      title="Write questions from my documents"
      intro="A model reads passages of the library and writes questions about them. Each is tried before you see it: it must need the library, and be answered right with it."
      back={{ href: `/questions/${set.id}`, label: set.name }}
    >
      <div className="divide-y divide-line border-y border-line">
        <Field label="Library" hint="Passages are drawn from all over it.">
          {(ids) => <LibrarySelect {...ids} libraries={choice.libraries} value={library} onChange={setLibraryId} />}
        </Field>
        <Field
          label="Writes"
          hint="The larger the better. A model that follows instructions is told what to write; one that can only take notes is asked for its notes."
        >
          {(ids) => (
            <ModelSelect
              {...ids}
              models={usable}
              value={writerPath}
              onChange={setWriter}
              unable={({ writes }) => (writes === null ? 'cannot write questions' : null)}
            />
          )}
        </Field>
        <Field label="Tries them" hint="Answers each question twice: from memory, which must fail, and by searching.">
          {(ids) => <ModelSelect {...ids} models={usable} value={checkerPath} onChange={setChecker} />}
        </Field>
        <Field label="How many" hint="Questions that pass. It gives up after ten times as many passages.">
          {(ids) => (
            <Input
              {...ids}
              inputMode="numeric"
              value={wanted}
              aria-invalid={!countIsRight}
              onChange={(event) => setWanted(event.target.value)}
            />
          )}
        </Field>
        <Field label="Over two passages" hint="Questions that can be answered only by finding both.">
          {(ids) => (
            <Select {...ids} value={twoPassages} onChange={(event) => setTwoPassages(event.target.value)}>
              <option value="0">None</option>
              <option value="0.3">Some (30 %)</option>
              <option value="0.6">Most (60 %)</option>
            </Select>
          )}
        </Field>
      </div>
      {choice.loaded && usual === null && (
        <Notice tone="warn" className="mt-4">
          No model here can write questions. Get one that follows instructions in{' '}
          <Link href="/models/get" className="underline">
            Models
          </Link>
          .
        </Notice>
      )}
      {hosts.length > 0 && (
        <Notice tone="warn" className="mt-4">
          {leavingToDraft(hosts, choice.libraries.find(({ id }) => id === library)?.name ?? 'the library')}
        </Notice>
      )}
      {start.error && <ErrorNotice error={start.error} className="mt-4" />}
      <Button
        tone="primary"
        className="mb-8 mt-5"
        disabled={!library || !writerPath || !countIsRight || start.isPending}
        onClick={() =>
          library &&
          writerPath &&
          start.mutate({
            setId: set.id,
            libraryId: library,
            writer: writerPath,
            ...(checkerPath ? { checker: checkerPath } : {}),
            count,
            twoPassages: Number(twoPassages),
          })
        }
      >
        <Play /> Start writing
      </Button>
      <Draftings set={set} />
    </Screen>
  )
}

function Draftings({ set }: { set: QuestionSet }) {
  const { data: draftings } = useQuery(queries.draftings(set.id))
  if (!draftings || draftings.length === 0) return null
  return (
    <Part title="What was written">
      {set.drafts > 0 && (
        <Button asChild className="mb-3">
          <Link href={`/questions/${set.id}/review`}>
            <ListChecks /> Review {plural(set.drafts, 'draft')}
          </Link>
        </Button>
      )}
      <ul className="space-y-2.5">
        {draftings.map((drafting) => (
          <DraftingCard key={drafting.id} drafting={drafting} />
        ))}
      </ul>
    </Part>
  )
}

function DraftingCard({ drafting }: { drafting: Drafting }) {
  const { data: jobs } = useQuery(queries.jobs())
  const job = jobs?.find(({ id }) => id === drafting.jobId)
  const { passed, count, tried, createdAt } = drafting
  const live = job !== undefined && !isFinal(job.state)
  const why = dropReasons(drafting)
  return (
    <li className="rounded-2xl border border-line bg-surface px-5 py-4 shadow-card">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-48 flex-1 font-medium">
          {passed} of {plural(count, 'question')} passed
          <span className="font-normal text-ink-3">
            {' '}
            · {plural(tried, 'passage')} tried · {dateTime(createdAt)}
          </span>
        </p>
        {job && <span className="text-[0.8125rem] text-ink-2">{jobStateNames[job.state]}</span>}
        {live && (
          <Button size="sm" onClick={() => stopJob(job)}>
            <Square className="size-3! fill-current" /> Stop
          </Button>
        )}
        {!live && passed < count && job?.state !== 'succeeded' && (
          <Button
            size="sm"
            onClick={() =>
              client.drafts
                .resume({ id: drafting.id })
                .then(() => queryClient.invalidateQueries({ queryKey: ['questions'] }))
                .catch(toastError)
            }
          >
            <Play /> Go on
          </Button>
        )}
      </div>
      {live && (
        <div className="mt-2.5">
          <ProgressBar progress={job.progress} label="Writing questions" />
          <p className="mt-1 text-xs tabular-nums text-ink-3">{job.progress && progressText(job.progress)}</p>
        </div>
      )}
      {why.length > 0 && <p className="mt-1.5 text-[0.8125rem] text-ink-2">Dropped: {why.join('; ')}.</p>}
      {job?.error && <ErrorNotice error={job.error} className="mt-2" />}
    </li>
  )
}
