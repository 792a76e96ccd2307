import { CircleAlert, File as FileIcon, Folder, X } from 'lucide-react'
import { useState } from 'react'
import type { Library, Source } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { cn } from '../../components/cn.ts'
import { moment, plural } from '../../components/format.ts'
import { toastError } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'
import { Tip } from '../../components/ui/tip.tsx'

/** Where a library's documents come from: each folder with its state, how many documents it brought, when it was looked at. */
export function SourceCards({ library }: { library: Library }) {
  const [removing, setRemoving] = useState<Source | null>(null)
  if (library.sample || library.sources.length === 0) return null
  return (
    <>
      <ul
        aria-label="Sources"
        className="mt-3 grid max-h-44 gap-2 overflow-y-auto @min-[40rem]:grid-cols-2 @min-[70rem]:grid-cols-3"
      >
        {library.sources.map((source) => (
          <li
            key={source.id}
            className="flex min-w-0 gap-2.5 rounded-xl border border-line bg-surface py-2 pl-3 pr-1.5"
          >
            <SourceCard source={source} library={library} onRemove={() => setRemoving(source)} />
          </li>
        ))}
      </ul>
      <Confirm
        open={removing !== null}
        onOpenChange={() => setRemoving(null)}
        title="Remove this source?"
        action="Remove"
        onConfirm={() =>
          removing &&
          client.libraries
            .removeSource({ id: library.id, sourceId: removing.id })
            .then(() => queryClient.invalidateQueries({ queryKey: ['libraries'] }))
            .catch(toastError)
        }
      >
        The documents in {removing?.path} will no longer be found. The files themselves are not touched.
      </Confirm>
    </>
  )
}

function SourceCard({ source, library, onRemove }: { source: Source; library: Library; onRemove: () => void }) {
  const { path, kind, problem, syncedAt, indexed } = source
  const Icon = problem ? CircleAlert : kind === 'folder' ? Folder : FileIcon
  return (
    <>
      <Icon className={cn('mt-0.5 size-4 shrink-0', problem ? 'text-warn' : 'text-ink-3')} aria-hidden="true" />
      <div className="min-w-0 flex-1 text-[0.8125rem]">
        <p className="truncate font-medium" title={path}>
          {path}
        </p>
        <p className="truncate text-ink-2">
          {problem ? 'Offline' : state(library)} · {plural(indexed, 'document')}
          {syncedAt !== null && ` · looked at ${moment(syncedAt)}`}
        </p>
        {problem && (
          <p className="text-ink-2">
            {problem.message} {problem.stillWorks}
          </p>
        )}
      </div>
      <Tip label="Remove from the library">
        <Button tone="ghost" size="icon-sm" className="size-6" aria-label={`Remove ${path}`} onClick={onRemove}>
          <X className="size-3.5!" />
        </Button>
      </Tip>
    </>
  )
}

/** How changes of the files are noticed. */
function state({ paused, jobId, follows }: Library): string {
  if (paused) return 'Paused'
  if (jobId !== null) return 'Being read'
  if (follows === 'live') return 'In sync'
  return follows === 'periodic' ? 'Looked at every minute' : 'Not followed'
}
