import { BookOpen, X } from 'lucide-react'
import type { QuestionEvidence, Span } from '../../../src-main/contract/index.ts'
import { cn } from '../cn.ts'
import { type SourceRef, useSources } from '../sources/context.tsx'
import { Button } from '../ui/button.tsx'
import { isMarked, markedSentences, readableSentences, toggled } from './sentences.ts'

/** A piece of evidence as a source that can be opened, its telling sentences marked; null: it is of no library. */
export function sourceOf({ title, text, place, marks = [] }: QuestionEvidence): SourceRef | null {
  return place ? { passage: { ...place, title, text }, number: null, evidence: markedSentences(text, marks) } : null
}

/** A piece of evidence: its sentences, each of which can be marked as the telling one. */
export function EvidenceCard({
  evidence,
  onMarks,
  onRemove,
}: {
  evidence: QuestionEvidence
  onMarks: (marks: Span[]) => void
  onRemove: () => void
}) {
  const sources = useSources()
  const { title, text, place, marks = [] } = evidence
  const source = sourceOf(evidence)
  return (
    <li className="rounded-xl border border-line bg-surface px-3.5 py-2.5">
      <div className="flex items-center gap-2">
        <p className="min-w-0 flex-1 truncate text-[0.8125rem] font-semibold">{title}</p>
        {source && (
          <Button tone="ghost" size="sm" onClick={() => sources.open([source], 0)}>
            <BookOpen /> Open
          </Button>
        )}
        <Button tone="ghost" size="icon-sm" aria-label={`Remove ${title} from the evidence`} onClick={onRemove}>
          <X />
        </Button>
      </div>
      {place && <p className="truncate text-xs text-ink-3">{place.path}</p>}
      <p className="mt-1.5 max-h-48 overflow-y-auto whitespace-pre-wrap wrap-anywhere text-[0.8125rem] leading-relaxed text-ink-2">
        {readableSentences(text, place?.path ?? '').map((sentence) => {
          if (sentence.text.trim() === '') return sentence.text
          const on = isMarked(sentence, marks)
          const toggle = () => {
            const next = toggled(text, sentence, marks)
            onMarks(next)
            if (place) sources.mark(place.id, markedSentences(text, next))
          }
          return (
            // biome-ignore lint/a11y/useSemanticElements: a button is a box of its own, which would break the lines of the text
            <span
              key={sentence.start}
              role="button"
              tabIndex={0}
              aria-pressed={on}
              title={on ? 'Marked as the telling sentence' : 'Mark this sentence'}
              onClick={toggle}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' && event.key !== ' ') return
                if (event.ctrlKey || event.metaKey) return
                event.preventDefault()
                toggle()
              }}
              className={cn('cursor-pointer rounded-sm', on ? 'bg-mark-strong text-ink' : 'hover:bg-hover')}
            >
              {sentence.text}
            </span>
          )
        })}
      </p>
    </li>
  )
}
