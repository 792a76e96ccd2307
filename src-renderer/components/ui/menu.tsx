import { Check } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ComponentProps, ReactNode } from 'react'
import { cn } from '../cn.ts'

const content =
  'z-50 min-w-44 max-w-80 max-h-(--radix-dropdown-menu-content-available-height) overflow-y-auto rounded-xl border border-line bg-surface p-1 shadow-float animate-pop'
const item =
  'flex select-none items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-sm outline-none data-[highlighted]:bg-hover data-[disabled]:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0'

/** A menu that opens from the element given as `trigger`. */
export function Menu({
  trigger,
  align = 'start',
  side = 'bottom',
  className,
  children,
}: {
  trigger: ReactNode
  align?: 'start' | 'end'
  side?: 'top' | 'bottom'
  className?: string
  children: ReactNode
}) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className={cn(content, className)}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

/** One action of a menu. */
export function MenuItem({
  danger,
  className,
  ...props
}: ComponentProps<typeof DropdownMenu.Item> & { danger?: boolean }) {
  return (
    <DropdownMenu.Item
      className={cn(item, danger ? 'text-bad [&_svg]:text-bad' : 'text-ink [&_svg]:text-ink-3', className)}
      {...props}
    />
  )
}

/** One of several choices, with a line of explanation. */
export function MenuChoice({
  label,
  hint,
  ...props
}: ComponentProps<typeof DropdownMenu.RadioItem> & { label: string; hint?: string | undefined }) {
  return (
    <DropdownMenu.RadioItem className={cn(item, 'items-start')} {...props}>
      <span className="mt-0.5 size-4 shrink-0 text-accent">
        <DropdownMenu.ItemIndicator>
          <Check />
        </DropdownMenu.ItemIndicator>
      </span>
      <span className="min-w-0">
        <span className="block truncate">{label}</span>
        {hint && <span className="block text-xs text-ink-3">{hint}</span>}
      </span>
    </DropdownMenu.RadioItem>
  )
}

export const MenuChoices = DropdownMenu.RadioGroup
export const MenuLabel = (props: ComponentProps<typeof DropdownMenu.Label>) => (
  <DropdownMenu.Label className="px-2.5 pb-1 pt-1.5 text-xs font-medium text-ink-3" {...props} />
)
