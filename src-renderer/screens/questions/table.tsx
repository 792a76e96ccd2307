import { SearchX, TriangleAlert } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { Question, QuestionFilter, QuestionSet } from '../../../src-main/contract/index.ts'
import { queries } from '../../api/queries.ts'
import { cn } from '../../components/cn.ts'
import { Empty } from '../../components/empty.tsx'
import { plural } from '../../components/format.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { PagedBody, usePagedRows } from '../../components/paged-rows.tsx'
import { splitWords } from '../../components/pairs/pair-form.tsx'

const ROW = 60

/** What can be asked of the questions in the table. */
export interface TableActions {
  edit(question: Question): void
  tag(questions: readonly Question[]): void
  remove(questions: readonly Question[]): void
  undo(): void
}

/** Every question of a set that the filter leaves; pages are loaded as they are seen, rows are drawn as they are seen. */
export function QuestionTable({
  set,
  filter,
  selected,
  onSelect,
  actions,
}: {
  set: QuestionSet
  filter: QuestionFilter
  /** By id, whatever page they are on. */
  selected: ReadonlyMap<string, Question>
  onSelect: (selected: ReadonlyMap<string, Question>) => void
  actions: TableActions
}) {
  const [active, setActive] = useState(0)
  const moved = useRef(false)
  const rows = usePagedRows({
    page: (offset, limit) => queries.questions(set.id, filter, offset, limit),
    rows: (page) => page.questions,
    height: ROW,
  })
  const { total, at, error } = rows
  const current = Math.min(active, Math.max(0, total - 1))
  // The row may be drawn only after the table has scrolled to it.
  useEffect(() => {
    if (!moved.current) return
    const row = rows.scroller()?.querySelector<HTMLElement>(`[data-index="${current}"]`)
    if (!row) return
    moved.current = false
    row.focus({ preventScroll: true })
  })
  const go = (to: number) => {
    const next = Math.min(total - 1, Math.max(0, to))
    moved.current = true
    setActive(next)
    rows.scrollTo(next)
  }
  const toggle = (question: Question | undefined) => {
    if (!question) return
    const next = new Map(selected)
    if (!next.delete(question.id)) next.set(question.id, question)
    onSelect(next)
  }
  const meant = (): Question[] =>
    selected.size > 0 ? [...selected.values()] : [at(current)].filter((q) => q !== undefined)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.nativeEvent.isComposing) return
    const command = event.ctrlKey || event.metaKey
    const page = Math.max(1, Math.floor((rows.scroller()?.clientHeight ?? ROW) / ROW) - 1)
    const question = at(current)
    const keys: Record<string, () => void> = command
      ? { z: actions.undo }
      : {
          arrowdown: () => go(current + 1),
          j: () => go(current + 1),
          arrowup: () => go(current - 1),
          k: () => go(current - 1),
          pagedown: () => go(current + page),
          pageup: () => go(current - page),
          home: () => go(0),
          end: () => go(total - 1),
          ' ': () => toggle(question),
          enter: () => question && actions.edit(question),
          e: () => question && actions.edit(question),
          t: () => actions.tag(meant()),
          delete: () => actions.remove(meant()),
          backspace: () => actions.remove(meant()),
          ...(selected.size > 0 ? { escape: () => onSelect(new Map()) } : {}),
        }
    const action = keys[event.key.toLowerCase()]
    if (!action) return
    event.preventDefault()
    action()
  }
  if (error) return <ErrorNotice error={error} className="mx-6 mt-4" />
  if (rows.none)
    return (
      <Empty icon={SearchX} title="No question matches">
        Change the words or the choices above.
      </Empty>
    )
  return (
    <div ref={rows.attach} className="min-h-0 flex-1 overflow-y-auto">
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows of it are chosen and acted on by keyboard
        role="grid"
        aria-label="Questions"
        aria-rowcount={total + 1}
        aria-multiselectable="true"
        className="w-full table-fixed"
        onKeyDown={onKeyDown}
      >
        <thead className="sticky top-0 z-10 bg-canvas text-xs text-ink-3 shadow-[0_1px_0_var(--line)]">
          <tr>
            <th scope="col" className="w-12 pl-6">
              <span className="sr-only">Chosen</span>
            </th>
            <th scope="col" className="h-8 px-2 text-left font-normal">
              Question and answers
            </th>
            <th scope="col" className="w-28 px-2 text-left font-normal @max-[40rem]:hidden">
              Split
            </th>
            <th scope="col" className="w-44 px-2 text-left font-normal @max-[56rem]:hidden">
              Tags
            </th>
            <th scope="col" className="w-36 px-2 pr-6 text-left font-normal @max-[48rem]:hidden">
              Evidence
            </th>
          </tr>
        </thead>
        <PagedBody
          rows={rows}
          columns={5}
          className="h-15 hover:bg-hover/40 focus-visible:outline-offset-[-2px]"
          rowProps={(question, index) => {
            const chosen = question !== undefined && selected.has(question.id)
            return {
              'aria-selected': chosen,
              tabIndex: index === current ? 0 : -1,
              onFocus: () => setActive(index),
              onDoubleClick: () => question && actions.edit(question),
              className: cn(chosen && 'bg-accent-soft'),
            }
          }}
        >
          {(question) => (
            <Cells
              question={question}
              chosen={selected.has(question.id)}
              onToggle={() => toggle(question)}
              onEdit={() => actions.edit(question)}
            />
          )}
        </PagedBody>
      </table>
    </div>
  )
}

function Cells({
  question: { question, answers, split, tags, evidence, goldPassageIds, found },
  chosen,
  onToggle,
  onEdit,
}: {
  question: Question
  chosen: boolean
  onToggle: () => void
  onEdit: () => void
}) {
  const passages = Math.max(evidence.length, goldPassageIds.length)
  return (
    <>
      <td className="pl-6">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Choose ${question}`}
          checked={chosen}
          onChange={onToggle}
          className="size-4 accent-accent"
        />
      </td>
      <td className="p-2">
        <button
          type="button"
          tabIndex={-1}
          onClick={onEdit}
          title={question}
          className="block max-w-full truncate text-left hover:underline"
        >
          {question}
        </button>
        <span className="flex items-center gap-1.5 text-[0.8125rem] text-ink-2">
          {found === false && (
            <span className="inline-flex shrink-0 items-center gap-1 text-warn">
              <TriangleAlert className="size-3.5" aria-hidden="true" /> not in the library:
            </span>
          )}
          <span className="truncate">{answers.join(' · ')}</span>
        </span>
      </td>
      <td className="px-2 text-[0.8125rem] text-ink-2 @max-[40rem]:hidden" title={`Used ${splitWords[split]}`}>
        {split}
      </td>
      <td className="truncate px-2 text-[0.8125rem] text-ink-2 @max-[56rem]:hidden">{tags.join(', ') || '–'}</td>
      <td className="truncate px-2 pr-6 text-[0.8125rem] text-ink-2 @max-[48rem]:hidden">
        {passages === 0 ? '–' : plural(passages, 'passage')}
      </td>
    </>
  )
}
