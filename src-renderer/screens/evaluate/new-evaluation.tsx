import { useQuery } from '@tanstack/react-query'
import { FilePlus2 } from 'lucide-react'
import { type FormEvent, useDeferredValue, useState } from 'react'
import type { EvaluationInput, Split } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'
import { Contestants } from '../../components/contestants.tsx'
import { count, plural } from '../../components/format.ts'
import { LibrarySelect } from '../../components/library-select.tsx'
import { ErrorNotice, Notice } from '../../components/notice.tsx'
import { Screen } from '../../components/screen.tsx'
import { firstSeats, labelled, type Seat } from '../../components/seats.ts'
import { Button } from '../../components/ui/button.tsx'
import { Input, Select, StackedField } from '../../components/ui/field.tsx'
import { useStart } from '../../components/use-start.ts'
import { AddBenchmark } from './add-benchmark.tsx'

const MOST_METHODS = 8

/** Which questions, which methods, where to search; then it starts. */
export function NewEvaluation({ comparing }: { comparing: boolean }) {
  const choice = useChoice()
  const models = choice.models.filter(({ error }) => error === null)
  const { data: sets } = useQuery(queries.questionSets())
  const [picked, setPicked] = useState<readonly string[] | null>(null)
  const [split, setSplit] = useState<Split | 'all'>('all')
  const [limit, setLimit] = useState('60')
  const [libraryId, setLibraryId] = useState('')
  const [seats, setSeats] = useState<readonly Seat[] | null>(null)
  const [arcap, setArcap] = useState(false)
  const [blind, setBlind] = useState(comparing)
  const [adding, setAdding] = useState(false)

  const chosenSets = picked ?? (sets ?? []).slice(0, 1).map(({ id }) => id)
  const contestants = seats ?? firstSeats(models, choice.model)
  const some = /^\d+$/.test(limit.trim()) && Number(limit) > 0 ? Number(limit) : null
  const lacking = (sets ?? []).filter(({ id, libraryId: own }) => chosenSets.includes(id) && own === null)
  const input: EvaluationInput | null =
    chosenSets.length > 0 && contestants.length > 0 && (libraryId !== '' || lacking.length === 0)
      ? {
          methods: labelled(contestants, models),
          sets: chosenSets.map((setId) => ({
            setId,
            ...(libraryId === '' ? {} : { libraryId }),
            ...(split === 'all' ? {} : { split }),
            ...(some === null ? {} : { limit: some }),
          })),
          arcap,
          blind: blind && contestants.length > 1,
        }
      : null
  const plan = useQuery({ ...queries.evaluationPlan(useDeferredValue(input)), enabled: input !== null })
  const start = useStart(client.evaluations.start, 'evaluations', ({ id }) => `/evaluate/${id}`)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (input) start.mutate(input)
  }
  const problem = start.error ?? (input === null ? null : plan.error)
  return (
    <Screen
      title={comparing ? 'Compare over a set' : 'New evaluation'}
      intro="Every question is asked of every method, as in Ask. What was answered before with the same model, adapter, library and settings is not asked again."
      back={{ href: '/evaluate', label: 'All evaluations' }}
    >
      <form onSubmit={submit} className="space-y-6">
        <fieldset>
          <legend className="mb-1.5 font-medium">Questions</legend>
          {sets && sets.length > 0 && (
            <ul className="divide-y divide-line rounded-2xl border border-line bg-surface">
              {sets.map((set) => (
                <li key={set.id}>
                  <label className="flex items-center gap-3 px-4 py-2.5">
                    <input
                      type="checkbox"
                      className="size-4 shrink-0 accent-accent"
                      checked={chosenSets.includes(set.id)}
                      onChange={({ target }) =>
                        setPicked(
                          target.checked ? [...chosenSets, set.id] : chosenSets.filter((other) => other !== set.id),
                        )
                      }
                    />
                    <span className="min-w-0 flex-1 truncate">{set.name}</span>
                    <span className="text-[0.8125rem] tabular-nums text-ink-3">
                      {plural(split === 'all' ? set.questions : set.splits[split], 'question')}
                    </span>
                  </label>
                </li>
              ))}
            </ul>
          )}
          {sets?.length === 0 && <p className="text-ink-2">There are no questions yet.</p>}
          <Button size="sm" className="mt-2.5" onClick={() => setAdding(true)}>
            <FilePlus2 /> Add questions…
          </Button>
        </fieldset>
        <div className="grid gap-5 sm:grid-cols-3">
          <StackedField label="Which of them">
            {(id) => (
              <Select
                id={id}
                wrapperClassName="w-full"
                value={split}
                onChange={({ target }) => setSplit(target.value as Split | 'all')}
              >
                <option value="all">All</option>
                <option value="test">For testing (never trained on)</option>
                <option value="validation">For validation</option>
                <option value="train">For training</option>
              </Select>
            )}
          </StackedField>
          <StackedField label="At most per set">
            {(id) => (
              <Input
                id={id}
                className="w-full"
                inputMode="numeric"
                placeholder="All"
                value={limit}
                onChange={({ target }) => setLimit(target.value)}
              />
            )}
          </StackedField>
          <StackedField label="Search in">
            {(id) => (
              <LibrarySelect
                id={id}
                wrapperClassName="w-full"
                libraries={choice.libraries}
                value={libraryId}
                onChange={setLibraryId}
                none="The library of each set"
              />
            )}
          </StackedField>
        </div>
        <Contestants
          legend="Methods"
          models={models}
          seats={contestants}
          onChange={setSeats}
          least={comparing ? 2 : 1}
          most={MOST_METHODS}
        />
        <div className="space-y-2">
          <label className="flex items-start gap-2">
            <input
              type="checkbox"
              className="mt-0.5 size-4 shrink-0 accent-accent"
              checked={arcap}
              disabled={plan.data?.withPassages === 0 && !arcap}
              onChange={({ target }) => setArcap(target.checked)}
            />
            <span>
              Also give each the passages that answer the question
              <span className="block text-[0.8125rem] text-ink-2">
                Tells apart whether a model searches badly or reads badly.{' '}
                {plan.data?.withPassages === 0
                  ? 'None of these questions names the passages that answer it.'
                  : `Two more answers per question${plan.data ? `, for the ${count(plan.data.withPassages)} that name their passages` : ''}.`}
              </span>
            </span>
          </label>
          {contestants.length > 1 && (
            <label className="flex items-start gap-2">
              <input
                type="checkbox"
                className="mt-0.5 size-4 shrink-0 accent-accent"
                checked={blind}
                onChange={({ target }) => setBlind(target.checked)}
              />
              <span>
                Blind: hide who is who, so that I can vote
                <span className="block text-[0.8125rem] text-ink-2">Votes are counted when you lift it.</span>
              </span>
            </label>
          )}
        </div>
        {lacking.length > 0 && libraryId === '' && (
          <Notice>
            Choose a library above: it is not known where the answers to “{lacking[0]?.name}” are to be found.
          </Notice>
        )}
        {problem && <ErrorNotice error={problem} />}
        <div className="flex items-center gap-4">
          <Button tone="primary" type="submit" disabled={input === null || start.isPending}>
            {comparing ? 'Compare' : 'Start'}
          </Button>
          {plan.data && input && (
            <p className="text-[0.8125rem] tabular-nums text-ink-2" role="status">
              {plural(plan.data.questions, 'question')}, {plural(plan.data.answers, 'answer')}
              {plan.data.known > 0 && `, ${count(plan.data.known)} of them known already`}
            </p>
          )}
        </div>
      </form>
      <AddBenchmark
        open={adding}
        onOpenChange={setAdding}
        onAdded={(setId) => setPicked([...chosenSets.filter((id) => id !== setId), setId])}
      />
    </Screen>
  )
}
