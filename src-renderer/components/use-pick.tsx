import { lazy, type ReactNode, Suspense, useState } from 'react'
import { bridge } from '../api/bridge.ts'
import type { Pick } from './browse-dialog.tsx'

const BrowseDialog = lazy(() => import('./browse-dialog.tsx'))

interface Request {
  title: string
  pick: Pick
  action: string
  onPick: (paths: string[]) => void
}

/** Picks folders or files: with the system's dialog in Electron, with the app's own in a browser. */
export function usePick(): { pick: (request: Request) => void; dialog: ReactNode } {
  const [request, setRequest] = useState<Request | null>(null)
  const pick = (next: Request) => {
    if (!bridge) return setRequest(next)
    void bridge.pickPaths(next.pick.kind === 'folder' ? 'folder' : 'file').then((paths) => {
      if (paths.length > 0) next.onPick(paths)
    })
  }
  const dialog = request && (
    <Suspense>
      <BrowseDialog {...request} onClose={() => setRequest(null)} />
    </Suspense>
  )
  return { pick, dialog }
}
