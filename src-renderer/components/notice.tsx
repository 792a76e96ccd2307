import { ClipboardCopy, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { toast } from 'sonner'
import { toErrorValue } from '../api/errors.ts'
import { cn } from './cn.ts'
import { Button } from './ui/button.tsx'

/** A calm remark with an icon. */
export function Notice({
  tone = 'info',
  className,
  children,
}: {
  tone?: 'info' | 'warn' | 'bad'
  className?: string
  children: ReactNode
}) {
  const Icon = tone === 'info' ? Info : TriangleAlert
  const colors = {
    info: 'bg-accent-soft [&>svg]:text-accent',
    warn: 'bg-warn-soft [&>svg]:text-warn',
    bad: 'bg-bad-soft [&>svg]:text-bad',
  }
  return (
    <div
      className={cn(
        'flex gap-3 rounded-xl border border-transparent px-3.5 py-3 text-sm text-ink',
        colors[tone],
        className,
      )}
    >
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  )
}

/** What went wrong, what still works, what to do, and the detail for a report. */
export function ErrorNotice({
  error,
  className,
  children,
}: {
  error: unknown
  className?: string
  children?: ReactNode
}) {
  const value = isErrorValue(error) ? error : toErrorValue(error)
  const copy = async () => {
    await navigator.clipboard.writeText(`${value.code}: ${value.message}\n${value.detail ?? ''}`)
    toast('Details copied')
  }
  return (
    <Notice tone="bad" className={className ?? ''}>
      <div role="alert">
        <p className="font-medium">{value.message}</p>
        <p className="mt-0.5 text-ink-2">{value.action}</p>
        {value.stillWorks && <p className="mt-0.5 text-ink-2">{value.stillWorks}</p>}
      </div>
      {(children || value.detail) && (
        <div className="mt-2.5 flex flex-wrap gap-2">
          {children}
          {value.detail && (
            <Button size="sm" tone="ghost" onClick={copy}>
              <ClipboardCopy /> Copy details
            </Button>
          )}
        </div>
      )}
    </Notice>
  )
}

const isErrorValue = (error: unknown): error is ReturnType<typeof toErrorValue> =>
  typeof error === 'object' && error !== null && !(error instanceof Error) && 'code' in error && 'action' in error

/** Shows a failed action as a toast: for what has no place of its own on the screen. */
export function toastError(thrown: unknown): void {
  const value = toErrorValue(thrown)
  toast.error(value.message, { description: value.action })
}
