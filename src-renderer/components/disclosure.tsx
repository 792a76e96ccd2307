import { ChevronRight } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { cn } from './cn.ts'

/** A line that opens to show more. */
export function Disclosure({
  open,
  onToggle,
  summary,
  children,
}: {
  open: boolean
  onToggle: () => void
  summary: ReactNode
  children: ReactNode
}) {
  const id = useId()
  return (
    <div className="min-w-0">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={onToggle}
        className="group -ml-1.5 flex min-h-7 max-w-full items-center gap-1 rounded-md px-1.5 text-left text-ink-2 hover:text-ink"
      >
        <span className="min-w-0">{summary}</span>
        <ChevronRight
          className={cn('size-3.5 shrink-0 text-ink-3 transition-transform duration-150', open && 'rotate-90')}
          aria-hidden="true"
        />
      </button>
      <div id={id} hidden={!open}>
        {open && children}
      </div>
    </div>
  )
}
