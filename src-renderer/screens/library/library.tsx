import { FolderPlus, LibraryBig, Plus } from 'lucide-react'
import { useState } from 'react'
import { Link, Redirect, useLocation } from 'wouter'
import type { Library } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { keepLibrary, useLibraries } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'
import { Empty } from '../../components/empty.tsx'
import { count, plural } from '../../components/format.ts'
import { NameDialog } from '../../components/name-dialog.tsx'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Select } from '../../components/ui/field.tsx'
import { Tip } from '../../components/ui/tip.tsx'
import { useAddFolder } from './add-folder.tsx'
import { LibraryDetail } from './detail.tsx'

/** Libraries on the left, the open one on the right. */
export default function LibraryScreen({ id }: { id: string | null }) {
  const { data: libraries, error } = useLibraries()
  const choice = useChoice()
  const [, navigate] = useLocation()
  const [naming, setNaming] = useState(false)
  const folder = useAddFolder((library) => navigate(`/library/${library.id}`))
  if (error) return <ErrorNotice error={error} className="m-8" />
  if (!libraries || !choice.loaded) return null
  const open = libraries.find((library) => library.id === id)
  if (!open && choice.library) return <Redirect to={`/library/${choice.library.id}`} replace />
  const create = async (name: string) => {
    try {
      const library = await client.libraries.create({ name })
      keepLibrary(library)
      navigate(`/library/${library.id}`)
    } catch (thrown) {
      toastError(thrown)
    }
  }
  return (
    <div className="@container flex h-full">
      <div className="flex w-56 shrink-0 flex-col border-r border-line @max-[44rem]:hidden">
        <header className="flex h-14 items-center justify-between pl-5 pr-3">
          <h1 className="text-[0.9375rem] font-semibold">Libraries</h1>
          <Tip label="New, empty library" side="bottom">
            <Button tone="ghost" size="icon-sm" aria-label="New library" onClick={() => setNaming(true)}>
              <Plus />
            </Button>
          </Tip>
        </header>
        <nav aria-label="Libraries" className="min-h-0 flex-1 space-y-0.5 overflow-y-auto px-2.5">
          {libraries.map((library) => (
            <LibraryLink key={library.id} library={library} current={library.id === open?.id} />
          ))}
        </nav>
        <div className="p-3">
          <Button className="w-full" onClick={folder.start} disabled={folder.busy}>
            <FolderPlus /> Add a folder
          </Button>
        </div>
      </div>
      <div className="flex min-w-0 flex-1 flex-col">
        <h1 className="sr-only @min-[44rem]:hidden">Libraries</h1>
        {open && (
          <Select
            aria-label="Library"
            wrapperClassName="mx-6 mt-3 @min-[44rem]:hidden"
            value={open.id}
            onChange={(event) => navigate(`/library/${event.target.value}`)}
          >
            {libraries.map((library) => (
              <option key={library.id} value={library.id}>
                {library.name}
              </option>
            ))}
          </Select>
        )}
        {open ? (
          <LibraryDetail key={open.id} library={open} />
        ) : (
          <Empty icon={LibraryBig} title="No library yet">
            Add a folder of documents; Lagotto reads them where they are and never changes them.
          </Empty>
        )}
      </div>
      {naming && (
        <NameDialog
          title="New library"
          label="Name"
          initial=""
          action="Create"
          onClose={() => setNaming(false)}
          onSubmit={create}
        />
      )}
      {folder.dialog}
    </div>
  )
}

function LibraryLink({ library, current }: { library: Library; current: boolean }) {
  return (
    <Link
      href={`/library/${library.id}`}
      aria-current={current ? 'page' : undefined}
      className="block rounded-lg px-2.5 py-1.5 hover:bg-hover/60 aria-[current]:bg-hover"
    >
      <span className="block truncate text-sm font-medium">{library.name}</span>
      <span className="block text-xs text-ink-3">
        {stateOf(library)}
        {plural(library.files.indexed ?? 0, 'document')}
        {(library.files.failed ?? 0) > 0 && ` · ${count(library.files.failed ?? 0)} failed`}
      </span>
    </Link>
  )
}

/** What is out of the ordinary with a library. */
function stateOf({ paused, jobId, sources }: Library): string {
  if (paused) return 'Paused · '
  if (jobId !== null) return 'Reading… '
  return sources.some(({ problem }) => problem !== null) ? 'Offline in part · ' : ''
}
