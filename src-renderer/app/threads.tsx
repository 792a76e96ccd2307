import { useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Search } from 'lucide-react'
import { useDeferredValue, useMemo, useRef, useState } from 'react'
import { Link, useLocation, useRoute } from 'wouter'
import type { Thread } from '../../src-main/contract/index.ts'
import { client } from '../api/client.ts'
import { queries } from '../api/queries.ts'
import { cn } from '../components/cn.ts'
import { ItemMenu } from '../components/item-menu.tsx'
import { NameDialog } from '../components/name-dialog.tsx'
import { toastError } from '../components/notice.tsx'
import { Confirm } from '../components/ui/dialog.tsx'

type Row = { label: string } | { thread: Thread }

const DAY = 86_400_000

/** Threads under the day they were last used: Today, Yesterday, Last 7 days, Earlier. */
function byDay(threads: readonly Thread[], now: number): Row[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  const labelOf = (at: number) =>
    at >= midnight ? 'Today' : at >= midnight - DAY ? 'Yesterday' : at >= midnight - 7 * DAY ? 'Last 7 days' : 'Earlier'
  const rows: Row[] = []
  let last = ''
  for (const thread of threads) {
    const label = labelOf(thread.updatedAt)
    if (label !== last) rows.push({ label })
    last = label
    rows.push({ thread })
  }
  return rows
}

/** The list of threads, with search, rename and delete. */
export function ThreadList({ onOpen }: { onOpen: () => void }) {
  const [query, setQuery] = useState('')
  const { data: threads } = useQuery(queries.threads(useDeferredValue(query)))
  const [, open] = useRoute('/t/:id')
  const [, navigate] = useLocation()
  const [renaming, setRenaming] = useState<Thread | null>(null)
  const [deleting, setDeleting] = useState<Thread | null>(null)
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useMemo(() => byDay(threads ?? [], Date.now()), [threads])
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => (rows[i] && 'label' in rows[i] ? 30 : 34),
    overscan: 10,
  })
  const remove = async (thread: Thread) => {
    try {
      await client.threads.delete({ id: thread.id })
      if (open?.id === thread.id) navigate('/')
    } catch (thrown) {
      toastError(thrown)
    }
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="relative mx-3 mb-1 mt-4">
        <Search className="pointer-events-none absolute left-2.5 top-2 size-4 text-ink-3" aria-hidden="true" />
        <input
          type="search"
          aria-label="Search threads"
          placeholder="Search threads"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          className="h-8 w-full rounded-lg border border-transparent bg-hover/70 pl-8 pr-2 text-[0.8125rem] placeholder:text-ink-3"
        />
      </div>
      <nav ref={scroller} aria-label="Threads" className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        {threads && rows.length === 0 && (
          <p className="px-3 py-4 text-[0.8125rem] text-ink-3">
            {query.trim() ? 'No thread mentions this.' : 'Your questions will appear here.'}
          </p>
        )}
        <div className="relative" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((item) => {
            const row = rows[item.index]
            if (!row) return null
            const style = { height: item.size, transform: `translateY(${item.start}px)` }
            if ('label' in row)
              return (
                <p key={item.key} style={style} className="absolute inset-x-0 px-2.5 pt-2.5 text-xs text-ink-3">
                  {row.label}
                </p>
              )
            const { thread } = row
            const current = thread.id === open?.id
            return (
              <div
                key={item.key}
                style={style}
                className={cn(
                  'group absolute inset-x-0 flex items-center rounded-lg pr-1 hover:bg-hover',
                  current && 'bg-hover',
                )}
              >
                <Link
                  href={`/t/${thread.id}`}
                  onClick={onOpen}
                  aria-current={current ? 'page' : undefined}
                  title={thread.title}
                  className="min-w-0 flex-1 truncate rounded-lg px-2.5 py-1.5 text-[0.8125rem]"
                >
                  {thread.title}
                </Link>
                <ItemMenu
                  label={`More for “${thread.title}”`}
                  align="start"
                  className="size-6 opacity-0 focus-visible:opacity-100 group-focus-within:opacity-100 group-hover:opacity-100 data-[state=open]:opacity-100"
                  onRename={() => setRenaming(thread)}
                  onDelete={() => setDeleting(thread)}
                />
              </div>
            )
          })}
        </div>
      </nav>
      {renaming && (
        <NameDialog
          title="Rename thread"
          label="Title"
          initial={renaming.title}
          action="Rename"
          onClose={() => setRenaming(null)}
          onSubmit={(title) => client.threads.rename({ id: renaming.id, title }).catch(toastError)}
        />
      )}
      <Confirm
        open={deleting !== null}
        onOpenChange={() => setDeleting(null)}
        title="Delete this thread?"
        action="Delete"
        onConfirm={() => deleting && void remove(deleting)}
      >
        “{deleting?.title}” and its answers will be removed. Your documents are not touched.
      </Confirm>
    </div>
  )
}
