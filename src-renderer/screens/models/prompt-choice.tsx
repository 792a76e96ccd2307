import { useId } from 'react'
import type { Model, PromptKind } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { toastError } from '../../components/notice.tsx'
import { Select } from '../../components/ui/field.tsx'

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
export function PromptChoice({ model, prompt }: { model: Model; prompt: PromptKind }) {
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
            .then(() => queryClient.invalidateQueries({ queryKey: ['models'] }))
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
