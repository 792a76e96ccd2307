import { Tooltip } from 'radix-ui'
import type { ReactNode } from 'react'
import { isMac } from '../../api/bridge.ts'
import { cn } from '../cn.ts'

/** A key cap. `Mod` is the command key of the platform. */
export function Keys({ keys, className }: { keys: string; className?: string }) {
  return (
    <span className={cn('inline-flex gap-1', className)}>
      {keys.split('+').map((key) => (
        <kbd
          key={key}
          className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-current/25 px-1 font-sans text-[0.6875rem] leading-none"
        >
          {key === 'Mod' ? (isMac ? '⌘' : 'Ctrl') : key}
        </kbd>
      ))}
    </span>
  )
}

/** A tooltip over one focusable element, with the shortcut that does the same. */
export function Tip({
  label,
  keys,
  side = 'top',
  children,
}: {
  label: ReactNode
  keys?: string | undefined
  side?: 'top' | 'right' | 'bottom' | 'left'
  children: ReactNode
}) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 flex max-w-80 animate-pop items-center gap-2.5 rounded-lg bg-ink px-2.5 py-1.5 text-[0.8125rem] text-canvas shadow-float"
        >
          <span>{label}</span>
          {keys && <Keys keys={keys} />}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}
