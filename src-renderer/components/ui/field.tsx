import { ChevronDown } from 'lucide-react'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { cn } from '../cn.ts'

const box =
  'rounded-lg border border-control bg-surface text-sm text-ink placeholder:text-ink-3 disabled:opacity-60 aria-invalid:border-bad'

/** A one-line text field. */
export const Input = ({ className, ...props }: ComponentProps<'input'>) => (
  <input className={cn(box, 'h-9 px-3', className)} {...props} />
)

/** A text field of several lines. */
export const TextArea = ({ className, ...props }: ComponentProps<'textarea'>) => (
  <textarea className={cn(box, 'resize-y px-3 py-1.5 font-mono text-[0.8125rem]', className)} {...props} />
)

/** The system's own select: keyboard, touch and screen readers know it. */
export const Select = ({
  className,
  wrapperClassName,
  ...props
}: ComponentProps<'select'> & { wrapperClassName?: string }) => (
  <span className={cn('relative inline-flex', wrapperClassName)}>
    <select className={cn(box, 'h-9 w-full appearance-none truncate pl-3 pr-8', className)} {...props} />
    <ChevronDown
      className="pointer-events-none absolute right-2.5 top-1/2 size-4 -translate-y-1/2 text-ink-3"
      aria-hidden="true"
    />
  </span>
)

/** A labelled row of a form: what it is and what it does on the left, the control on the right. */
export function Field({
  label,
  hint,
  children,
}: {
  label: string
  hint?: ReactNode
  children: (ids: { id: string; 'aria-describedby': string | undefined }) => ReactNode
}) {
  const id = useId()
  const hintId = `${id}-hint`
  return (
    <div className="flex items-start gap-6 py-3.5">
      <div className="min-w-0 flex-1">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint && (
          <p id={hintId} className="mt-0.5 max-w-prose text-[0.8125rem] text-ink-2">
            {hint}
          </p>
        )}
      </div>
      <div className="w-44 shrink-0 sm:w-60 *:w-full">
        {children({ id, 'aria-describedby': hint ? hintId : undefined })}
      </div>
    </div>
  )
}

/** A labelled control of a form of columns: what it is above it. */
export function StackedField({
  label,
  aside,
  children,
}: {
  label: string
  /** What there is to know beside the label. */
  aside?: string
  children: (id: string) => ReactNode
}) {
  const id = useId()
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label} {aside && <span className="font-normal text-ink-3">({aside})</span>}
      </label>
      {children(id)}
    </div>
  )
}
