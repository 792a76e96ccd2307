import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

/** Nothing here yet, and the one thing to do about it. */
export const Empty = ({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children?: ReactNode }) => (
  <div className="flex flex-col items-center gap-3 px-6 py-14 text-center">
    <Icon className="size-7 text-ink-3" strokeWidth={1.5} aria-hidden="true" />
    <p className="text-base font-medium">{title}</p>
    {children && <div className="max-w-md text-ink-2">{children}</div>}
  </div>
)
