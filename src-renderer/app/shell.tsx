import { Dialog } from 'radix-ui'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { Group, Panel, Separator } from 'react-resizable-panels'
import { useSources } from '../components/sources/context.tsx'
import { SourcePane } from '../components/sources/pane.tsx'
import { Announcer } from './announce.tsx'
import { ConnectionBanner } from './banner.tsx'
import { useCommand } from './commands.ts'
import { useMedia } from './media.ts'
import { useShortcuts } from './shortcuts.ts'
import { Rail, Sidebar } from './sidebar.tsx'
import { useStored } from './stored.ts'

const Palette = lazy(() => import('./palette.tsx'))
const Help = lazy(() => import('./help.tsx'))

/** The window: sidebar, the screen, the source pane, and what lies over them. */
export function Shell({ children }: { children: ReactNode }) {
  useShortcuts()
  const wide = useMedia('(min-width: 1000px)')
  const [collapsed, setCollapsed] = useStored('sidebar', 'open')
  const [drawer, setDrawer] = useState(false)
  const [overlay, setOverlay] = useState<'palette' | 'help' | null>(null)
  useCommand('open-palette', () => {
    setOverlay((old) => (old === 'palette' ? null : 'palette'))
    return true
  })
  useCommand('open-help', () => {
    setOverlay('help')
    return true
  })
  const full = wide && collapsed === 'open'
  return (
    <div className="flex h-full">
      <button
        type="button"
        onClick={() => document.getElementById('main')?.focus()}
        className="fixed left-2 top-2 z-50 -translate-y-20 rounded-lg bg-ink px-3 py-2 text-canvas focus:translate-y-0"
      >
        Skip to content
      </button>
      {full ? (
        <Sidebar onCollapse={() => setCollapsed('closed')} onOpen={() => undefined} />
      ) : (
        <Rail onExpand={() => (wide ? setCollapsed('open') : setDrawer(true))} />
      )}
      {!full && drawer && !wide && <Drawer onClose={() => setDrawer(false)} />}
      <div className="flex min-w-0 flex-1 flex-col">
        <ConnectionBanner />
        <Content>{children}</Content>
      </div>
      <Announcer />
      <Suspense>
        {overlay === 'palette' && <Palette onClose={() => setOverlay(null)} />}
        {overlay === 'help' && <Help onClose={() => setOverlay(null)} />}
      </Suspense>
    </div>
  )
}

/** The sidebar over the screen, in narrow windows. */
function Drawer({ onClose }: { onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-30 bg-black/35" />
        <Dialog.Content
          aria-describedby={undefined}
          // The first button would show its tooltip, and the first Escape would only close that.
          onOpenAutoFocus={(event) => {
            event.preventDefault()
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
          }}
          className="fixed inset-y-0 left-0 z-40 shadow-float"
        >
          <Dialog.Title className="sr-only">Threads and places</Dialog.Title>
          <Sidebar onCollapse={onClose} onOpen={onClose} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Content({ children }: { children: ReactNode }) {
  const { current } = useSources()
  const split = useMedia('(min-width: 860px)')
  const main = (
    <main id="main" tabIndex={-1} className="h-full min-w-0">
      {children}
    </main>
  )
  if (!split)
    return (
      <div className="relative min-h-0 flex-1">
        {main}
        {current && (
          <div className="absolute inset-0 z-20">
            <SourcePane />
          </div>
        )}
      </div>
    )
  return (
    <Group className="min-h-0 flex-1">
      <Panel id="screen" minSize="380px">
        {main}
      </Panel>
      {current && (
        <>
          <Separator className="w-px bg-line transition-colors hover:bg-accent data-[separator=active]:bg-accent" />
          <Panel id="source" minSize="320px" defaultSize="42%">
            <SourcePane />
          </Panel>
        </>
      )}
    </Group>
  )
}
