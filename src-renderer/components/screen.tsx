import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { cn } from './cn.ts'

/** A screen of one column with a title and what can be done on it. */
export const Screen = ({
  title,
  intro,
  actions,
  back,
  wide = false,
  children,
}: {
  title: string
  intro?: ReactNode
  actions?: ReactNode
  /** Where this screen was come to from. */
  back?: { href: string; label: string }
  /** For what needs more room than text: charts and tables. */
  wide?: boolean
  children: ReactNode
}) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
  <section tabIndex={0} aria-label={title} className="h-full overflow-y-auto">
    <div className={cn('mx-auto px-6 pb-16 pt-8', wide ? 'max-w-6xl' : 'max-w-3xl')}>
      {back && (
        <Link href={back.href} className="text-[0.8125rem] text-ink-2 hover:text-ink hover:underline">
          {back.label}
        </Link>
      )}
      <header className="mb-6 flex items-start gap-4">
        <div className="min-w-0 flex-1">
          <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
          {intro && <p className="mt-1 text-ink-2">{intro}</p>}
        </div>
        {actions}
      </header>
      {children}
    </div>
  </section>
)

/** A part of a screen under a heading of its own. */
export const Part = ({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) => (
  <section className="@container">
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <h2 className="min-w-0 flex-1 text-base font-semibold">{title}</h2>
      {actions}
    </div>
    {children}
  </section>
)
