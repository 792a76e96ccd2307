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
        className="group -ml-1.5 min-h-7 max-w-full rounded-md px-1.5 py-1 text-left leading-snug text-ink-2 hover:text-ink"
      >
        {summary}
        <ChevronRight
          className={cn(
            'ml-1 inline size-3.5 align-[-2px] text-ink-3 transition-transform duration-150',
            open && 'rotate-90',
          )}
          aria-hidden="true"
        />
      </button>
      <div id={id} hidden={!open}>
        {open && children}
      </div>
    </div>
  )
}
