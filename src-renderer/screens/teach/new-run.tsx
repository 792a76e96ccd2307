import { useMutation, useQuery } from '@tanstack/react-query'
import { FilePlus2 } from 'lucide-react'
import { useState } from 'react'
import type { Model, RunInput, TrainingMethod } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'
import { Disclosure } from '../../components/disclosure.tsx'
import { dateTime } from '../../components/format.ts'
import { ImportReport, questionFiles } from '../../components/import-report.tsx'
import { LibrarySelect } from '../../components/library-select.tsx'
import { ModelSelect } from '../../components/model-select.tsx'
import { ErrorNotice } from '../../components/notice.tsx'
import { Screen } from '../../components/screen.tsx'
import { taughtFrom } from '../../components/seats.ts'
import { Button } from '../../components/ui/button.tsx'
import { Field, Select } from '../../components/ui/field.tsx'
import { usePick } from '../../components/use-pick.tsx'
import { useStart } from '../../components/use-start.ts'
import { BaselinePart } from './baseline.tsx'
import { type Effort, efforts, methods, needsTeacher } from './methods.ts'
import { PreflightReport } from './preflight.tsx'

/** Who teaches: the largest model, or of equals the one that answers in Ask. Who is taught: the smallest of the others. */
function pairOf(
  models: readonly Model[],
  inUse: Model | null,
): { student: Model | undefined; teacher: Model | undefined } {
  const usable = models
    .filter(({ error, remote }) => error === null && remote === null)
    .toSorted((a, b) => a.parameters - b.parameters || Number(a.id === inUse?.id) - Number(b.id === inUse?.id))
  return { student: usable[0], teacher: usable.length > 1 ? usable.at(-1) : undefined }
}

/** What to teach whom with what, and what that would need; then it starts. */
export function NewRun() {
  const choice = useChoice()
  const { pick, dialog } = usePick()
  const pair = pairOf(choice.models, choice.model)
  const [student, setStudent] = useState<string | null>(null)
  const [teacher, setTeacher] = useState<string | null>(null)
  const [libraryId, setLibraryId] = useState<string | null>(null)
  const [setId, setSetId] = useState<string | null>(null)
  const { data: sets = [] } = useQuery(queries.questionSets())
  const { data: runs = [] } = useQuery(queries.runs())
  const [parent, setParent] = useState('')
  const [method, setMethod] = useState<TrainingMethod>('dgpo')
  const [effort, setEffort] = useState<Effort>('quick')
  const [advanced, setAdvanced] = useState(false)

  const studentPath = student ?? pair.student?.path
  const teacherPath = needsTeacher(method) ? (teacher ?? pair.teacher?.path) : undefined
  const library = libraryId ?? choice.library?.id
  const questions = sets.find(({ id }) => id === setId) ?? sets.find((set) => set.libraryId === library) ?? sets[0]
  const offersSample =
    sets.every(({ libraryId }) => libraryId !== library) &&
    choice.libraries.some(({ id, sample }) => sample && id === library)
  const earlier = taughtFrom(runs, studentPath)
  const start = earlier.find(({ runId }) => runId === parent)
  const bring = useMutation({
    mutationFn: async (from: { path: string } | 'sample') =>
      from === 'sample'
        ? (await client.evaluations.addBenchmark({ kind: 'sample' })).import
        : client.questions.import({ ...from, ...(library ? { libraryId: library } : {}) }),
    onSuccess: ({ set }) => {
      void queryClient.invalidateQueries({ queryKey: ['questions'] })
      setSetId(set.id)
    },
  })
  const input: RunInput | null =
    studentPath && library && questions && (teacherPath || !needsTeacher(method))
      ? {
          student: start?.model ?? studentPath,
          libraryId: library,
          questionSetId: questions.id,
          config: { method, ...efforts[effort].config },
          ...(teacherPath ? { teacher: teacherPath } : {}),
          ...(start?.adapter ? { adapter: start.adapter } : {}),
        }
      : null
  const preflight = useQuery({ ...queries.preflight(input), enabled: input !== null })
  const starting = useStart(client.runs.start, 'runs', ({ id }) => `/teach/${id}`)
  const options = choice.models.filter(({ error }) => error === null)
  return (
    <Screen
      title="New training"
      intro="Choose who learns from whom, and from which questions. Nothing starts before you have seen what it needs."
      back={{ href: '/teach', label: 'All trainings' }}
    >
      <div className="divide-y divide-line border-y border-line">
        <Field
          label="Student"
          hint="The small model that learns. Its file stays as it is; what it learns is kept beside it."
        >
          {(ids) => (
            <ModelSelect
              {...ids}
              models={options.filter(({ remote }) => remote === null)}
              value={studentPath}
              onChange={setStudent}
            />
          )}
        </Field>
        {earlier.length > 0 && (
          <Field label="Begins with" hint="It can go on from what an earlier training taught it.">
            {(ids) => (
              <Select {...ids} value={start?.runId ?? ''} onChange={(event) => setParent(event.target.value)}>
                <option value="">The model as it is</option>
                {earlier.map(({ runId, name, createdAt }) => (
                  <option key={runId} value={runId}>
                    {name}, {dateTime(createdAt)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {needsTeacher(method) && (
          <Field label="Teacher" hint="A larger model with the same vocabulary (tokenizer) that already searches well.">
            {(ids) => <ModelSelect {...ids} models={options} value={teacherPath} onChange={setTeacher} />}
          </Field>
        )}
        <Field label="Library" hint="Where the answers are. The student searches it as it does in Ask.">
          {(ids) => <LibrarySelect {...ids} libraries={choice.libraries} value={library} onChange={setLibraryId} />}
        </Field>
        <Field
          label="Questions"
          hint="With their answers. A part is never learned from: it is kept to watch progress and to test with."
        >
          {(ids) => (
            <Select {...ids} value={questions?.id ?? ''} onChange={(event) => setSetId(event.target.value)}>
              {sets.length === 0 && <option value="">None yet</option>}
              {sets.map((set) => (
                <option key={set.id} value={set.id}>
                  {set.name} ({set.questions})
                </option>
              ))}
            </Select>
          )}
        </Field>
        <div className="flex flex-wrap items-center gap-3 py-3.5">
          <Button
            size="sm"
            disabled={bring.isPending}
            onClick={() =>
              pick({
                title: 'Bring questions',
                pick: { kind: 'files', extensions: questionFiles },
                action: 'Choose',
                onPick: ([path]) => path && bring.mutate({ path }),
              })
            }
          >
            <FilePlus2 /> Bring questions from a file
          </Button>
          <p className="text-[0.8125rem] text-ink-3">JSON lines, CSV, SQuAD, HotpotQA or Parquet</p>
          {offersSample && (
            <Button size="sm" disabled={bring.isPending} onClick={() => bring.mutate('sample')}>
              Use the questions about the sample library
            </Button>
          )}
          {bring.error && <ErrorNotice error={bring.error} className="w-full" />}
          {bring.data && <ImportReport report={bring.data} />}
        </div>
        <Field label="Effort" hint={efforts[effort].hint}>
          {(ids) => (
            <Select {...ids} value={effort} onChange={(event) => setEffort(event.target.value as Effort)}>
              {(Object.keys(efforts) as Effort[]).map((name) => (
                <option key={name} value={name}>
                  {efforts[name].label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <div className="my-4">
        <Disclosure open={advanced} onToggle={() => setAdvanced((old) => !old)} summary="Advanced: the method">
          <Field label="Method" hint={methods[method].hint}>
            {(ids) => (
              <Select {...ids} value={method} onChange={(event) => setMethod(event.target.value as TrainingMethod)}>
                {(Object.keys(methods) as TrainingMethod[]).map((name) => (
                  <option key={name} value={name}>
                    {methods[name].label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </Disclosure>
      </div>
      {preflight.error && <ErrorNotice error={preflight.error} />}
      {input && preflight.isFetching && <p className="text-ink-2">Looking at questions, models and memory…</p>}
      {input && preflight.data && !preflight.isFetching && (
        <div className="space-y-3">
          <PreflightReport preflight={preflight.data} />
          {preflight.data.refusals.length === 0 && <BaselinePart input={input} />}
        </div>
      )}
      {starting.error && <ErrorNotice error={starting.error} className="mt-4" />}
      <div className="mt-5 flex items-center gap-3">
        <Button
          tone="primary"
          disabled={!input || starting.isPending || !preflight.data || preflight.data.refusals.length > 0}
          onClick={() => input && starting.mutate(input)}
        >
          Start teaching
        </Button>
        {!questions && <p className="text-[0.8125rem] text-ink-3">Bring some questions first.</p>}
      </div>
      {dialog}
    </Screen>
  )
}
