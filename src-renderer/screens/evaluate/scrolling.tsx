import type { ReactNode } from 'react'

/** A card that scrolls sideways when a table is too wide for it. */
export const Scrolling = ({ label, children }: { label: string; children: ReactNode }) => (
  <section
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    tabIndex={0}
    aria-label={label}
    className="overflow-x-auto rounded-2xl border border-line bg-surface shadow-card"
  >
    {children}
  </section>
)
