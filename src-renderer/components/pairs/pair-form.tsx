import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { type PassageHit, type QuestionContent, splitOf } from '../../../src-main/contract/index.ts'
import { ErrorNotice } from '../notice.tsx'
import { Button } from '../ui/button.tsx'
import { Input, TextArea } from '../ui/field.tsx'
import { Keys } from '../ui/tip.tsx'
import { EvidenceCard } from './evidence-card.tsx'
import { EvidenceSearch, FoundPassages, withPassage } from './evidence-search.tsx'

/** What each split is for, in plain words. */
export const splitWords = {
  train: 'to learn from',
  validation: 'to watch progress by',
  test: 'to test with at the end',
} as const

const lines = (text: string): string[] => [...new Set(text.split('\n').map((line) => line.trim()))].filter(Boolean)
const listed = (text: string): string[] => [...new Set(text.split(',').map((tag) => tag.trim()))].filter(Boolean)

/** A question with its answers, tags and evidence, to be written or changed. */
export function PairForm({
  initial,
  libraryId,
  found,
  action,
  error,
  busy,
  children,
  onSubmit,
  onCancel,
}: {
  initial: QuestionContent
  /** Where evidence is looked for; null: it cannot be. */
  libraryId: string | null
  /** Passages that are offered as evidence before anything is searched. */
  found?: readonly PassageHit[]
  /** Words of the button that keeps it. */
  action: string
  error: unknown
  busy: boolean
  /** More fields, above the buttons. */
  children?: ReactNode
  onSubmit: (content: QuestionContent) => void
  onCancel: () => void
}) {
  const ids = useId()
  const [question, setQuestion] = useState(initial.question)
  const [answers, setAnswers] = useState(initial.answers.join('\n'))
  const [tags, setTags] = useState(initial.tags.join(', '))
  const [evidence, setEvidence] = useState(initial.evidence)
  const ready = question.trim() !== '' && lines(answers).length > 0
  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    // The button stays alive meanwhile, so that the focus stays in the form.
    if (ready && !busy) onSubmit({ question: question.trim(), answers: lines(answers), tags: listed(tags), evidence })
  }
  const label = 'mb-1 block text-[0.8125rem] font-medium'
  const hint = 'mt-1 text-xs text-ink-3'
  return (
    <form
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.nativeEvent.isComposing) {
          event.preventDefault()
          onCancel()
        }
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault()
          submit()
        }
      }}
      className="space-y-4"
    >
      <div>
        <label htmlFor={`${ids}-question`} className={label}>
          Question
        </label>
        <TextArea
          id={`${ids}-question`}
          autoFocus
          rows={2}
          className="w-full font-sans text-sm"
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
        />
        <p className={hint}>
          {question.trim() === ''
            ? 'Whether it is learned from or kept for tests follows from its words.'
            : `Used ${splitWords[splitOf(question)]}: that follows from its words and never changes.`}
        </p>
      </div>
      <div>
        <label htmlFor={`${ids}-answers`} className={label}>
          Right answers
        </label>
        <TextArea
          id={`${ids}-answers`}
          rows={2}
          className="w-full font-sans text-sm"
          aria-describedby={`${ids}-answers-hint`}
          value={answers}
          onChange={(event) => setAnswers(event.target.value)}
        />
        <p id={`${ids}-answers-hint`} className={hint}>
          As short as can be, one a line: each is right by itself (“1789”, “in 1789”).
        </p>
      </div>
      <div>
        <label htmlFor={`${ids}-tags`} className={label}>
          Tags
        </label>
        <Input
          id={`${ids}-tags`}
          className="w-full"
          placeholder="Separated by commas"
          value={tags}
          onChange={(event) => setTags(event.target.value)}
        />
      </div>
      <fieldset className="min-w-0">
        <legend className={label}>Evidence</legend>
        <p className="mb-2 text-xs text-ink-3">
          The passages in which the answer stands. Click a sentence to mark it as the telling one.
        </p>
        {evidence.length > 0 && (
          <ul className="mb-3 space-y-2">
            {evidence.map((one, i) => (
              <EvidenceCard
                key={one.place?.id ?? one.text}
                evidence={one}
                onMarks={(marks) => setEvidence(evidence.map((old, j) => (j === i ? { ...old, marks } : old)))}
                onRemove={() => setEvidence(evidence.filter((_, j) => j !== i))}
              />
            ))}
          </ul>
        )}
        {found && found.length > 0 && (
          <details className="mb-3">
            <summary className="min-h-6 text-[0.8125rem] text-ink-2">What the model found ({found.length})</summary>
            <FoundPassages
              hits={found}
              chosen={evidence}
              onToggle={(passage) => setEvidence(withPassage(evidence, passage))}
            />
          </details>
        )}
        {libraryId ? (
          <EvidenceSearch
            libraryId={libraryId}
            suggestion={[question, lines(answers)[0] ?? ''].join(' ')}
            chosen={evidence}
            onToggle={(passage) => setEvidence(withPassage(evidence, passage))}
          />
        ) : (
          <p className="text-[0.8125rem] text-ink-2">Choose the library that the set is about to look for evidence.</p>
        )}
      </fieldset>
      {children}
      {error !== null && error !== undefined && <ErrorNotice error={error} />}
      <div className="flex flex-wrap items-center gap-2">
        <Button tone="primary" type="submit" disabled={!ready}>
          {action} <Keys keys="Mod+Enter" className="opacity-80" />
        </Button>
        <Button onClick={onCancel}>
          Cancel <Keys keys="Esc" className="opacity-70" />
        </Button>
      </div>
    </form>
  )
}
