import { type FormEvent, useState } from 'react'
import type { Question, QuestionSet } from '../../../src-main/contract/index.ts'
import { plural } from '../../components/format.ts'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Input } from '../../components/ui/field.tsx'

/** Gives tags to questions and takes others away. */
export function TagDialog({
  set,
  questions,
  onSubmit,
  onClose,
}: {
  set: QuestionSet
  questions: readonly Question[]
  onSubmit: (change: { add: string[]; remove: string[] }) => void
  onClose: () => void
}) {
  const known = [...new Set([...set.tags.map(({ tag }) => tag), ...questions.flatMap(({ tags }) => tags)])].sort()
  const before = known.filter((tag) => questions.every(({ tags }) => tags.includes(tag)))
  const [on, setOn] = useState<readonly string[]>(before)
  const [fresh, setFresh] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const written = fresh
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean)
    onSubmit({
      add: [...on.filter((tag) => !before.includes(tag)), ...written],
      remove: before.filter((tag) => !on.includes(tag)),
    })
    onClose()
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={`Tag ${plural(questions.length, 'question')}`}>
      <form onSubmit={submit} className="overflow-y-auto px-5 pb-5">
        {known.length > 0 && (
          <fieldset className="mb-3 flex flex-wrap gap-x-4 gap-y-1.5">
            <legend className="sr-only">Tags of this set</legend>
            {known.map((tag) => (
              <label key={tag} className="flex min-h-6 items-center gap-2">
                <input
                  type="checkbox"
                  className="size-4 accent-accent"
                  checked={on.includes(tag)}
                  onChange={(event) => setOn(event.target.checked ? [...on, tag] : on.filter((old) => old !== tag))}
                />
                {tag}
              </label>
            ))}
          </fieldset>
        )}
        <Input
          aria-label="New tags"
          placeholder="New tags, separated by commas"
          className="w-full"
          autoFocus
          value={fresh}
          onChange={(event) => setFresh(event.target.value)}
        />
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit">
            Tag
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
