import { useId, useState } from 'react'
import { Button } from './ui/button.tsx'
import { Dialog } from './ui/dialog.tsx'
import { Input } from './ui/field.tsx'

/** Asks for a name. */
export function NameDialog({
  title,
  label,
  initial,
  action,
  onSubmit,
  onClose,
}: {
  title: string
  label: string
  initial: string
  action: string
  onSubmit: (name: string) => void
  onClose: () => void
}) {
  const [name, setName] = useState(initial)
  const id = useId()
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} className="max-w-md">
      <form
        className="px-5 pb-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() === '') return
          onSubmit(name.trim())
          onClose()
        }}
      >
        <label htmlFor={id} className="mb-1.5 block text-[0.8125rem] font-medium text-ink-2">
          {label}
        </label>
        <Input
          id={id}
          className="w-full"
          value={name}
          maxLength={200}
          onChange={(event) => setName(event.target.value)}
          onFocus={(event) => event.target.select()}
        />
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" disabled={name.trim() === ''}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
