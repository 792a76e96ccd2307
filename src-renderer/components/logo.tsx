import { cn } from './cn.ts'

/** The Lagotto mark: a head of curls, two drooping ears, and a nose for truffles. */
export const Logo = ({ className }: { className?: string }) => (
  <svg viewBox="0 0 48 48" className={cn('size-8', className)} aria-hidden="true" fill="none">
    <g fill="var(--accent)">
      <circle cx="15.5" cy="13.5" r="7" />
      <circle cx="24" cy="10.5" r="7.5" />
      <circle cx="32.5" cy="13.5" r="7" />
      <path d="M11 14h26v15c0 8.5-5.5 15-13 15s-13-6.5-13-15z" />
    </g>
    <g fill="var(--accent-hover)">
      <path d="M12.5 14.5c-5.5 0-9.5 6-9.5 13 0 5 2.2 8.5 5 8.5 3.8 0 6-4.5 6-10.5 0-4.5-.2-8-1.5-11z" />
      <path d="M35.5 14.5c5.5 0 9.5 6 9.5 13 0 5-2.2 8.5-5 8.5-3.8 0-6-4.5-6-10.5 0-4.5.2-8 1.5-11z" />
    </g>
    <g fill="var(--on-accent)">
      <circle cx="19" cy="23" r="2" />
      <circle cx="29" cy="23" r="2" />
      <ellipse cx="24" cy="34" rx="7.5" ry="6.5" opacity=".92" />
    </g>
    <path
      d="M24 30c2.2 0 3.8.9 3.8 2.3 0 1.7-1.8 3.2-3.8 3.2s-3.8-1.5-3.8-3.2c0-1.4 1.6-2.3 3.8-2.3z"
      fill="var(--accent)"
    />
  </svg>
)
