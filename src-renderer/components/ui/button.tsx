import { cva, type VariantProps } from 'class-variance-authority'
import { Slot } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'

const styles = cva(
  'inline-flex shrink-0 select-none items-center justify-center gap-2 whitespace-nowrap rounded-lg border font-medium transition-colors duration-150 [&_svg]:shrink-0',
  {
    variants: {
      tone: {
        primary:
          'border-transparent bg-accent text-on-accent hover:bg-accent-hover disabled:bg-hover disabled:text-ink-3 aria-disabled:bg-hover aria-disabled:text-ink-3',
        plain: 'border-line bg-surface text-ink hover:bg-hover/60 disabled:text-ink-3 disabled:hover:bg-surface',
        ghost:
          'border-transparent bg-transparent text-ink-2 hover:bg-hover hover:text-ink aria-disabled:text-ink-3/60 aria-disabled:hover:bg-transparent',
        danger: 'border-transparent bg-bad text-canvas hover:opacity-90',
      },
      size: {
        md: 'h-9 px-3.5 text-sm [&_svg]:size-4',
        sm: 'h-7 px-2.5 text-[0.8125rem] [&_svg]:size-3.5',
        icon: 'size-8 [&_svg]:size-4',
        'icon-sm': 'size-7 [&_svg]:size-4',
      },
    },
    defaultVariants: { tone: 'plain', size: 'md' },
  },
)

/** The one button. `asChild` gives its looks to a link. */
export function Button({
  className,
  tone,
  size,
  asChild,
  ...props
}: ComponentProps<'button'> & VariantProps<typeof styles> & { asChild?: boolean }) {
  const Part = asChild ? Slot.Root : 'button'
  return <Part type={asChild ? undefined : 'button'} className={cn(styles({ tone, size }), className)} {...props} />
}
