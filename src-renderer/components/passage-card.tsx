import type { ReactNode } from 'react'
import type { PassageHit } from '../../src-main/contract/index.ts'
import { cn } from './cn.ts'
import { excerptStart, type Mark } from './marks.ts'
import { PassageText } from './passage-text.tsx'

/** A passage that a search found: where it stands, its text with the marks; opens the source. */
export function PassageCard({
  hit,
  marks,
  badge,
  faded,
  onOpen,
  children,
}: {
  hit: PassageHit
  marks: readonly Mark[]
  badge?: ReactNode
  faded?: boolean
  onOpen: () => void
  children?: ReactNode
}) {
  const place = [hit.page === null ? null : `p. ${hit.page}`, hit.headings.join(' › ') || null, hit.path].filter(
    Boolean,
  )
  const start = excerptStart(hit.text, marks)
  return (
    <article className="relative rounded-xl border border-line bg-surface px-3.5 py-2.5 hover:border-control">
      <div className="flex items-baseline gap-2">
        <h3 className="min-w-0 flex-1 truncate text-[0.8125rem] font-semibold">
          <button
            type="button"
            onClick={onOpen}
            className="max-w-full truncate after:absolute after:inset-0 after:rounded-xl"
          >
            {hit.title}
          </button>
        </h3>
        {badge}
      </div>
      <p className="truncate text-xs text-ink-3">{place.join(' · ')}</p>
      <p
        className={cn(
          'mt-1.5 line-clamp-4 wrap-anywhere text-[0.8125rem] leading-relaxed',
          faded ? 'text-ink-3' : 'text-ink-2',
        )}
      >
        {start > 0 && '… '}
        <PassageText text={hit.text} path={hit.path} headings={hit.headings} from={start} marks={marks} />
      </p>
      {children}
    </article>
  )
}
