import { useQuery } from '@tanstack/react-query'
import { File as FileIcon, FilePlus, Folder, FolderPlus, RefreshCw, Square, X } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Library } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { count, plural } from '../../components/format.ts'
import { ItemMenu } from '../../components/item-menu.tsx'
import { NameDialog } from '../../components/name-dialog.tsx'
import { toastError } from '../../components/notice.tsx'
import { ProgressBar } from '../../components/progress.tsx'
import { progressText } from '../../components/progress-text.ts'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'
import { Tip } from '../../components/ui/tip.tsx'
import { usePick } from '../../components/use-pick.tsx'
import { FilesTable } from './files.tsx'
import { TrySearch } from './try-search.tsx'

const refresh = () => queryClient.invalidateQueries({ queryKey: ['libraries'] })

/** One library: where its documents come from, how far they are read, each file, and a search to try. */
export function LibraryDetail({ library }: { library: Library }) {
  const [dialog, setDialog] = useState<'rename' | 'delete' | null>(null)
  const [, navigate] = useLocation()
  const { pick, dialog: picker } = usePick()
  const add = (paths: string[]) =>
    client.libraries.addSources({ id: library.id, paths }).then(refresh).catch(toastError)
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
      onPick: add,
    })
  const addFiles = () =>
    pick({ title: `Add files to “${library.name}”`, pick: { kind: 'files' }, action: 'Add', onPick: add })
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
        <SourceList library={library} />
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

/** Progress of the reading that goes on, if any. */
function Ingestion({ library }: { library: Library }) {
  const { data: jobs } = useQuery(queries.jobs())
  const job = jobs?.find(({ id }) => id === library.jobId)
  if (!job || job.endedAt !== null) return null
  return (
    <div className="mt-3 rounded-xl border border-line bg-surface px-4 py-3">
      <div className="flex items-center gap-3">
        <p className="min-w-0 flex-1 truncate text-[0.8125rem] font-medium">{job.progress?.what ?? 'Starting…'}</p>
        <Button tone="ghost" size="sm" onClick={() => client.jobs.stop({ id: job.id }).catch(toastError)}>
          <Square className="size-3! fill-current" /> Stop
        </Button>
      </div>
      <ProgressBar progress={job.progress} label={`Reading ${library.name}`} className="mt-1.5" />
      <p className="mt-1.5 text-xs tabular-nums text-ink-3">
        {job.progress ? progressText(job.progress) : 'Counting the files'} · You can ask already; what is read so far is
        searched.
      </p>
    </div>
  )
}

function SourceList({ library }: { library: Library }) {
  const [removing, setRemoving] = useState<Library['sources'][number] | null>(null)
  if (library.sample || library.sources.length === 0) return null
  return (
    <ul aria-label="Sources" className="mt-3 flex max-h-24 flex-wrap gap-1.5 overflow-y-auto">
      {library.sources.map((source) => {
        const Icon = source.kind === 'folder' ? Folder : FileIcon
        return (
          <li
            key={source.id}
            className="flex h-7 max-w-full items-center gap-1.5 rounded-lg border border-line bg-surface pl-2 pr-0.5 text-[0.8125rem]"
          >
            <Icon className="size-3.5 shrink-0 text-ink-3" aria-hidden="true" />
            <span className="truncate" title={source.path}>
              {source.path}
            </span>
            <Tip label="Remove from the library">
              <Button
                tone="ghost"
                size="icon-sm"
                className="size-6"
                aria-label={`Remove ${source.path}`}
                onClick={() => setRemoving(source)}
              >
                <X className="size-3.5!" />
              </Button>
            </Tip>
          </li>
        )
      })}
      <Confirm
        open={removing !== null}
        onOpenChange={() => setRemoving(null)}
        title="Remove this source?"
        action="Remove"
        onConfirm={() =>
          removing &&
          client.libraries.removeSource({ id: library.id, sourceId: removing.id }).then(refresh).catch(toastError)
        }
      >
        The documents in {removing?.path} will no longer be found. The files themselves are not touched.
      </Confirm>
    </ul>
  )
}
