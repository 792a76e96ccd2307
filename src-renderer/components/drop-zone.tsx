import { type DragEvent, type ReactNode, useState } from 'react'
import { toast } from 'sonner'
import { bridge } from '../api/bridge.ts'

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files')

/** Takes files that are dropped on what is inside. A browser does not tell where a dropped file lies. */
export function DropZone({
  accepts,
  invitation,
  refusal,
  onPath,
  onNoPath,
  children,
}: {
  /** Names of files that can be dropped. */
  accepts: RegExp
  /** Shown while files are over it. */
  invitation: string
  /** Said when none of the files can be used. */
  refusal: { title: string; description: string }
  onPath: (path: string) => void
  /** Called where the file has to be chosen by its path instead. */
  onNoPath: () => void
  children: ReactNode
}) {
  const [over, setOver] = useState(false)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut for the button that adds a file
    <div
      className="relative h-full"
      onDragOver={(event) => {
        if (!carriesFiles(event)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
      }}
      onDrop={(event) => {
        setOver(false)
        if (!carriesFiles(event)) return
        event.preventDefault()
        const files = [...event.dataTransfer.files].filter(({ name }) => accepts.test(name))
        if (files.length === 0) {
          toast.error(refusal.title, { description: refusal.description })
          return
        }
        // What is dragged out of another page is a file that lies nowhere.
        const paths = files.map((file) => bridge?.pathOf(file) ?? '').filter((path) => path !== '')
        for (const path of paths) onPath(path)
        if (paths.length === 0) {
          toast(
            bridge
              ? 'This file lies in no folder yet: save it first.'
              : 'Your browser does not tell where the file lies: choose it here.',
          )
          onNoPath()
        }
      }}
    >
      {children}
      {over && (
        <div className="pointer-events-none absolute inset-3 flex items-center justify-center rounded-2xl border-2 border-dashed border-accent bg-accent-soft/80 text-base font-medium">
          {invitation}
        </div>
      )}
    </div>
  )
}
