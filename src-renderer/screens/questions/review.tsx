import { useQuery } from '@tanstack/react-query'
import { BookOpen, Check, CheckCheck, ChevronLeft, ChevronRight, CircleAlert, Pencil, Undo2, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { Draft, DraftReview, QuestionContent, QuestionSet } from '../../../src-main/contract/index.ts'
import { splitOf } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { announce } from '../../app/announce.tsx'
import { useKeys } from '../../app/keys.ts'
import { Empty } from '../../components/empty.tsx'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { sourceOf } from '../../components/pairs/evidence-card.tsx'
import { PairForm, splitWords } from '../../components/pairs/pair-form.tsx'
import { markedSentences } from '../../components/pairs/sentences.ts'
import { PassageText } from '../../components/passage-text.tsx'
import { Screen } from '../../components/screen.tsx'
import { useSources } from '../../components/sources/context.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Keys } from '../../components/ui/tip.tsx'
import { checkSentence } from './draft-words.ts'

/** The drafts that wait in a set, one after the other, to be taken or left by a key. */
export function ReviewScreen({ set }: { set: QuestionSet }) {
  const { data, error } = useQuery(queries.drafts(set.id, 'waiting'))
  const [decided, setDecided] = useState<readonly Draft[]>([])
  const [at, setAt] = useState(0)
  const [editing, setEditing] = useState(false)
  const waiting = (data?.drafts ?? []).filter(({ id }) => !decided.some((draft) => draft.id === id))
  const index = Math.min(at, Math.max(0, waiting.length - 1))
  const draft = waiting[index]

  const decide = async (decision: DraftReview['decision'], of: Draft, content?: QuestionContent) => {
    // What was decided leaves the queue at once; what the service refuses comes back.
    setDecided((old) => (decision === 'waiting' ? old.filter(({ id }) => id !== of.id) : [...old, of]))
    setEditing(false)
    try {
      await client.drafts.review({ id: of.id, decision, ...(content ? { content } : {}) })
      announce({ accept: 'Accepted.', reject: 'Rejected.', waiting: 'Taken back.' }[decision])
    } catch (thrown) {
      setDecided((old) => (decision === 'waiting' ? [...old, of] : old.filter(({ id }) => id !== of.id)))
      toastError(thrown)
    }
    await queryClient.invalidateQueries({ queryKey: ['questions'] })
  }
  const undo = () => {
    const last = decided.at(-1)
    if (last) void decide('waiting', last)
  }
  const go = (by: number) => setAt(Math.min(waiting.length - 1, Math.max(0, index + by)))
  const keys: Record<string, () => void> = {
    u: undo,
    'mod+z': undo,
    ...(draft
      ? {
          a: () => void decide('accept', draft),
          e: () => setEditing(true),
          r: () => void decide('reject', draft),
          delete: () => void decide('reject', draft),
          backspace: () => void decide('reject', draft),
          j: () => go(1),
          arrowdown: () => go(1),
          arrowright: () => go(1),
          k: () => go(-1),
          arrowup: () => go(-1),
          arrowleft: () => go(-1),
        }
      : {}),
  }
  useKeys(keys, !editing)
  return (
    <Screen
      title="Review drafts"
      intro={
        <>
          {draft ? `${index + 1} of ${waiting.length} that wait for “${set.name}”.` : `For “${set.name}”.`} Each was
          tried by a model before you see it.
        </>
      }
      back={{ href: `/questions/${set.id}`, label: set.name }}
      actions={
        <div className="flex gap-1.5">
          <Button size="icon" aria-label="Previous draft" disabled={index === 0} onClick={() => go(-1)}>
            <ChevronLeft />
          </Button>
          <Button size="icon" aria-label="Next draft" disabled={index >= waiting.length - 1} onClick={() => go(1)}>
            <ChevronRight />
          </Button>
        </div>
      }
    >
      {error && <ErrorNotice error={error} />}
      {data && !draft && (
        <Empty icon={CheckCheck} title="No draft is waiting">
          <Link href={`/questions/${set.id}/write`} className="underline">
            Write more from your documents
          </Link>
        </Empty>
      )}
      {draft && editing ? (
        <PairForm
          key={draft.id}
          initial={{ question: draft.question, answers: draft.answers, tags: [], evidence: draft.evidence }}
          libraryId={set.libraryId}
          action="Accept as changed"
          error={null}
          busy={false}
          onSubmit={(content) => void decide('accept', draft, content)}
          onCancel={() => setEditing(false)}
        />
      ) : (
        draft && <DraftView key={draft.id} draft={draft} />
      )}
      {!editing && (
        <div className="sticky bottom-0 mt-5 flex flex-wrap items-center gap-2 border-t border-line bg-canvas py-3">
          {draft && (
            <>
              <Button tone="primary" onClick={() => void decide('accept', draft)}>
                <Check /> Accept <Keys keys="A" className="opacity-80" />
              </Button>
              <Button onClick={() => setEditing(true)}>
                <Pencil /> Edit <Keys keys="E" className="opacity-70" />
              </Button>
              <Button onClick={() => void decide('reject', draft)}>
                <X /> Reject <Keys keys="R" className="opacity-70" />
              </Button>
            </>
          )}
          <Button tone="ghost" disabled={decided.length === 0} onClick={undo}>
            <Undo2 /> Undo <Keys keys="U" className="opacity-70" />
          </Button>
          <p className="w-full text-xs text-ink-3">J and K or the arrow keys go through them.</p>
        </div>
      )}
    </Screen>
  )
}

function DraftView({ draft }: { draft: Draft }) {
  const sources = useSources()
  const { question, answers, evidence, checks, writer, checker } = draft
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const refs = evidence.flatMap((one) => sourceOf(one) ?? [])
  return (
    <article aria-label={question} className="rounded-2xl border border-line bg-surface px-5 py-4 shadow-card">
      <h2 ref={heading} tabIndex={-1} className="text-balance text-lg font-semibold leading-snug wrap-anywhere">
        {question}
      </h2>
      <p className="mt-1.5 text-base wrap-anywhere">{answers.join(' · ')}</p>
      <p className="mt-1 text-xs text-ink-3">
        Written by {writer}, tried by {checker}. It would be used {splitWords[splitOf(question)]}.
      </p>
      <h3 className="mb-2 mt-4 text-[0.8125rem] font-semibold">
        {evidence.length > 1 ? 'The passages it needs, in order' : 'Its passage'}
      </h3>
      <ol className="space-y-2">
        {evidence.map(({ title, text, place, marks = [] }, i) => (
          <li key={place?.id ?? title} className="rounded-xl border border-line px-3.5 py-2.5">
            <div className="flex items-center gap-2">
              <p className="min-w-0 flex-1 truncate text-[0.8125rem] font-semibold">{title}</p>
              {refs[i] && (
                <Button tone="ghost" size="sm" onClick={() => sources.open(refs, i)}>
                  <BookOpen /> Open
                </Button>
              )}
            </div>
            <p className="max-h-60 overflow-y-auto whitespace-pre-wrap wrap-anywhere text-[0.8125rem] leading-relaxed text-ink-2">
              <PassageText
                text={text}
                path={place?.path ?? ''}
                marks={markedSentences(text, marks).map((span) => ({ ...span, kind: 'evidence' as const }))}
              />
            </p>
          </li>
        ))}
      </ol>
      <h3 className="mb-1.5 mt-4 text-[0.8125rem] font-semibold">How it was tried</h3>
      <ul className="space-y-1 text-[0.8125rem] text-ink-2">
        {checks.map((check) => (
          <li key={check.kind} className="flex gap-2">
            {check.passed ? (
              <Check className="mt-0.5 size-4 shrink-0 text-good" aria-label="Passed:" />
            ) : (
              <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-label="Failed:" />
            )}
            <span className="wrap-anywhere">{checkSentence(check)}</span>
          </li>
        ))}
      </ul>
    </article>
  )
}
