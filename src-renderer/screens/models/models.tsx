import { useMutation } from '@tanstack/react-query'
import { Check, Ellipsis, Plus, Trash2 } from 'lucide-react'
import { useId, useState } from 'react'
import { toast } from 'sonner'
import type { Model, PromptKind } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient, useModels, useUpdateSettings } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'
import { bytes, count, parameters } from '../../components/format.ts'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { Screen } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'
import { Select } from '../../components/ui/field.tsx'
import { Menu, MenuItem } from '../../components/ui/menu.tsx'
import { usePick } from '../../components/use-pick.tsx'

const refresh = () => queryClient.invalidateQueries({ queryKey: ['models'] })

const roles = {
  chat: { title: 'Answering', hint: 'Think, search and answer.' },
  embedding: { title: 'Finding by meaning', hint: 'Embedding models; searches use them next to full text.' },
  reranking: { title: 'Reranking', hint: 'Put the passages found into a better order.' },
} as const

/** The models that the app knows, what each is for, and how to add another. */
export default function ModelsScreen() {
  const { data: models, error } = useModels()
  const { pick, dialog } = usePick()
  const add = useMutation({
    mutationFn: (path: string) => client.models.add({ path }),
    onSuccess: (model) => {
      void refresh()
      toast(`${model.name} was added`)
    },
  })
  return (
    <Screen
      title="Models"
      intro="Models are GGUF files on this computer. They are used where they lie; nothing is copied or sent."
      actions={
        <Button
          tone="primary"
          disabled={add.isPending}
          onClick={() =>
            pick({
              title: 'Add a model',
              pick: { kind: 'files', extensions: ['.gguf'] },
              action: 'Add model',
              onPick: ([path]) => path && add.mutate(path),
            })
          }
        >
          <Plus /> Add a GGUF file
        </Button>
      }
    >
      {add.error && <ErrorNotice error={add.error} className="mb-6" />}
      {error && <ErrorNotice error={error} />}
      {(Object.keys(roles) as Model['role'][]).map((role) => {
        const list = models?.filter((model) => model.role === role) ?? []
        if (list.length === 0 && role !== 'chat') return null
        return (
          <section key={role} className="mb-8">
            <h2 className="text-sm font-semibold">{roles[role].title}</h2>
            <p className="mb-2.5 text-[0.8125rem] text-ink-3">{roles[role].hint}</p>
            {models && list.length === 0 && <p className="text-ink-2">No model for this yet. Add a GGUF file.</p>}
            <ul className="space-y-2.5">
              {list.map((model) => (
                <ModelRow key={model.id} model={model} />
              ))}
            </ul>
          </section>
        )
      })}
      {dialog}
    </Screen>
  )
}

function ModelRow({ model }: { model: Model }) {
  const choice = useChoice()
  const update = useUpdateSettings()
  const [removing, setRemoving] = useState(false)
  const isDefault = choice.model?.id === model.id
  const facts = [
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
            {model.bundled && (
              <span className="ml-2 rounded-full bg-hover px-2 py-0.5 align-[1px] text-xs font-medium text-ink-2">
                built in
              </span>
            )}
          </h3>
          <p className="mt-0.5 text-[0.8125rem] text-ink-2">{facts.join(' · ')}</p>
          {!model.bundled && (
            <p className="truncate text-xs text-ink-3" title={model.path}>
              {model.path}
            </p>
          )}
        </div>
        {model.role === 'chat' &&
          (isDefault ? (
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
        {!model.bundled && (
          <Menu
            align="end"
            trigger={
              <Button tone="ghost" size="icon-sm" aria-label={`More for ${model.name}`}>
                <Ellipsis />
              </Button>
            }
          >
            <MenuItem danger onSelect={() => setRemoving(true)}>
              <Trash2 /> Remove from the list
            </MenuItem>
          </Menu>
        )}
      </div>
      {model.note && <p className="mt-2 text-[0.8125rem] text-ink-2">{model.note}</p>}
      {model.error && <ErrorNotice error={model.error} className="mt-3" />}
      {model.role === 'chat' && model.prompt && !model.bundled && <PromptChoice model={model} prompt={model.prompt} />}
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove “${model.name}”?`}
        action="Remove"
        onConfirm={() => client.models.remove({ id: model.id }).then(refresh).catch(toastError)}
      >
        Lagotto forgets this model. The file stays where it is.
      </Confirm>
    </li>
  )
}

const prompts: Record<PromptKind, { label: string; hint: string }> = {
  'search-r1': {
    label: 'Full instructions (Search-R1)',
    hint: 'For published search agents (DGPO, Search-R1) and for general chat models.',
  },
  'question-only': {
    label: 'The question alone',
    hint: 'For models that were trained to search without being told how, like the built-in one.',
  },
}

/** What the model is told first: it has to be what the model was trained with. */
function PromptChoice({ model, prompt }: { model: Model; prompt: PromptKind }) {
  const id = useId()
  return (
    <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line pt-3">
      <label htmlFor={id} className="text-[0.8125rem] font-medium">
        First message
      </label>
      <Select
        id={id}
        className="h-8 text-[0.8125rem]"
        value={prompt}
        onChange={(event) =>
          client.models
            .setPrompt({ id: model.id, prompt: event.target.value as PromptKind })
            .then(refresh)
            .catch(toastError)
        }
      >
        {(Object.keys(prompts) as PromptKind[]).map((kind) => (
          <option key={kind} value={kind}>
            {prompts[kind].label}
          </option>
        ))}
      </Select>
      <p className="min-w-60 flex-1 text-xs text-ink-3">{prompts[prompt].hint}</p>
    </div>
  )
}
