import { useMutation } from '@tanstack/react-query'
import { Plus, Server, Trash2 } from 'lucide-react'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { toast } from 'sonner'
import type { Model } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient, useModels } from '../../api/queries.ts'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'
import { Input, Select } from '../../components/ui/field.tsx'
import { Part } from './part.tsx'

/** Models on servers: those that were added, what each server gets to read, and a form for another one. */
export function ServerSettings() {
  const { data: models = [] } = useModels()
  const remotes = models.filter(({ remote }) => remote !== null)
  const [adding, setAdding] = useState(false)
  return (
    <Part
      title="Models on servers"
      intro="Off until you add one. A model on a server (llama-server, vLLM, Ollama, LM Studio, or any that speaks OpenAI’s protocol) can answer, take part in comparisons, write questions and teach. Whenever you choose it, the question and the passages that are found for it are sent to its server; to write questions it gets passages from all over the library; as a teacher it gets the training questions, their passages, and where it scores them what the student wrote."
    >
      {remotes.map((model) => (
        <Remote key={model.id} model={model} />
      ))}
      {adding ? (
        <AddForm onDone={() => setAdding(false)} />
      ) : (
        <div className="flex items-center gap-3 py-3.5">
          {remotes.length === 0 && <p className="flex-1 text-ink-2">None. Nothing you ask leaves this computer.</p>}
          <Button onClick={() => setAdding(true)}>
            <Plus /> Add a model on a server
          </Button>
        </div>
      )}
    </Part>
  )
}

function Remote({ model }: { model: Model }) {
  const [asking, setAsking] = useState(false)
  const { remote } = model
  if (!remote) return null
  const remove = () => client.models.remove({ id: model.id }).catch(toastError)
  return (
    <div className="flex items-start gap-3 py-3.5">
      <Server className="mt-0.5 size-4 shrink-0 text-ink-3" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="font-medium wrap-anywhere">{model.name}</p>
        <p className="text-[0.8125rem] text-ink-2 wrap-anywhere">
          {remote.model} on {remote.host}
          {remote.here && ', in another program on this computer'}
        </p>
        <p className="text-[0.8125rem] text-ink-2">{abilities(remote)}</p>
      </div>
      <Button tone="ghost" size="icon-sm" aria-label={`Remove ${model.name}`} onClick={() => setAsking(true)}>
        <Trash2 />
      </Button>
      {asking && (
        <Confirm
          open
          onOpenChange={() => setAsking(false)}
          title={`Remove “${model.name}”?`}
          action="Remove"
          onConfirm={() => void remove()}
        >
          Lagotto forgets the server and its key. Nothing is sent there any more.
        </Confirm>
      )}
    </div>
  )
}

/** What the server was found to give, in a sentence or two. */
function abilities({ speaks, scores }: NonNullable<Model['remote']>): string {
  const play =
    speaks === 'text'
      ? 'It plays as local models do.'
      : 'It only chats, so searches and passages are sent as a conversation.'
  const teach =
    scores.how === 'none'
      ? 'It does not tell how probable its words are, so as a teacher it can only be imitated (SeqKD).'
      : 'It tells how probable words are, so it can teach by every method.'
  return `${play} ${teach}`
}

function AddForm({ onDone }: { onDone: () => void }) {
  const id = useId()
  const [address, setAddress] = useState('')
  const [key, setKey] = useState('')
  const [model, setModel] = useState('')
  const [name, setName] = useState('')
  const server = { url: address.trim(), key: key.trim() === '' ? null : key.trim() }
  const valid = /^https?:\/\//i.test(server.url) && URL.canParse(server.url)
  const look = useMutation({
    mutationFn: () => client.models.offered(server),
    onSuccess: ({ url, models }) => {
      setAddress(url)
      setModel(models[0] ?? '')
    },
  })
  const add = useMutation({
    mutationFn: () => client.models.connect({ ...server, model, name: name.trim() || model.slice(0, 100) }),
    onSuccess: (added) => {
      void queryClient.invalidateQueries({ queryKey: ['models'] })
      toast(`${added.name} was added`, { description: 'It is asked nothing until you choose it.' })
      onDone()
    },
  })
  const found = look.data?.models
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!valid) return
    if (found) add.mutate()
    else look.mutate()
  }
  return (
    <form onSubmit={submit} className="space-y-3.5 py-4">
      <div className="grid gap-3.5 sm:grid-cols-2">
        <Labelled id={`${id}a`} label="Address" hint="It mostly ends in /v1.">
          <Input
            id={`${id}a`}
            aria-describedby={`${id}a-hint`}
            value={address}
            placeholder="http://localhost:8080/v1"
            onChange={(event) => {
              setAddress(event.target.value)
              look.reset()
            }}
          />
        </Labelled>
        <Labelled
          id={`${id}k`}
          label="Key (if it wants one)"
          hint="Kept as your access token is, and sent to this server only."
        >
          <Input
            id={`${id}k`}
            aria-describedby={`${id}k-hint`}
            type="password"
            autoComplete="off"
            value={key}
            onChange={(event) => {
              setKey(event.target.value)
              look.reset()
            }}
          />
        </Labelled>
        {found && (
          <>
            <Labelled id={`${id}m`} label="Model">
              {found.length > 0 ? (
                <Select
                  id={`${id}m`}
                  wrapperClassName="flex"
                  value={model}
                  onChange={(event) => setModel(event.target.value)}
                >
                  {found.map((each) => (
                    <option key={each} value={each}>
                      {each}
                    </option>
                  ))}
                </Select>
              ) : (
                <Input id={`${id}m`} value={model} onChange={(event) => setModel(event.target.value)} />
              )}
            </Labelled>
            <Labelled id={`${id}n`} label="Call it">
              <Input
                id={`${id}n`}
                value={name}
                maxLength={100}
                placeholder={model}
                onChange={(event) => setName(event.target.value)}
              />
            </Labelled>
          </>
        )}
      </div>
      {(look.error ?? add.error) && <ErrorNotice error={look.error ?? add.error} />}
      <div className="flex flex-wrap items-center justify-end gap-2">
        <p role="status" className="flex-1 text-[0.8125rem] text-ink-2">
          {add.isPending ? 'Trying it with a few made-up words…' : look.isPending ? 'Asking for its models…' : ''}
        </p>
        <Button onClick={onDone}>Cancel</Button>
        <Button
          tone="primary"
          type="submit"
          disabled={!valid || look.isPending || add.isPending || (found !== undefined && model.trim() === '')}
        >
          {found ? 'Add' : 'Look for models'}
        </Button>
      </div>
    </form>
  )
}

function Labelled({ id, label, hint, children }: { id: string; label: string; hint?: string; children: ReactNode }) {
  return (
    <div className="min-w-0 *:w-full">
      <label htmlFor={id} className="mb-1 block text-[0.8125rem] font-medium">
        {label}
      </label>
      {children}
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-xs text-ink-3">
          {hint}
        </p>
      )}
    </div>
  )
}
