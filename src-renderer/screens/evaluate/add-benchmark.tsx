import { useMutation } from '@tanstack/react-query'
import { FileText } from 'lucide-react'
import { useState } from 'react'
import type { Benchmark, BenchmarkInput } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { baseName, plural } from '../../components/format.ts'
import { ErrorNotice, Notice } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { usePick } from '../../components/use-pick.tsx'

const extensions = ['.jsonl', '.json', '.csv', '.tsv', '.parquet']

/** Brings a published set, or the questions about the sample library. */
export function AddBenchmark({
  open,
  onOpenChange,
  onAdded,
}: {
  open: boolean
  onOpenChange: (open: boolean) => void
  onAdded: (setId: string) => void
}) {
  const { pick, dialog } = usePick()
  const [path, setPath] = useState<string | null>(null)
  const [passages, setPassages] = useState<string | null>(null)
  const add = useMutation({
    mutationFn: (input: BenchmarkInput) => client.evaluations.addBenchmark(input),
    onSuccess: ({ import: { set } }) => {
      for (const topic of ['questions', 'libraries']) void queryClient.invalidateQueries({ queryKey: [topic] })
      onAdded(set.id)
    },
  })
  const change = (now: boolean) => {
    onOpenChange(now)
    if (now) return
    setPath(null)
    setPassages(null)
    add.reset()
  }
  const choose = (title: string, only: string[], onPick: (path: string) => void) =>
    pick({
      title,
      pick: { kind: 'files', extensions: only },
      action: 'Choose',
      onPick: ([first]) => first && onPick(first),
    })
  return (
    <>
      <Dialog
        open={open}
        onOpenChange={change}
        title="Add questions"
        description="NQ-open, TriviaQA, PopQA, HotpotQA, 2WikiMultihopQA, MuSiQue, Bamboogle and SQuAD as they are published, FlashRAG's files, or your own as JSON lines or CSV."
      >
        <div className="space-y-4 overflow-y-auto px-5 pb-5">
          {add.data ? (
            <Added benchmark={add.data} onClose={() => change(false)} />
          ) : (
            <>
              <div className="flex items-center gap-3">
                <Button onClick={() => choose('Choose a file of questions', extensions, setPath)}>
                  <FileText /> {path ? baseName(path) : 'File of questions…'}
                </Button>
                <Button
                  disabled={path === null}
                  onClick={() => choose('Choose a file of passages', ['.jsonl'], setPassages)}
                >
                  <FileText /> {passages ? baseName(passages) : 'Passages (if apart)…'}
                </Button>
              </div>
              <p className="text-[0.8125rem] text-ink-2">
                Passages that come with the questions, in the same file or in one of their own (JSON lines with id,
                title and text), become a library to search.
              </p>
              {add.error && <ErrorNotice error={add.error} />}
              <div className="flex flex-wrap items-center gap-3">
                <Button
                  tone="primary"
                  disabled={path === null || add.isPending}
                  onClick={() => path && add.mutate({ kind: 'file', path, ...(passages ? { passages } : {}) })}
                >
                  Add
                </Button>
                <Button tone="ghost" disabled={add.isPending} onClick={() => add.mutate({ kind: 'sample' })}>
                  Use the questions about the sample library
                </Button>
              </div>
            </>
          )}
        </div>
      </Dialog>
      {dialog}
    </>
  )
}

/** What came in, what was left out and why. */
function Added({ benchmark, onClose }: { benchmark: Benchmark; onClose: () => void }) {
  const { import: result, library } = benchmark
  const { broken, duplicate, 'no-answer': unanswered } = result.left
  const left = broken + duplicate + unanswered
  return (
    <>
      <p role="status">
        {plural(result.imported, 'question')} added to “{result.set.name}”
        {library ? `, to be asked in “${library.name}”.` : '. Choose the library to ask them in.'}
      </p>
      {left > 0 && (
        <Notice>
          <p>
            Left out: {broken} broken, {unanswered} without an answer, {duplicate} that were there already.
          </p>
          <ul className="mt-1 max-h-40 overflow-y-auto text-[0.8125rem] text-ink-2">
            {result.problems.slice(0, 100).map(({ where, what }) => (
              <li key={where}>
                {where}: {what}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <Button tone="primary" onClick={onClose}>
        Done
      </Button>
    </>
  )
}
