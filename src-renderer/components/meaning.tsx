import type { ReactNode } from 'react'
import { cn } from './cn.ts'
import { Tip } from './ui/tip.tsx'

/** A figure or a name that says what it means when it is pointed at, focused or pressed. */
export const Meaning = ({
  meaning,
  plain = false,
  className,
  children,
}: {
  meaning: ReactNode
  /** Without the dotted line under it: for figures, of which there are many. */
  plain?: boolean
  className?: string
  children: ReactNode
}) => (
  <Tip label={meaning}>
    <button
      type="button"
      // A press must not close what pointing at it opened; on a touch screen the focus opens it.
      onPointerDown={(event) => event.preventDefault()}
      onClick={(event) => {
        event.preventDefault()
        event.currentTarget.focus()
      }}
      className={cn(
        'min-h-6 cursor-help rounded text-inherit',
        !plain && 'underline decoration-dotted decoration-control underline-offset-4',
        className,
      )}
    >
      {children}
    </button>
  </Tip>
)
