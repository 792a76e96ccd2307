import { useId, useState } from 'react'
import { type Library, type LibraryRules, largestFileBytes } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { cn } from '../../components/cn.ts'
import { toastError } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Input, TextArea } from '../../components/ui/field.tsx'

const MEGABYTE = 1_000_000

const patterns = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** What is written in the fields of the rules, and the rules that it stands for. */
export function useRules(initial: LibraryRules) {
  const [include, setInclude] = useState(initial.include.join('\n'))
  const [exclude, setExclude] = useState(initial.exclude.join('\n'))
  const [size, setSize] = useState(String(initial.maxFileBytes / MEGABYTE))
  const megabytes = Number(size)
  const valid = megabytes >= 0.001 && megabytes <= largestFileBytes / MEGABYTE
  const rules: LibraryRules = {
    include: patterns(include),
    exclude: patterns(exclude),
    maxFileBytes: valid ? Math.round(megabytes * MEGABYTE) : initial.maxFileBytes,
  }
  return { rules, valid, include, setInclude, exclude, setExclude, size, setSize }
}

/** Fields for which files are read. */
export function RulesFields({ state }: { state: ReturnType<typeof useRules> }) {
  const id = useId()
  const label = 'mb-1 block text-[0.8125rem] font-medium text-ink-2'
  return (
    <div className="space-y-3">
      <div className="grid gap-3 sm:grid-cols-2">
        <div>
          <label htmlFor={`${id}-include`} className={label}>
            Only files that match
          </label>
          <TextArea
            id={`${id}-include`}
            rows={3}
            placeholder={'*.pdf\nreports/'}
            className="w-full"
            value={state.include}
            onChange={(event) => state.setInclude(event.target.value)}
          />
        </div>
        <div>
          <label htmlFor={`${id}-exclude`} className={label}>
            Leave out
          </label>
          <TextArea
            id={`${id}-exclude`}
            rows={3}
            placeholder={'drafts/\n*.log'}
            className="w-full"
            value={state.exclude}
            onChange={(event) => state.setExclude(event.target.value)}
          />
        </div>
      </div>
      <div className="flex items-center gap-2">
        <label htmlFor={`${id}-size`} className="text-[0.8125rem] font-medium text-ink-2">
          Skip files larger than
        </label>
        <Input
          id={`${id}-size`}
          inputMode="decimal"
          className="h-8 w-20"
          aria-invalid={!state.valid}
          aria-describedby={`${id}-most`}
          value={state.size}
          onChange={(event) => state.setSize(event.target.value)}
        />
        <span id={`${id}-most`} className={cn('text-[0.8125rem]', state.valid ? 'text-ink-2' : 'text-bad')}>
          MB ({largestFileBytes / MEGABYTE} at most: nothing larger can be read)
        </span>
      </div>
      <p className="text-xs text-ink-3">
        One pattern a line, as in .gitignore. What .gitignore and .lagottoignore files in the folders name is left out
        as well.
      </p>
    </div>
  )
}

/** Changes which files of a library are read. */
export function RulesDialog({ library, onClose }: { library: Library; onClose: () => void }) {
  const state = useRules(library.rules)
  const save = async () => {
    try {
      await client.libraries.setRules({ id: library.id, rules: state.rules })
      void queryClient.invalidateQueries({ queryKey: ['libraries'] })
      onClose()
    } catch (thrown) {
      toastError(thrown)
    }
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Which files are read"
      description={`Of the folders of “${library.name}”.`}
      className="max-w-xl"
    >
      <form
        className="px-5 pb-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (state.valid) void save()
        }}
      >
        <RulesFields state={state} />
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" disabled={!state.valid}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
