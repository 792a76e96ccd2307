import { cn } from '../cn.ts'

/** Something is going on; decorative, the words beside it say what. */
export const Spinner = ({ className }: { className?: string }) => (
  <svg viewBox="0 0 16 16" className={cn('size-4 animate-spin text-accent', className)} aria-hidden="true">
    <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeOpacity="0.22" strokeWidth="2" />
    <path d="M8 2a6 6 0 0 1 6 6" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
  </svg>
)
