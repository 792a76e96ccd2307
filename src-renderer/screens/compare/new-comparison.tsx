import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { ComparisonInput } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'
import { Contestants } from '../../components/contestants.tsx'
import { ErrorNotice } from '../../components/notice.tsx'
import { Screen } from '../../components/screen.tsx'
import { firstSeats, labelled, type Seat } from '../../components/seats.ts'
import { Button } from '../../components/ui/button.tsx'
import { Input, Select } from '../../components/ui/field.tsx'

const MOST = 4

/** The question, the library, and who takes part. */
export function NewComparison() {
  const choice = useChoice()
  const [, navigate] = useLocation()
  const ids = useId()
  const models = choice.models.filter(({ error }) => error === null)
  const [question, setQuestion] = useState('')
  const [answer, setAnswer] = useState('')
  const [libraryId, setLibraryId] = useState<string | null>(null)
  const [chosen, setChosen] = useState<readonly Seat[] | null>(null)
  const [blind, setBlind] = useState(false)
  const seats = chosen ?? firstSeats(models, choice.model)
  const library = libraryId ?? choice.library?.id
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
        <Contestants legend="Who takes part" models={models} seats={seats} onChange={setChosen} least={2} most={MOST} />
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={blind}
            onChange={(event) => setBlind(event.target.checked)}
          />
          Blind: hide who is who until I have voted
        </label>
        {start.error && <ErrorNotice error={start.error} />}
        <Button tone="primary" type="submit" disabled={!ready || start.isPending}>
          Compare
        </Button>
      </form>
    </Screen>
  )
}
