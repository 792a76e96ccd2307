import {
  ArrowDown,
  ArrowUp,
  CircleAlert,
  CircleCheck,
  CircleMinus,
  Clock,
  Ellipsis,
  EyeOff,
  Files,
  FileText,
  FolderPlus,
  RotateCw,
  SearchX,
} from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import type { FileState, Library, LibraryFile } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { type FilesQuery, queries } from '../../api/queries.ts'
import { cn } from '../../components/cn.ts'
import { Empty } from '../../components/empty.tsx'
import { bytes, count, dateTime } from '../../components/format.ts'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { PagedBody, usePagedRows } from '../../components/paged-rows.tsx'
import { type SourceRef, useSources } from '../../components/sources/context.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Input, Select } from '../../components/ui/field.tsx'
import { Menu, MenuItem } from '../../components/ui/menu.tsx'
import { Spinner } from '../../components/ui/spinner.tsx'

const states = {
  indexed: { label: 'Ready', icon: CircleCheck, color: 'text-good' },
  reading: { label: 'Reading', icon: Spinner, color: 'text-accent' },
  waiting: { label: 'Queued', icon: Clock, color: 'text-ink-3' },
  skipped: { label: 'Skipped', icon: CircleMinus, color: 'text-ink-3' },
  failed: { label: 'Failed', icon: CircleAlert, color: 'text-bad' },
} as const satisfies Record<FileState, unknown>

/** Every file of a library with its state and, where it was not read, the reason; pages are loaded as they are seen. */
export function FilesTable({ library, onAddFolder }: { library: Library; onAddFolder: () => void }) {
  const [show, setShow] = useState<FilesQuery['show']>('all')
  const [order, setOrder] = useState<Pick<FilesQuery, 'sort' | 'descending'>>({ sort: 'name', descending: false })
  const [text, setText] = useState('')
  const filter = useDeferredValue(text)
  const rows = usePagedRows({
    page: (offset, limit) => queries.files(library.id, { show, filter, ...order }, offset, limit),
    rows: (page) => page.files,
    height: 44,
    grows: true,
  })
  const all = Object.values(library.files).reduce((sum, n) => sum + (n ?? 0), 0)
  if (all === 0 && library.jobId === null)
    return (
      <Empty icon={Files} title="No files yet">
        <p>
          Add a folder; Lagotto reads PDF, Office, e-mail, web pages, tables, code and text where they are and never
          changes them.
        </p>
        <Button tone="primary" className="mt-4" onClick={onAddFolder}>
          <FolderPlus /> Add a folder
        </Button>
      </Empty>
    )
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 px-6 py-3">
        <Input
          type="search"
          aria-label="Filter files by name"
          placeholder="Filter by name"
          className="h-8 min-w-40 max-w-72 flex-1"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Select
          aria-label="Filter files by state"
          className="h-8"
          value={show}
          onChange={(event) => setShow(event.target.value as FilesQuery['show'])}
        >
          <option value="all">All ({count(all)})</option>
          {(Object.keys(states) as FileState[]).map((key) => (
            <option key={key} value={key}>
              {states[key].label} ({count(library.files[key] ?? 0)})
            </option>
          ))}
          <option value="warned">Read in part</option>
        </Select>
        {(library.files.failed ?? 0) > 0 && (
          <Button
            size="sm"
            disabled={library.jobId !== null}
            onClick={() => client.libraries.retry({ id: library.id }).catch(toastError)}
          >
            <RotateCw /> Try all failed ones again
          </Button>
        )}
      </div>
      {rows.error && <ErrorNotice error={rows.error} className="mx-6" />}
      {rows.none ? (
        <Empty icon={SearchX} title="No file matches">
          Change the name or the state above.
        </Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section ref={rows.attach} tabIndex={0} aria-label="List of files" className="min-h-0 flex-1 overflow-y-auto">
          <table aria-label="Files" aria-rowcount={rows.total + 1} className="w-full table-fixed">
            <thead className="sticky top-0 z-10 bg-canvas text-xs text-ink-3 shadow-[0_1px_0_var(--line)]">
              <tr>
                {columns.map(({ sort, label, className }) => (
                  <Head key={sort} sort={sort} className={className} order={order} onOrder={setOrder}>
                    {label}
                  </Head>
                ))}
                <th scope="col" className="w-12 pr-4">
                  <span className="sr-only">Actions</span>
                </th>
              </tr>
            </thead>
            <PagedBody rows={rows} columns={columns.length + 1} className="h-11">
              {(file) => <FileCells file={file} library={library} />}
            </PagedBody>
          </table>
        </section>
      )}
    </>
  )
}

const columns = [
  { sort: 'state', label: 'State', className: 'w-28 pl-6' },
  { sort: 'name', label: 'File', className: '' },
  { sort: 'modified', label: 'Changed', className: 'w-44 text-right @max-[52rem]:hidden' },
  { sort: 'size', label: 'Size', className: 'w-24 text-right @max-[34rem]:hidden' },
  { sort: 'passages', label: 'Passages', className: 'w-24 text-right @max-[30rem]:hidden' },
] as const

type Order = Pick<FilesQuery, 'sort' | 'descending'>

/** The head of a column; a click sorts by it, another one turns the order around. */
function Head({
  sort,
  className,
  order,
  onOrder,
  children,
}: {
  sort: FilesQuery['sort']
  className: string
  order: Order
  onOrder: (order: Order) => void
  children: string
}) {
  const current = order.sort === sort
  const Arrow = order.descending ? ArrowDown : ArrowUp
  return (
    <th
      scope="col"
      aria-sort={current ? (order.descending ? 'descending' : 'ascending') : 'none'}
      className={cn('h-8 px-2 text-left font-normal', className)}
    >
      <button
        type="button"
        className="inline-flex min-h-6 items-center gap-1 hover:text-ink"
        onClick={() => onOrder({ sort, descending: current ? !order.descending : sort !== 'name' && sort !== 'state' })}
      >
        {children}
        {current && <Arrow className="size-3" aria-hidden="true" />}
      </button>
    </th>
  )
}

function FileCells({ file, library }: { file: LibraryFile; library: Library }) {
  const sources = useSources()
  const { label, icon: Icon, color } = states[file.state]
  return (
    <>
      <td className="py-2 pl-6 pr-2 align-top text-[0.8125rem]">
        <span className="flex items-center gap-1.5 pt-0.5">
          <Icon className={cn('size-4 shrink-0', color)} aria-hidden="true" />
          {label}
        </span>
      </td>
      <td className="p-2 align-top">
        {file.state === 'indexed' ? (
          <button
            type="button"
            onClick={() => sources.open([wholeFile(file)], 0)}
            title={`${file.path}\nLast changed ${dateTime(file.modifiedAt)}`}
            className="block min-h-6 max-w-full truncate text-left hover:underline"
          >
            {file.relativePath}
          </button>
        ) : (
          <span className="block truncate" title={file.path}>
            {file.relativePath}
          </span>
        )}
        {file.error && (
          <span className="block text-[0.8125rem] text-ink-2">
            {file.error.message} {file.error.action}
          </span>
        )}
        {file.warnings.map((warning) => (
          <span key={warning} className="block text-[0.8125rem] text-ink-2">
            {warning}
          </span>
        ))}
      </td>
      <td className="truncate px-2 py-2.5 text-right align-top text-[0.8125rem] tabular-nums text-ink-2 @max-[52rem]:hidden">
        {file.modifiedAt > 0 ? dateTime(file.modifiedAt) : '–'}
      </td>
      <td className="px-2 py-2.5 text-right align-top text-[0.8125rem] tabular-nums text-ink-2 @max-[34rem]:hidden">
        {bytes(file.sizeBytes)}
      </td>
      <td className="px-2 py-2.5 text-right align-top text-[0.8125rem] tabular-nums text-ink-2 @max-[30rem]:hidden">
        {file.state === 'indexed' ? count(file.passages) : '–'}
      </td>
      <td className="py-1.5 pl-1 pr-4 text-right align-top">
        <FileMenu file={file} readOnly={library.sample} />
      </td>
    </>
  )
}

/** What can be done with one file. */
function FileMenu({ file, readOnly }: { file: LibraryFile; readOnly: boolean }) {
  const sources = useSources()
  const { id, libraryId, state } = file
  const again = state === 'failed' || state === 'skipped'
  if (readOnly && state !== 'indexed') return null
  return (
    <Menu
      align="end"
      trigger={
        <Button tone="ghost" size="icon-sm" aria-label={`Actions for ${file.relativePath}`}>
          <Ellipsis />
        </Button>
      }
    >
      {state === 'indexed' && (
        <MenuItem onSelect={() => sources.open([wholeFile(file)], 0)}>
          <FileText /> Open
        </MenuItem>
      )}
      {again && !readOnly && (
        <MenuItem onSelect={() => client.libraries.retry({ id: libraryId, fileIds: [id] }).catch(toastError)}>
          <RotateCw /> Try again
        </MenuItem>
      )}
      {!readOnly && (
        <MenuItem onSelect={() => client.libraries.exclude({ id: libraryId, fileId: id }).catch(toastError)}>
          <EyeOff /> Leave out
        </MenuItem>
      )}
    </Menu>
  )
}

/** A file as a source without a passage: the pane then shows the document from its beginning. */
function wholeFile({ id, libraryId, title, relativePath }: LibraryFile): SourceRef {
  const place = { page: null, headings: [], start: 0, end: 0, text: '' }
  return { passage: { id, libraryId, fileId: id, title, path: relativePath, ...place }, number: null, evidence: [] }
}
