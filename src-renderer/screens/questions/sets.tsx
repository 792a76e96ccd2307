import { useMutation, useQuery } from '@tanstack/react-query'
import { FilePlus2, MessageCircleQuestion, Plus } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { QuestionSet } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'
import { DropZone } from '../../components/drop-zone.tsx'
import { Empty } from '../../components/empty.tsx'
import { plural } from '../../components/format.ts'
import { ImportReport, questionFiles } from '../../components/import-report.tsx'
import { NameDialog } from '../../components/name-dialog.tsx'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { EnoughToTeach } from '../../components/pairs/enough.tsx'
import { Screen } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { usePick } from '../../components/use-pick.tsx'

/** Imports files of questions: by the picker or dropped. `into` names the set; without one each file makes its own. */
export function useImport(into?: QuestionSet) {
  const { pick, dialog } = usePick()
  const { library } = useChoice()
  const libraryId = into ? into.libraryId : (library?.id ?? null)
  const run = useMutation({
    mutationFn: (path: string) =>
      client.questions.import({
        path,
        ...(into ? { name: into.name } : {}),
        ...(libraryId === null ? {} : { libraryId }),
      }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['questions'] }),
  })
  const choose = () =>
    pick({
      title: 'Import questions',
      pick: { kind: 'files', extensions: questionFiles },
      action: 'Choose',
      onPick: ([path]) => path && run.mutate(path),
    })
  const drop = {
    accepts: /\.(jsonl|json|csv|tsv|parquet)$/i,
    invitation: into ? `Drop a file to import it into “${into.name}”` : 'Drop a file of questions to import it',
    refusal: {
      title: 'There are no questions in this.',
      description: 'Drop a file that ends in .jsonl, .json, .csv, .tsv or .parquet.',
    },
    onPath: (path: string) => run.mutate(path),
    onNoPath: choose,
  }
  return { run, choose, drop, dialog }
}

/** All sets of questions. */
export function Sets() {
  const { data: sets, error } = useQuery(queries.questionSets())
  const { library } = useChoice()
  const [, navigate] = useLocation()
  const [naming, setNaming] = useState(false)
  const bring = useImport()
  const create = async (name: string) => {
    try {
      const { id } = await client.questions.create({ name, ...(library ? { libraryId: library.id } : {}) })
      await queryClient.invalidateQueries({ queryKey: ['questions'] })
      navigate(`/questions/${id}`)
    } catch (thrown) {
      toastError(thrown)
    }
  }
  return (
    <DropZone {...bring.drop}>
      <Screen
        title="Questions"
        intro="Questions with their answers: to teach a model with, and to find out how good it is."
        actions={
          <div className="flex flex-wrap justify-end gap-2">
            <Button disabled={bring.run.isPending} onClick={bring.choose}>
              <FilePlus2 /> Import a file
            </Button>
            <Button tone="primary" onClick={() => setNaming(true)}>
              <Plus /> New set
            </Button>
          </div>
        }
      >
        <div className="space-y-4">
          <EnoughToTeach />
          {error && <ErrorNotice error={error} />}
          {bring.run.error && <ErrorNotice error={bring.run.error} />}
          {bring.run.data && <ImportReport report={bring.run.data} />}
          {sets?.length === 0 && (
            <Empty icon={MessageCircleQuestion} title="No questions yet">
              Import a file (JSON lines, CSV, SQuAD, HotpotQA, Parquet), write some yourself, let a model write them
              from your documents, or correct an answer in Ask.
            </Empty>
          )}
          {sets && sets.length > 0 && (
            <ul className="divide-y divide-line rounded-2xl border border-line bg-surface shadow-card">
              {sets.map((set) => (
                <li key={set.id}>
                  <Link href={`/questions/${set.id}`} className="block px-5 py-3 hover:bg-hover/60">
                    <span className="block truncate font-medium">{set.name}</span>
                    <span className="block text-[0.8125rem] text-ink-3">{setSummary(set)}</span>
                  </Link>
                </li>
              ))}
            </ul>
          )}
        </div>
        {bring.dialog}
        {naming && (
          <NameDialog
            title="New question set"
            label="Name"
            initial=""
            action="Make it"
            onClose={() => setNaming(false)}
            onSubmit={(name) => void create(name)}
          />
        )}
      </Screen>
    </DropZone>
  )
}

/** "120 questions: 96 to learn from, 12 to watch progress, 12 to test · 4 drafts to review". */
export function setSummary({ questions, splits, drafts, notFound }: QuestionSet): string {
  const parts =
    questions === 0
      ? 'No questions yet'
      : `${plural(questions, 'question')}: ${splits.train} to learn from, ${splits.validation} to watch progress, ${splits.test} to test`
  return [
    parts,
    notFound > 0 && `${plural(notFound, 'answer')} nowhere in the library`,
    drafts > 0 && `${plural(drafts, 'draft')} to review`,
  ]
    .filter(Boolean)
    .join(' · ')
}
