import type { ReactNode } from 'react'

/** Settings that belong together. */
export const Part = ({ title, intro, children }: { title: string; intro?: string; children: ReactNode }) => (
  <section className="mb-8">
    <h2 className="text-sm font-semibold">{title}</h2>
    {intro && <p className="mt-0.5 text-[0.8125rem] text-ink-2">{intro}</p>}
    <div className="mt-2 divide-y divide-line rounded-2xl border border-line bg-surface px-5 py-0.5 shadow-card">
      {children}
    </div>
  </section>
)
