import type { ReactNode } from 'react'

/** A screen of one column with a title and what can be done on it. */
export const Screen = ({
  title,
  intro,
  actions,
  children,
}: {
  title: string
  intro?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
  <section tabIndex={0} aria-label={title} className="h-full overflow-y-auto">
    <div className="mx-auto max-w-3xl px-6 pb-16 pt-8">
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
