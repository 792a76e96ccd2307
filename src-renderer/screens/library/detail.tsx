import { FilePlus, FolderPlus, ListFilter, RefreshCw } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Library, LibraryRules } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { count, plural } from '../../components/format.ts'
import { ItemMenu } from '../../components/item-menu.tsx'
import { NameDialog } from '../../components/name-dialog.tsx'
import { toastError } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'
import { Tip } from '../../components/ui/tip.tsx'
import { usePick } from '../../components/use-pick.tsx'
import { FilesTable } from './files.tsx'
import { Ingestion } from './ingestion.tsx'
import { RulesDialog } from './rules.tsx'
import { SourceCards } from './sources.tsx'
import { SurveyDialog } from './survey.tsx'
import { TrySearch } from './try-search.tsx'

const refresh = () => queryClient.invalidateQueries({ queryKey: ['libraries'] })

/** One library: where its documents come from, how far they are read, each file, and a search to try. */
export function LibraryDetail({ library }: { library: Library }) {
  const [dialog, setDialog] = useState<'rename' | 'delete' | 'rules' | null>(null)
  const [surveyed, setSurveyed] = useState<string[] | null>(null)
  const [, navigate] = useLocation()
  const { pick, dialog: picker } = usePick()
  const add = async (paths: string[], rules?: LibraryRules) => {
    try {
      await client.libraries.addSources({ id: library.id, paths, ...(rules ? { rules } : {}) })
      await refresh()
    } catch (thrown) {
      toastError(thrown)
    }
  }
  const remove = async () => {
    try {
      await client.libraries.delete({ id: library.id })
      await refresh()
      navigate('/library')
    } catch (thrown) {
      toastError(thrown)
    }
  }
  const addFolder = () =>
    pick({
      title: `Add a folder to “${library.name}”`,
      pick: { kind: 'folder' },
      action: 'Add this folder',
      onPick: setSurveyed,
    })
  const addFiles = () =>
    pick({
      title: `Add files to “${library.name}”`,
      pick: { kind: 'files' },
      action: 'Add',
      onPick: (paths) => void add(paths),
    })
  return (
    <div className="@container flex min-h-0 flex-1 flex-col">
      <header className="px-6 pt-3.5">
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="min-w-40 flex-1 truncate text-xl font-semibold tracking-tight">{library.name}</h2>
          {!library.sample && (
            <div className="flex flex-wrap items-center gap-2">
              <Button size="sm" onClick={addFolder}>
                <FolderPlus /> Add folder
              </Button>
              <Button size="sm" onClick={addFiles}>
                <FilePlus /> Add files
              </Button>
              <Tip label="Look at all files again: new, changed, deleted and failed ones" side="bottom">
                <Button
                  size="sm"
                  disabled={library.jobId !== null || library.sources.length === 0}
                  onClick={() => client.libraries.refresh({ id: library.id }).then(refresh).catch(toastError)}
                >
                  <RefreshCw /> Refresh
                </Button>
              </Tip>
              <Tip label="Which files are read" side="bottom">
                <Button size="icon-sm" aria-label="Which files are read" onClick={() => setDialog('rules')}>
                  <ListFilter />
                </Button>
              </Tip>
              <ItemMenu
                label="More for this library"
                onRename={() => setDialog('rename')}
                onDelete={() => setDialog('delete')}
              />
            </div>
          )}
        </div>
        <p className="mt-0.5 text-[0.8125rem] text-ink-2">{summary(library)}</p>
        <Ingestion library={library} />
        <SourceCards library={library} />
      </header>
      <Tabs.Root defaultValue="files" className="flex min-h-0 flex-1 flex-col">
        <Tabs.List aria-label="Parts of the library" className="mt-3 flex gap-5 border-b border-line px-6">
          {[
            ['files', 'Files'],
            ['search', 'Try a search'],
          ].map(([value, label]) => (
            <Tabs.Trigger
              key={value}
              value={value as string}
              className="-mb-px border-b-2 border-transparent py-2 text-sm font-medium text-ink-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
            >
              {label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="files" className="flex min-h-0 flex-1 flex-col" tabIndex={-1}>
          <FilesTable library={library} onAddFolder={addFolder} />
        </Tabs.Content>
        <Tabs.Content value="search" className="flex min-h-0 flex-1 flex-col" tabIndex={-1}>
          <TrySearch library={library} />
        </Tabs.Content>
      </Tabs.Root>
      {picker}
      {surveyed && (
        <SurveyDialog
          paths={surveyed}
          library={library}
          onClose={() => setSurveyed(null)}
          onAccept={(rules) => {
            setSurveyed(null)
            void add(surveyed, rules)
          }}
        />
      )}
      {dialog === 'rules' && <RulesDialog library={library} onClose={() => setDialog(null)} />}
      {dialog === 'rename' && (
        <NameDialog
          title="Rename library"
          label="Name"
          initial={library.name}
          action="Rename"
          onClose={() => setDialog(null)}
          onSubmit={(name) => client.libraries.rename({ id: library.id, name }).then(refresh).catch(toastError)}
        />
      )}
      <Confirm
        open={dialog === 'delete'}
        onOpenChange={() => setDialog(null)}
        title={`Delete “${library.name}”?`}
        action="Delete library"
        onConfirm={() => void remove()}
      >
        The library and its index are removed from Lagotto. Your documents stay where they are, untouched.
      </Confirm>
    </div>
  )
}

function summary({ files, passages, retrieval, sample }: Library): string {
  const how = retrieval.vector
    ? `found by words and by meaning${retrieval.reranker ? ', then reranked' : ''}`
    : 'found by their words'
  const bad = (files.failed ?? 0) > 0 ? ` · ${count(files.failed ?? 0)} could not be read` : ''
  return `${plural(files.indexed ?? 0, 'document')}${bad} · ${plural(passages, 'passage')}, ${how}${sample ? ' · comes with Lagotto, read-only' : ''}`
}
