import { ShortcutTable } from '../components/shortcut-table.tsx'
import { Dialog } from '../components/ui/dialog.tsx'

/** How to use the app, on one card. */
export default function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Help" className="max-w-xl">
      <div className="overflow-y-auto px-5 pb-5">
        <ol className="mb-5 list-decimal space-y-1.5 pl-5 text-ink-2">
          <li>Choose a library: the sample, or one with your own folders (Library).</li>
          <li>Ask a question. Each question is answered on its own; nothing is carried over.</li>
          <li>The model thinks, searches your documents and answers. Open a step to see what it did.</li>
          <li>Click a source to check the answer in its document.</li>
        </ol>
        <ShortcutTable />
      </div>
    </Dialog>
  )
}
