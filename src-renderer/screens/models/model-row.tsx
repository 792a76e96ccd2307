import { useMutation } from '@tanstack/react-query'
import { Check, Ellipsis, FileSearch, Pencil, ShieldCheck, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import type { Model } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient, useUpdateSettings } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'
import { bytes, count, parameters } from '../../components/format.ts'
import { NameDialog } from '../../components/name-dialog.tsx'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Menu, MenuItem } from '../../components/ui/menu.tsx'
import { Spinner } from '../../components/ui/spinner.tsx'
import { DetailsDialog } from './details-dialog.tsx'
import { PromptChoice } from './prompt-choice.tsx'
import { RemoveDialog } from './remove-dialog.tsx'

const refresh = () => queryClient.invalidateQueries({ queryKey: ['models'] })

const Badge = ({ children }: { children: string }) => (
  <span className="ml-2 rounded-full bg-hover px-2 py-0.5 align-[1px] text-xs font-medium text-ink-2">{children}</span>
)

/** One model: what it is, whether it is in use, and what can be done with it. */
export function ModelRow({ model }: { model: Model }) {
  const choice = useChoice()
  const update = useUpdateSettings()
  const [dialog, setDialog] = useState<'details' | 'rename' | 'remove' | null>(null)
  const close = () => setDialog(null)
  const verify = useMutation({
    mutationFn: () => client.models.verify({ id: model.id }),
    onSuccess: ({ intact }) => {
      if (intact === true) toast.success(`${model.name} is intact`)
      else if (intact === null) toast(`No checksum is known to compare ${model.name} with`)
      else toast.error(`${model.name} is damaged`, { description: 'Remove it and download it again.' })
    },
    onError: toastError,
  })
  const { remote } = model
  const facts = remote
    ? [remote.model, ...(model.contextLength > 0 ? [`${count(model.contextLength)} tokens of context`] : [])]
    : [
        model.architecture,
        `${parameters(model.parameters)} weights`,
        model.quantization,
        bytes(model.sizeBytes),
        `${count(model.contextLength)} tokens of context`,
      ]
  return (
    <li className="rounded-2xl border border-line bg-surface px-5 py-4 shadow-card">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h3 className="truncate text-[0.9375rem] font-semibold">
            {model.name}
            {model.bundled && <Badge>built in</Badge>}
            {model.shared && <Badge>shared folder</Badge>}
            {remote && <Badge>{`on ${remote.host}`}</Badge>}
          </h3>
          <p className="mt-0.5 text-[0.8125rem] text-ink-2">{facts.join(' · ')}</p>
          {!model.bundled && !remote && (
            <p className="truncate text-xs text-ink-3" title={model.path}>
              {model.path}
            </p>
          )}
        </div>
        {verify.isPending && (
          <p role="status" className="flex h-7 items-center gap-1.5 text-[0.8125rem] text-ink-2">
            <Spinner className="size-3.5" /> Checking…
          </p>
        )}
        {model.role === 'chat' &&
          (choice.model?.id === model.id ? (
            <span className="flex h-7 items-center gap-1.5 text-[0.8125rem] font-medium text-good">
              <Check className="size-4" aria-hidden="true" /> In use
            </span>
          ) : (
            <Button
              size="sm"
              disabled={model.error !== null}
              onClick={() => update.mutate({ modelId: model.id }, { onError: toastError })}
            >
              Use this model
            </Button>
          ))}
        <Menu
          align="end"
          trigger={
            <Button tone="ghost" size="icon-sm" aria-label={`More for ${model.name}`}>
              <Ellipsis />
            </Button>
          }
        >
          {!remote && (
            <>
              <MenuItem onSelect={() => setDialog('details')}>
                <FileSearch /> What is in the file
              </MenuItem>
              <MenuItem onSelect={() => verify.mutate()}>
                <ShieldCheck /> Check for damage
              </MenuItem>
              <MenuItem onSelect={() => setDialog('rename')}>
                <Pencil /> Rename
              </MenuItem>
            </>
          )}
          {!model.bundled && !model.shared && (
            <MenuItem danger onSelect={() => setDialog('remove')}>
              <Trash2 /> Remove
            </MenuItem>
          )}
        </Menu>
      </div>
      {model.note && <p className="mt-2 text-[0.8125rem] text-ink-2">{model.note}</p>}
      {model.error && <ErrorNotice error={model.error} className="mt-3" />}
      {model.role === 'chat' && model.prompt && !model.bundled && <PromptChoice model={model} prompt={model.prompt} />}
      {dialog === 'details' && <DetailsDialog model={model} onClose={close} />}
      {dialog === 'rename' && (
        <NameDialog
          title="Rename model"
          label="Name"
          initial={model.name}
          action="Rename"
          onClose={close}
          onSubmit={(name) => client.models.rename({ id: model.id, name }).then(refresh).catch(toastError)}
        />
      )}
      {dialog === 'remove' && <RemoveDialog model={model} onClose={close} />}
    </li>
  )
}
