import { useQuery } from '@tanstack/react-query'
import { FolderSearch, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { NetworkEntry, Settings } from '../../../src-main/contract/index.ts'
import { queries } from '../../api/queries.ts'
import { bytes, dateTime } from '../../components/format.ts'
import { TokenForm } from '../../components/token-form.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Field, Input } from '../../components/ui/field.tsx'
import { usePick } from '../../components/use-pick.tsx'
import { Part } from './part.tsx'

interface Props {
  settings: Settings
  set: (change: Partial<Settings>) => void
}

/** Where models come from and what left this computer. */
export function NetworkSettings({ settings, set }: Props) {
  return (
    <>
      <Part title="Models">
        <SharedFolder settings={settings} set={set} />
        <TokenForm className="py-3.5" />
        <Field label="Proxy" hint="Downloads go through it. Empty: as HTTPS_PROXY and NO_PROXY of the environment say.">
          {(ids) => <ProxyInput {...ids} value={settings.proxy} onChange={(proxy) => set({ proxy })} />}
        </Field>
      </Part>
      <Part title="What left this computer" intro="Every request that Lagotto made over the network, newest first.">
        <Requests />
      </Part>
    </>
  )
}

function SharedFolder({ settings, set }: Props) {
  const { pick, dialog } = usePick()
  return (
    <div className="flex items-start gap-6 py-3.5">
      <div className="min-w-0 flex-1">
        <p className="font-medium">Models of another app</p>
        <p className="mt-0.5 max-w-prose text-[0.8125rem] text-ink-2">
          {settings.modelsFolder === null
            ? 'A folder whose GGUF files are used where they lie. Lagotto never changes anything in it.'
            : `The models in ${settings.modelsFolder} are used where they lie, and never changed.`}
        </p>
      </div>
      {settings.modelsFolder === null ? (
        <Button
          onClick={() =>
            pick({
              title: 'Choose a folder of models',
              pick: { kind: 'folder' },
              action: 'Choose folder',
              onPick: ([path]) => path && set({ modelsFolder: path }),
            })
          }
        >
          <FolderSearch /> Choose a folder
        </Button>
      ) : (
        <Button onClick={() => set({ modelsFolder: null })}>
          <X /> Leave it out
        </Button>
      )}
      {dialog}
    </div>
  )
}

/** An address that is kept when the field is left or Enter is pressed; what is no address is not kept. */
function ProxyInput({
  value,
  onChange,
  ...ids
}: {
  id: string
  'aria-describedby': string | undefined
  value: string | null
  onChange: (value: string | null) => void
}) {
  const [text, setText] = useState(value ?? '')
  useEffect(() => setText(value ?? ''), [value])
  const wanted = text.trim()
  const valid = wanted === '' || (/^https?:\/\//i.test(wanted) && URL.canParse(wanted))
  const keep = () => {
    const next = wanted === '' ? null : wanted
    if (valid && next !== value) onChange(next)
  }
  return (
    <Input
      {...ids}
      value={text}
      placeholder="http://proxy:3128"
      aria-invalid={!valid}
      onChange={(event) => setText(event.target.value)}
      onBlur={keep}
      onKeyDown={(event) => event.key === 'Enter' && keep()}
    />
  )
}

const SHOWN = 100

function Requests() {
  const { data: entries } = useQuery(queries.network())
  if (!entries) return null
  if (entries.length === 0) return <p className="py-3.5 text-ink-2">Nothing so far.</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section tabIndex={0} aria-label="Requests" className="-mx-5 max-h-80 overflow-auto rounded-2xl">
      <table className="w-full text-left text-[0.8125rem]">
        <thead className="sticky top-0 bg-surface text-ink-3">
          <tr>
            <th className="py-2 pl-5 font-medium">When</th>
            <th className="px-3 font-medium">Where</th>
            <th className="px-3 font-medium">What for</th>
            <th className="px-3 text-right font-medium">Sent</th>
            <th className="pr-5 text-right font-medium">Received</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line align-top">
          {entries.slice(0, SHOWN).map((entry) => (
            <Row key={entry.id} entry={entry} />
          ))}
        </tbody>
      </table>
      {entries.length > SHOWN && <p className="px-5 py-2 text-xs text-ink-3">and {entries.length - SHOWN} before</p>}
    </section>
  )
}

function Row({ entry }: { entry: NetworkEntry }) {
  const ended = entry.endedAt !== null
  const outcome = entry.status ?? (ended ? 'no answer' : 'going on')
  return (
    <tr>
      <td className="whitespace-nowrap py-2 pl-5 tabular-nums">{dateTime(entry.at)}</td>
      <td className="px-3 py-2 wrap-anywhere">
        {entry.host}
        <span className="block text-xs text-ink-3">
          {entry.method} {entry.path}
        </span>
      </td>
      <td className="px-3 py-2">
        {entry.purpose}
        <span className="block text-xs text-ink-3">{outcome}</span>
      </td>
      <td className="whitespace-nowrap px-3 py-2 text-right tabular-nums">{ended ? bytes(entry.sentBytes) : '…'}</td>
      <td className="whitespace-nowrap py-2 pr-5 text-right tabular-nums">
        {ended ? bytes(entry.receivedBytes) : '…'}
      </td>
    </tr>
  )
}
