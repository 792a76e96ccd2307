import { cn } from './cn.ts'

/** The Lagotto mark: a curly head with two drooping ears and a truffle of a nose. */
export const Logo = ({ className }: { className?: string }) => (
  <svg viewBox="0 0 48 48" className={cn('size-8', className)} aria-hidden="true" fill="none">
    <g fill="var(--accent)">
      <path d="M10 17c-4 1-6.5 5-6.5 10 0 5.500 2.500 10 6 10 3.200 0 5-3.500 5-8.500z" opacity=".72" />
      <path d="M38 17c4 1 6.500 5 6.500 10 0 5.500-2.500 10-6 10-3.200 0-5-3.500-5-8.500z" opacity=".72" />
      <circle cx="17" cy="13" r="6" />
      <circle cx="24" cy="10.500" r="6.500" />
      <circle cx="31" cy="13" r="6" />
      <circle cx="13.500" cy="18.500" r="5" />
      <circle cx="34.500" cy="18.500" r="5" />
      <path d="M11 20h26v10c0 8-5.500 14-13 14s-13-6-13-14z" />
    </g>
    <g fill="var(--canvas)">
      <circle cx="18.500" cy="25" r="2.200" />
      <circle cx="29.500" cy="25" r="2.200" />
      <path d="M24 31.200c2.600 0 4.600 1.200 4.600 3 0 2-2.200 3.800-4.600 3.800s-4.600-1.800-4.600-3.800c0-1.800 2-3 4.600-3z" />
    </g>
  </svg>
)
