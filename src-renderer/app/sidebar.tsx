import { Command, PanelLeftClose, PanelLeftOpen, SquarePen } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { cn } from '../components/cn.ts'
import { Logo } from '../components/logo.tsx'
import { Button } from '../components/ui/button.tsx'
import { Keys, Tip } from '../components/ui/tip.tsx'
import { emit } from './commands.ts'
import { RunningJobs, RunningJobsSign } from './jobs.tsx'
import { places } from './places.ts'
import { ThreadList } from './threads.tsx'

function usePlace() {
  const [location] = useLocation()
  return (href: string) => (location === href || location.startsWith(`${href}/`) ? 'page' : undefined)
}

/** The full sidebar: new question, threads, places, running work. */
export function Sidebar({ onCollapse, onOpen }: { onCollapse: () => void; onOpen: () => void }) {
  const current = usePlace()
  return (
    <aside aria-label="Sidebar" className="flex h-full w-64 shrink-0 flex-col border-r border-line bg-sunken">
      <div className="flex items-center gap-2.5 px-4 pb-3 pt-4">
        <Logo className="size-7" />
        <span className="flex-1 text-[0.9375rem] font-semibold tracking-tight">Lagotto</span>
        <Tip label="Hide the sidebar" side="right">
          <Button tone="ghost" size="icon-sm" aria-label="Hide the sidebar" onClick={onCollapse}>
            <PanelLeftClose />
          </Button>
        </Tip>
      </div>
      <div className="px-3">
        <Link
          href="/"
          onClick={() => {
            onOpen()
            requestAnimationFrame(() => emit('focus-composer'))
          }}
          className="flex h-9 items-center gap-2.5 rounded-lg border border-line bg-surface px-3 text-sm font-medium shadow-card hover:bg-hover/60"
        >
          <SquarePen className="size-4 text-accent" aria-hidden="true" />
          <span className="flex-1">New question</span>
          <Keys keys="N" className="text-ink-3" />
        </Link>
      </div>
      <ThreadList onOpen={onOpen} />
      <RunningJobs />
      <nav aria-label="Places" className="space-y-0.5 border-t border-line p-2">
        {places.map(({ href, label, icon: Icon }) => (
          <Link
            key={href}
            href={href}
            onClick={onOpen}
            aria-current={current(href)}
            className="flex h-8 items-center gap-2.5 rounded-lg px-2.5 text-[0.8125rem] font-medium text-ink-2 hover:bg-hover hover:text-ink aria-[current]:bg-hover aria-[current]:text-ink"
          >
            <Icon className="size-4" aria-hidden="true" />
            {label}
          </Link>
        ))}
        <button
          type="button"
          onClick={() => emit('open-palette')}
          className="flex h-8 w-full items-center gap-2.5 rounded-lg px-2.5 text-[0.8125rem] font-medium text-ink-2 hover:bg-hover hover:text-ink"
        >
          <Command className="size-4" aria-hidden="true" />
          <span className="flex-1 text-left">Commands</span>
          <Keys keys="Mod+K" className="text-ink-3" />
        </button>
      </nav>
    </aside>
  )
}

/** The narrow form of the sidebar: icons only. */
export function Rail({ onExpand }: { onExpand: () => void }) {
  const current = usePlace()
  const link =
    'flex size-9 items-center justify-center rounded-lg text-ink-2 hover:bg-hover hover:text-ink aria-[current]:bg-hover aria-[current]:text-ink [&_svg]:size-[1.125rem]'
  return (
    <aside
      aria-label="Sidebar"
      className="flex h-full w-14 shrink-0 flex-col items-center gap-1 border-r border-line bg-sunken py-3"
    >
      <Tip label="Show threads" side="right">
        <button type="button" aria-label="Show threads" onClick={onExpand} className={link}>
          <PanelLeftOpen />
        </button>
      </Tip>
      <Tip label="New question" keys="N" side="right">
        <Link
          href="/"
          aria-label="New question"
          onClick={() => requestAnimationFrame(() => emit('focus-composer'))}
          className={cn(link, 'text-accent hover:text-accent')}
        >
          <SquarePen />
        </Link>
      </Tip>
      <span className="mt-auto">
        <RunningJobsSign />
      </span>
      <nav aria-label="Places" className="flex flex-col gap-1">
        {places.map(({ href, label, icon: Icon, ...place }) => (
          <Tip key={href} label={label} keys={'keys' in place ? place.keys : undefined} side="right">
            <Link href={href} aria-label={label} aria-current={current(href)} className={link}>
              <Icon />
            </Link>
          </Tip>
        ))}
      </nav>
    </aside>
  )
}
