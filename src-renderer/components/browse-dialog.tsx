import { useQuery } from '@tanstack/react-query'
import { CornerLeftUp, File, Folder } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { client } from '../api/client.ts'
import { cn } from './cn.ts'
import { ErrorNotice } from './notice.tsx'
import { Button } from './ui/button.tsx'
import { Dialog } from './ui/dialog.tsx'
import { Input } from './ui/field.tsx'
import { Spinner } from './ui/spinner.tsx'

/** What can be picked: one folder, or files (of some kinds). */
export type Pick = { kind: 'folder' } | { kind: 'files'; extensions?: readonly string[] }

/** The folder picker of hosts without a native one: type a path, or walk with arrows, Enter and Backspace. */
export default function BrowseDialog({
  title,
  pick,
  action,
  onPick,
  onClose,
}: {
  title: string
  pick: Pick
  action: string
  onPick: (paths: string[]) => void
  onClose: () => void
}) {
  const [path, setPath] = useState<string | undefined>(undefined)
  const [typed, setTyped] = useState<string | null>(null)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const extensions = pick.kind === 'files' ? pick.extensions : undefined
  const { data, error, isFetching } = useQuery({
    queryKey: ['browse', path ?? '', extensions ?? []],
    queryFn: ({ signal }) =>
      client.system.browse(
        { ...(path === undefined ? {} : { path }), ...(extensions ? { extensions: [...extensions] } : {}) },
        { signal },
      ),
    gcTime: 0,
    staleTime: 0,
    placeholderData: (before) => before,
  })
  const entries = (data?.entries ?? []).filter(({ kind }) => kind === 'folder' || pick.kind === 'files')
  const go = (to: string) => {
    setPath(to)
    setTyped(null)
    setChosen([])
  }
  const toggle = (file: string) =>
    setChosen((old) => (old.includes(file) ? old.filter((other) => other !== file) : [...old, file]))
  const result = pick.kind === 'folder' ? (data && !error ? [data.path] : []) : chosen
  const file = pick.kind === 'files' ? (data?.file ?? null) : null
  useEffect(() => {
    if (file !== null) setChosen([file])
  }, [file])
  // A new folder is a new list: the focus goes to its first row when it was in the old one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: on every new listing
  useEffect(() => {
    if (list.current?.contains(document.activeElement) || document.activeElement === document.body)
      list.current?.querySelector<HTMLElement>('button')?.focus()
  }, [data?.path])

  const move = (event: React.KeyboardEvent) => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('button') ?? [])]
    const at = rows.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key]
    if (to !== undefined) {
      event.preventDefault()
      rows[Math.min(rows.length - 1, Math.max(0, to))]?.focus()
    } else if (event.key === 'Backspace' && data?.parent) {
      event.preventDefault()
      go(data.parent)
    } else if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey) {
      const letter = event.key.toLowerCase()
      const next = [...rows.slice(at + 1), ...rows].find((row) => row.dataset['name']?.startsWith(letter))
      next?.focus()
    }
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} className="h-[34rem] max-w-2xl">
      <form
        className="px-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (typed?.trim()) go(typed.trim())
        }}
      >
        <label htmlFor={id} className="sr-only">
          Path
        </label>
        <Input
          id={id}
          className="w-full font-mono text-[0.8125rem]"
          value={typed ?? data?.path ?? path ?? ''}
          placeholder="Path"
          spellCheck={false}
          autoComplete="off"
          aria-invalid={error !== null}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowDown') return
            event.preventDefault()
            list.current?.querySelector<HTMLElement>('button')?.focus()
          }}
        />
      </form>
      {error && <ErrorNotice error={error} className="mx-5 mt-3" />}
      <section
        ref={list}
        aria-label="Folder contents"
        aria-busy={isFetching}
        onKeyDown={move}
        className="mt-3 min-h-0 flex-1 overflow-y-auto border-y border-line px-3 py-2"
      >
        {!data && !error && <Spinner className="mx-auto mt-8" />}
        {data?.parent && (
          <BrowseRow
            name=".."
            label="Up one folder"
            icon={<CornerLeftUp />}
            onOpen={() => data.parent && go(data.parent)}
          />
        )}
        {entries.map((entry) =>
          entry.kind === 'folder' ? (
            <BrowseRow key={entry.path} name={entry.name} icon={<Folder />} onOpen={() => go(entry.path)} />
          ) : (
            <BrowseRow
              key={entry.path}
              name={entry.name}
              icon={<File />}
              pressed={chosen.includes(entry.path)}
              onOpen={() => toggle(entry.path)}
            />
          ),
        )}
        {data && entries.length === 0 && (
          <p className="px-3 py-4 text-ink-3">
            {pick.kind === 'folder'
              ? 'No folders in here. You can choose this folder itself.'
              : `No ${extensions ? extensions.join(' or ') : ''} files or folders in here.`}
          </p>
        )}
      </section>
      <footer className="flex items-center gap-3 px-5 py-3.5">
        <p className="min-w-0 flex-1 truncate text-[0.8125rem] text-ink-3" title={result.join('\n')}>
          {pick.kind === 'folder'
            ? result[0]
            : chosen.length > 0
              ? `${chosen.length} chosen`
              : 'Choose one or more files'}
        </p>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          tone="primary"
          disabled={result.length === 0}
          onClick={() => {
            onPick([...result])
            onClose()
          }}
        >
          {action}
        </Button>
      </footer>
    </Dialog>
  )
}

function BrowseRow({
  name,
  label,
  icon,
  pressed,
  onOpen,
}: {
  name: string
  label?: string
  icon: React.ReactNode
  pressed?: boolean
  onOpen: () => void
}) {
  return (
    <button
      type="button"
      data-name={name.toLowerCase()}
      aria-pressed={pressed}
      onClick={onOpen}
      className={cn(
        'flex h-8 w-full items-center gap-2.5 rounded-lg px-2.5 text-left text-sm hover:bg-hover focus-visible:outline-offset-[-2px] [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-ink-3',
        pressed && 'bg-accent-soft font-medium',
      )}
    >
      {icon}
      <span className="truncate">{label ?? name}</span>
    </button>
  )
}
