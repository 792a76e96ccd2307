import { useMutation } from '@tanstack/react-query'
import { FilePlus2, Plus, Trash2 } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { ComparisonInput, Model } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'
import { baseName } from '../../components/format.ts'
import { ErrorNotice, Notice } from '../../components/notice.tsx'
import { hostsOf, leaving, modelSize } from '../../components/remote.ts'
import { Screen } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Input, Select } from '../../components/ui/field.tsx'
import { usePick } from '../../components/use-pick.tsx'
import { labelled, type Seat } from './seats.ts'

const MOST = 4

/** The question, the library, and who takes part. */
export function NewComparison() {
  const choice = useChoice()
  const [, navigate] = useLocation()
  const { pick, dialog } = usePick()
  const ids = useId()
  const models = choice.models.filter(({ error }) => error === null)
  const [question, setQuestion] = useState('')
  const [answer, setAnswer] = useState('')
  const [libraryId, setLibraryId] = useState<string | null>(null)
  const [chosen, setChosen] = useState<readonly Seat[] | null>(null)
  const [blind, setBlind] = useState(false)
  const seats = chosen ?? firstSeats(models)
  const hosts = hostsOf(seats.map((seat) => models.find(({ path }) => path === seat.model)))
  const library = libraryId ?? choice.library?.id
  const change = (at: number, seat: Partial<Seat>) =>
    setChosen(seats.map((old, i) => (i === at ? { ...old, ...seat } : old)))
  const start = useMutation({
    mutationFn: (input: ComparisonInput) => client.comparisons.start(input),
    onSuccess: (comparison) => {
      void queryClient.invalidateQueries({ queryKey: ['comparisons'] })
      navigate(`/compare/${comparison.id}`)
    },
  })
  const ready = question.trim() !== '' && library !== undefined && seats.length >= 2
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ready) return
    start.mutate({
      question,
      answers:
        answer.trim() === ''
          ? []
          : answer
              .split('|')
              .map((one) => one.trim())
              .filter(Boolean),
      libraryId: library,
      contestants: labelled(seats, models),
      blind,
    })
  }
  return (
    <Screen
      title="New comparison"
      intro="On this computer the models answer one after the other; those with the same weights follow each other."
      back={
        <Link href="/compare" className="text-[0.8125rem] text-ink-2 hover:text-ink hover:underline">
          All comparisons
        </Link>
      }
    >
      <form onSubmit={submit} className="space-y-5">
        <div>
          <label htmlFor={`${ids}q`} className="mb-1 block font-medium">
            Question
          </label>
          <Input
            id={`${ids}q`}
            className="w-full"
            value={question}
            onChange={(event) => setQuestion(event.target.value)}
            placeholder="Ask something that the library can answer"
          />
        </div>
        <div className="grid gap-5 sm:grid-cols-2">
          <div>
            <label htmlFor={`${ids}a`} className="mb-1 block font-medium">
              Right answer <span className="font-normal text-ink-3">(if you know it)</span>
            </label>
            <Input
              id={`${ids}a`}
              className="w-full"
              value={answer}
              onChange={(event) => setAnswer(event.target.value)}
              placeholder="Several ways to say it: separate by |"
            />
          </div>
          <div>
            <label htmlFor={`${ids}l`} className="mb-1 block font-medium">
              Library
            </label>
            <Select
              id={`${ids}l`}
              wrapperClassName="w-full"
              value={library ?? ''}
              onChange={(event) => setLibraryId(event.target.value)}
            >
              {choice.libraries.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          </div>
        </div>
        <fieldset>
          <legend className="mb-1.5 font-medium">Who takes part</legend>
          <ul className="divide-y divide-line rounded-2xl border border-line bg-surface">
            {seats.map((seat, i) => (
              <li key={seat.key} className="flex flex-wrap items-center gap-2.5 px-4 py-2.5">
                <Select
                  aria-label={`Model ${i + 1}`}
                  wrapperClassName="min-w-52 flex-1"
                  value={seat.model}
                  onChange={(event) => change(i, { model: event.target.value, adapter: null })}
                >
                  {models.map((model) => (
                    <option key={model.id} value={model.path}>
                      {model.name} ({modelSize(model)})
                    </option>
                  ))}
                </Select>
                <Button
                  size="sm"
                  onClick={() =>
                    pick({
                      title: 'Choose what it learned',
                      pick: { kind: 'files', extensions: ['.gguf'] },
                      action: 'Choose',
                      onPick: ([path]) => path && change(i, { adapter: path }),
                    })
                  }
                >
                  <FilePlus2 /> {seat.adapter ? baseName(seat.adapter) : 'With an adapter…'}
                </Button>
                {seat.adapter && (
                  <Button size="sm" tone="ghost" onClick={() => change(i, { adapter: null })}>
                    Without
                  </Button>
                )}
                <Button
                  tone="ghost"
                  size="icon-sm"
                  aria-label={`Remove model ${i + 1}`}
                  disabled={seats.length <= 2}
                  onClick={() => setChosen(seats.filter((_, at) => at !== i))}
                >
                  <Trash2 />
                </Button>
              </li>
            ))}
          </ul>
          {seats.length < MOST && models[0] && (
            <Button size="sm" className="mt-2.5" onClick={() => setChosen([...seats, seatOf(models[0] as Model)])}>
              <Plus /> Another one
            </Button>
          )}
        </fieldset>
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={blind}
            onChange={(event) => setBlind(event.target.checked)}
          />
          Blind: hide who is who until I have voted
        </label>
        {hosts.length > 0 && <Notice>{leaving(hosts)}</Notice>}
        {start.error && <ErrorNotice error={start.error} />}
        <Button tone="primary" type="submit" disabled={!ready || start.isPending}>
          Compare
        </Button>
      </form>
      {dialog}
    </Screen>
  )
}

const seatOf = (model: Model): Seat => ({ key: crypto.randomUUID(), model: model.path, adapter: null })

/** The smallest and the largest model, to begin with. */
function firstSeats(models: readonly Model[]): readonly Seat[] {
  const sorted = models.filter(({ remote }) => remote === null).toSorted((a, b) => a.parameters - b.parameters)
  const pair = sorted.length > 1 ? [sorted[0], sorted.at(-1)] : [sorted[0], sorted[0]]
  return pair.flatMap((model, i) => (model ? [{ key: `first-${i}`, model: model.path, adapter: null }] : []))
}
