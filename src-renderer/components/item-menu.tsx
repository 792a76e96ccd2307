import { Ellipsis, Pencil, Trash2 } from 'lucide-react'
import { Button } from './ui/button.tsx'
import { Menu, MenuItem } from './ui/menu.tsx'

/** The "…" menu of something that has a name and can be deleted. */
export function ItemMenu({
  label,
  align = 'end',
  className,
  onRename,
  onDelete,
}: {
  /** What a screen reader calls the button. */
  label: string
  align?: 'start' | 'end'
  /** Of the button. */
  className?: string
  onRename: () => void
  onDelete: () => void
}) {
  return (
    <Menu
      align={align}
      trigger={
        <Button tone="ghost" size="icon-sm" aria-label={label} {...(className ? { className } : {})}>
          <Ellipsis />
        </Button>
      }
    >
      <MenuItem onSelect={onRename}>
        <Pencil /> Rename
      </MenuItem>
      <MenuItem danger onSelect={onDelete}>
        <Trash2 /> Delete
      </MenuItem>
    </Menu>
  )
}
