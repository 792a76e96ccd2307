import type { Progress } from '../../src-main/contract/index.ts'
import { cn } from './cn.ts'
import { bytes, count, duration } from './format.ts'

/** "812 of 1,040 files · 31 files/s · 7 s left", "12 MB of 1.1 GB · 8.4 MB/s · 2 min left". */
export function progressText({ done, total, unit, rate, leftMs }: Progress): string {
  const inBytes = unit === 'bytes'
  const parts = [inBytes ? `${bytes(done)} of ${bytes(total)}` : `${count(done)} of ${count(total)} ${unit}`]
  if (rate !== null) {
    const perSecond = rate >= 10 ? count(Math.round(rate)) : rate.toFixed(1)
    parts.push(inBytes ? `${bytes(rate)}/s` : `${perSecond} ${unit}/s`)
  }
  if (leftMs !== null && leftMs > 500) parts.push(`${duration(leftMs)} left`)
  return parts.join(' · ')
}

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
