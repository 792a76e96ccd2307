import type { Progress } from '../../src-main/contract/index.ts'
import { cn } from './cn.ts'

/** A bar; read aloud in steps of ten percent. */
export function ProgressBar({
  progress,
  label,
  className,
}: {
  progress: Progress | null
  label: string
  className?: string
}) {
  const share = progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : null
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.floor(share * 10) * 10}
      className={cn('h-1.5 overflow-hidden rounded-full bg-hover', className)}
    >
      <div
        className={cn(
          'h-full rounded-full bg-accent transition-[width] duration-300',
          share === null && 'w-1/4 animate-breathe',
        )}
        style={share === null ? undefined : { width: `${share * 100}%` }}
      />
    </div>
  )
}
