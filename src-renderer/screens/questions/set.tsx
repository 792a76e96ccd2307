import { useMutation } from '@tanstack/react-query'
import { Download, FilePlus2, ListChecks, PenLine, Plus, Square, Tags, Trash2 } from 'lucide-react'
import { useDeferredValue, useRef, useState } from 'react'
import { toast } from 'sonner'
import { Link, useLocation } from 'wouter'
import type { Question, QuestionContent, QuestionFilter, QuestionSet } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { useKeys } from '../../app/keys.ts'
import { useChoice } from '../../components/choice.ts'
import { DropZone } from '../../components/drop-zone.tsx'
import { Empty } from '../../components/empty.tsx'
import { count, plural } from '../../components/format.ts'
import { ImportReport } from '../../components/import-report.tsx'
import { ItemMenu } from '../../components/item-menu.tsx'
import { NameDialog } from '../../components/name-dialog.tsx'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { EnoughToTeach } from '../../components/pairs/enough.tsx'
import { PairForm } from '../../components/pairs/pair-form.tsx'
import { save } from '../../components/save.ts'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'
import { Input, Select } from '../../components/ui/field.tsx'
import { Keys, Tip } from '../../components/ui/tip.tsx'
import { setSummary, useImport } from './sets.tsx'
import { QuestionTable } from './table.tsx'
import { TagDialog } from './tag-dialog.tsx'
import { useCheck } from './use-check.ts'

const blank: QuestionContent = { question: '', answers: [], tags: [], evidence: [] }

/** One set: its questions to look through, write, change, tag and delete. */
export function SetScreen({ set }: { set: QuestionSet }) {
  const [text, setText] = useState('')
  const words = useDeferredValue(text.trim())
  const [choices, setChoices] = useState<Omit<QuestionFilter, 'filter'>>({})
  const filter: QuestionFilter = { ...choices, ...(words === '' ? {} : { filter: words }) }
  const [selected, setSelected] = useState<ReadonlyMap<string, Question>>(new Map())
  const [editing, setEditing] = useState<Question | 'new' | null>(null)
  const [tagging, setTagging] = useState<readonly Question[]>([])
  const bring = useImport(set)
  const removed = useRef<Question[]>([])
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['questions'] })

  const undo = () => {
    const questions = removed.current
    if (questions.length === 0) return
    removed.current = []
    client.questions.restore({ id: set.id, questions }).then(refresh, toastError)
  }
  const remove = async (questions: readonly Question[]) => {
    if (questions.length === 0) return
    try {
      const gone = await client.questions.remove({ id: set.id, questionIds: questions.map(({ id }) => id) })
      removed.current = gone.questions
      setSelected(new Map())
      await refresh()
      toast(`${plural(gone.questions.length, 'question')} deleted`, { action: { label: 'Undo', onClick: undo } })
    } catch (thrown) {
      toastError(thrown)
    }
  }
  const tag = async (questions: readonly Question[], change: { add: string[]; remove: string[] }) => {
    try {
      await client.questions.tag({ id: set.id, questionIds: questions.map(({ id }) => id), ...change })
      setSelected(new Map())
      await refresh()
    } catch (thrown) {
      toastError(thrown)
    }
  }
  useKeys({ a: () => setEditing('new') }, editing === null && tagging.length === 0)
  const filtered = Object.values(filter).some((value) => value !== undefined)
  return (
    <DropZone {...bring.drop}>
      <section aria-label={set.name} className="@container flex h-full flex-col">
        <Head set={set} onImport={bring.choose} importing={bring.run.isPending} onWrite={() => setEditing('new')} />
        <div className="space-y-3 px-6 empty:hidden [&>*]:mt-3">
          <EnoughToTeach />
          {bring.run.error && <ErrorNotice error={bring.run.error} />}
          {bring.run.data && <ImportReport report={bring.run.data} />}
        </div>
        {editing !== null && (
          <Editor set={set} question={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
        )}
        <div hidden={editing !== null} className={editing === null ? 'flex min-h-0 flex-1 flex-col' : ''}>
          {set.questions > 0 && (
            <Filters set={set} text={text} onText={setText} choices={choices} onChoices={setChoices} />
          )}
          {set.questions === 0 ? (
            <Empty icon={PenLine} title="No questions in this set yet">
              Write one (A), import a file, or let a model write some from your documents.
            </Empty>
          ) : (
            <QuestionTable
              // Another filter is another list, which begins at its top.
              key={JSON.stringify(filter)}
              set={set}
              filter={filter}
              selected={selected}
              onSelect={setSelected}
              actions={{ edit: setEditing, tag: setTagging, remove: (all) => void remove(all), undo }}
            />
          )}
          {set.questions > 0 && (
            <Foot selected={selected} onTag={setTagging} onRemove={(all) => void remove(all)} filtered={filtered} />
          )}
        </div>
        {tagging.length > 0 && (
          <TagDialog
            set={set}
            questions={tagging}
            onSubmit={(change) => void tag(tagging, change)}
            onClose={() => setTagging([])}
          />
        )}
        {bring.dialog}
      </section>
    </DropZone>
  )
}

function Head({
  set,
  importing,
  onImport,
  onWrite,
}: {
  set: QuestionSet
  importing: boolean
  onImport: () => void
  onWrite: () => void
}) {
  const { libraries } = useChoice()
  const [, navigate] = useLocation()
  const [dialog, setDialog] = useState<'rename' | 'delete' | null>(null)
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['questions'] })
  const exported = async () => {
    try {
      const { text } = await client.questions.jsonl({ id: set.id })
      save(`${set.name}.jsonl`, 'application/jsonl', text)
    } catch (thrown) {
      toastError(thrown)
    }
  }
  const remove = async () => {
    try {
      await client.questions.delete({ id: set.id })
      navigate('/questions')
      await refresh()
    } catch (thrown) {
      toastError(thrown)
    }
  }
  return (
    <header className="px-6 pt-6">
      <Link href="/questions" className="text-[0.8125rem] text-ink-2 hover:text-ink hover:underline">
        All question sets
      </Link>
      <div className="flex flex-wrap items-center gap-2">
        <h1 className="min-w-60 flex-1 truncate text-2xl font-semibold tracking-tight">{set.name}</h1>
        {set.drafts > 0 && (
          <Button size="sm" tone="primary" asChild>
            <Link href={`/questions/${set.id}/review`}>
              <ListChecks /> Review {plural(set.drafts, 'draft')}
            </Link>
          </Button>
        )}
        <Tip label="Write a question yourself" keys="A" side="bottom">
          <Button size="sm" onClick={onWrite}>
            <Plus /> Add a question
          </Button>
        </Tip>
        <Button size="sm" asChild>
          <Link href={`/questions/${set.id}/write`}>
            <PenLine /> Write from my documents
          </Link>
        </Button>
        <Button size="sm" disabled={importing} onClick={onImport}>
          <FilePlus2 /> Import
        </Button>
        <Button size="sm" disabled={set.questions === 0} onClick={() => void exported()}>
          <Download /> Export
        </Button>
        <ItemMenu label="More for this set" onRename={() => setDialog('rename')} onDelete={() => setDialog('delete')} />
      </div>
      <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.8125rem] text-ink-2">
        <p>{setSummary(set)}</p>
        <span className="flex items-center gap-1.5">
          About
          <Select
            aria-label="Library that the questions are about"
            className="h-7 text-[0.8125rem]"
            value={set.libraryId ?? ''}
            onChange={(event) =>
              client.questions.update({ id: set.id, libraryId: event.target.value }).then(refresh, toastError)
            }
          >
            {set.libraryId === null && <option value="">no library yet</option>}
            {set.libraryId !== null && !libraries.some(({ id }) => id === set.libraryId) && (
              <option value={set.libraryId}>a library that is gone</option>
            )}
            {libraries.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        </span>
      </div>
      {dialog === 'rename' && (
        <NameDialog
          title="Rename question set"
          label="Name"
          initial={set.name}
          action="Rename"
          onClose={() => setDialog(null)}
          onSubmit={(name) => client.questions.update({ id: set.id, name }).then(refresh, toastError)}
        />
      )}
      <Confirm
        open={dialog === 'delete'}
        onOpenChange={() => setDialog(null)}
        title={`Delete “${set.name}”?`}
        action="Delete set"
        onConfirm={() => void remove()}
      >
        Its {plural(set.questions, 'question')} and drafts are deleted. Documents, models and trainings stay. Export the
        set first to keep it.
      </Confirm>
    </header>
  )
}

const problems = {
  'not-found': 'Answer nowhere in the library',
  unchecked: 'Not looked up yet',
  'no-evidence': 'Without evidence',
} as const

function Filters({
  set,
  text,
  onText,
  choices,
  onChoices,
}: {
  set: QuestionSet
  text: string
  onText: (text: string) => void
  choices: Omit<QuestionFilter, 'filter'>
  onChoices: (choices: Omit<QuestionFilter, 'filter'>) => void
}) {
  const check = useCheck(set)
  /** Takes a condition in, or out when nothing is chosen. */
  const choose = (name: keyof typeof choices, value: string) => {
    const { [name]: _, ...rest } = choices
    onChoices(value === '' ? rest : { ...rest, [name]: value })
  }
  return (
    <div className="flex flex-wrap items-center gap-2 px-6 py-3">
      <Input
        type="search"
        aria-label="Filter questions by words"
        placeholder="Filter by words"
        className="h-8 min-w-40 max-w-72 flex-1"
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
      <Select
        aria-label="Filter questions by split"
        className="h-8"
        value={choices.split ?? ''}
        onChange={(event) => choose('split', event.target.value)}
      >
        <option value="">All splits</option>
        <option value="train">Train ({count(set.splits.train)})</option>
        <option value="validation">Validation ({count(set.splits.validation)})</option>
        <option value="test">Test ({count(set.splits.test)})</option>
      </Select>
      {set.tags.length > 0 && (
        <Select
          aria-label="Filter questions by tag"
          className="h-8"
          value={choices.tag ?? ''}
          onChange={(event) => choose('tag', event.target.value)}
        >
          <option value="">All tags</option>
          {set.tags.map(({ tag, questions }) => (
            <option key={tag} value={tag}>
              {tag} ({count(questions)})
            </option>
          ))}
        </Select>
      )}
      <Select
        aria-label="Filter questions by problem"
        className="h-8"
        value={choices.problem ?? ''}
        onChange={(event) => choose('problem', event.target.value)}
      >
        <option value="">With and without problems</option>
        {Object.entries(problems).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
            {name === 'not-found' ? ` (${count(set.notFound)})` : ''}
          </option>
        ))}
      </Select>
      {check.progress ? (
        <>
          <p role="status" className="text-[0.8125rem] tabular-nums text-ink-2">
            Looking up {count(check.progress.done)} of {count(check.progress.total)}
          </p>
          <Button size="sm" className="h-8" onClick={check.stop}>
            <Square className="size-3! fill-current" /> Stop
          </Button>
        </>
      ) : (
        <Tip label="Looks each answer up: an answer that is nowhere cannot be found by searching">
          <Button size="sm" className="h-8" onClick={() => void check.start()}>
            <ListChecks /> Look answers up
          </Button>
        </Tip>
      )}
    </div>
  )
}

function Foot({
  selected,
  filtered,
  onTag,
  onRemove,
}: {
  selected: ReadonlyMap<string, Question>
  filtered: boolean
  onTag: (questions: readonly Question[]) => void
  onRemove: (questions: readonly Question[]) => void
}) {
  const chosen = [...selected.values()]
  return (
    <footer className="flex min-h-10 flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-6 py-1.5 text-xs text-ink-3">
      {chosen.length > 0 ? (
        <>
          <p role="status">{plural(chosen.length, 'question')} chosen</p>
          <Button size="sm" onClick={() => onTag(chosen)}>
            <Tags /> Tag
          </Button>
          <Button size="sm" onClick={() => onRemove(chosen)}>
            <Trash2 /> Delete
          </Button>
        </>
      ) : (
        <ul aria-label="Keys" className="flex flex-wrap gap-x-4 gap-y-1">
          {[
            ['J', 'next'],
            ['K', 'previous'],
            ['Space', 'choose'],
            ['E', 'edit'],
            ['T', 'tag'],
            ['Del', 'delete'],
            ['Mod+Z', 'undo'],
          ].map(([keys, what]) => (
            <li key={keys} className="flex items-center gap-1.5">
              <Keys keys={keys as string} /> {what}
            </li>
          ))}
          {filtered && <li>The filter is on.</li>}
        </ul>
      )}
    </footer>
  )
}

function Editor({ set, question, onClose }: { set: QuestionSet; question: Question | null; onClose: () => void }) {
  const keep = useMutation({
    mutationFn: (content: QuestionContent) =>
      question
        ? client.questions.edit({ id: set.id, questionId: question.id, content })
        : client.questions.add({ id: set.id, content }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['questions'] })
      toast(question ? 'Question changed' : 'Question added')
      onClose()
    },
  })
  return (
    <section
      aria-label={question ? 'Edit question' : 'New question'}
      className="min-h-0 flex-1 overflow-y-auto px-6 pb-10 pt-5"
    >
      <div className="max-w-2xl">
        <h2 className="mb-3 text-base font-semibold">{question ? 'Edit question' : 'New question'}</h2>
        <PairForm
          initial={question ?? blank}
          libraryId={set.libraryId}
          action={question ? 'Save' : 'Add'}
          error={keep.error}
          busy={keep.isPending}
          onSubmit={(content) => keep.mutate(content)}
          onCancel={onClose}
        />
      </div>
    </section>
  )
}
