import { type FormEvent, useState } from 'react'
import { client } from '../../api/client.ts'
import { useChoice } from '../../components/choice.ts'
import { Contestants } from '../../components/contestants.tsx'
import { LibrarySelect } from '../../components/library-select.tsx'
import { ErrorNotice } from '../../components/notice.tsx'
import { Screen } from '../../components/screen.tsx'
import { firstSeats, labelled, type Seat } from '../../components/seats.ts'
import { Button } from '../../components/ui/button.tsx'
import { Input, StackedField } from '../../components/ui/field.tsx'
import { useStart } from '../../components/use-start.ts'

const MOST = 4

/** The question, the library, and who takes part. */
export function NewComparison() {
  const choice = useChoice()
  const models = choice.models.filter(({ error }) => error === null)
  const [question, setQuestion] = useState('')
  const [answer, setAnswer] = useState('')
  const [libraryId, setLibraryId] = useState<string | null>(null)
  const [chosen, setChosen] = useState<readonly Seat[] | null>(null)
  const [blind, setBlind] = useState(false)
  const seats = chosen ?? firstSeats(models, choice.model)
  const library = libraryId ?? choice.library?.id
  const start = useStart(client.comparisons.start, 'comparisons', ({ id }) => `/compare/${id}`)
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
      back={{ href: '/compare', label: 'All comparisons' }}
    >
      <form onSubmit={submit} className="space-y-5">
        <StackedField label="Question">
          {(id) => (
            <Input
              id={id}
              className="w-full"
              value={question}
              onChange={(event) => setQuestion(event.target.value)}
              placeholder="Ask something that the library can answer"
            />
          )}
        </StackedField>
        <div className="grid gap-5 sm:grid-cols-2">
          <StackedField label="Right answer" aside="if you know it">
            {(id) => (
              <Input
                id={id}
                className="w-full"
                value={answer}
                onChange={(event) => setAnswer(event.target.value)}
                placeholder="Several ways to say it: separate by |"
              />
            )}
          </StackedField>
          <StackedField label="Library">
            {(id) => (
              <LibrarySelect
                id={id}
                wrapperClassName="w-full"
                libraries={choice.libraries}
                value={library}
                onChange={setLibraryId}
              />
            )}
          </StackedField>
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
