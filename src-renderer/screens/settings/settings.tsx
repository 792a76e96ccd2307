import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { Sampling, Settings } from '../../../src-main/contract/index.ts'
import { useInfo, useSettings, useUpdateSettings } from '../../api/queries.ts'
import { computeName } from '../../components/computer.ts'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { Screen } from '../../components/screen.tsx'
import { ShortcutTable } from '../../components/shortcut-table.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Field, Input, Select } from '../../components/ui/field.tsx'
import { NetworkSettings } from './network.tsx'
import { Part } from './part.tsx'
import { RecognitionSettings } from './recognition.tsx'
import { ServerSettings } from './servers.tsx'

/** Every setting, with what it does; a change is kept at once. */
export default function SettingsScreen() {
  const { data: settings, error } = useSettings()
  const { data: info } = useInfo()
  const update = useUpdateSettings()
  const set = (change: Partial<Settings>) => update.mutate(change, { onError: toastError })
  const sample = (change: Partial<Sampling>) => settings && set({ sampling: { ...settings.sampling, ...change } })
  const greedy = settings?.sampling.temperature === 0
  return (
    <Screen title="Settings" intro="Changes are kept at once.">
      {error && <ErrorNotice error={error} />}
      {settings && (
        <>
          <Part title="Appearance">
            <Field label="Theme">
              {(ids) => (
                <Select
                  {...ids}
                  value={settings.theme}
                  onChange={(event) => set({ theme: event.target.value as Settings['theme'] })}
                >
                  <option value="system">As the system</option>
                  <option value="light">Light</option>
                  <option value="dark">Dark</option>
                </Select>
              )}
            </Field>
          </Part>
          <Part title="Computing">
            <Field
              label="Graphics processor"
              hint="What there is, and whether it works, is shown under Models. The CPU always works."
            >
              {(ids) => (
                <Button asChild>
                  <Link {...ids} href="/models/computer">
                    Try and choose
                  </Link>
                </Button>
              )}
            </Field>
            <Field
              label="CPU threads"
              hint={`How many threads write an answer. Empty: chosen by Lagotto${info ? ` for your ${info.cores} cores` : ''}; more is not always faster.`}
            >
              {(ids) => (
                <NumberInput
                  {...ids}
                  value={settings.threads}
                  placeholder="Automatic"
                  min={1}
                  max={256}
                  onChange={(threads) => set({ threads })}
                />
              )}
            </Field>
            <Field
              label="Context length"
              hint="Tokens (pieces of words) that question, searches, passages and answer may take together. Empty: as the model needs."
            >
              {(ids) => (
                <NumberInput
                  {...ids}
                  value={settings.contextLength}
                  placeholder="Automatic"
                  min={512}
                  max={1_048_576}
                  onChange={(contextLength) => set({ contextLength })}
                />
              )}
            </Field>
          </Part>
          <Part title="Searching">
            <Field
              label="Reranking"
              hint="A reranking model reads each passage together with the question: better order, slower search. It needs such a model."
            >
              {(ids) => (
                <Select
                  {...ids}
                  value={settings.rerank ? 'on' : 'off'}
                  onChange={(event) => set({ rerank: event.target.value === 'on' })}
                >
                  <option value="on">When a model is installed</option>
                  <option value="off">Never</option>
                </Select>
              )}
            </Field>
          </Part>
          <Part
            title="How words are chosen"
            intro="At temperature 0 the model always takes the likeliest word: the same question gives the same answer, and the other four settings do nothing."
          >
            <Field label="Temperature" hint="0 is strict; higher values are freer and more often wrong.">
              {(ids) => (
                <NumberInput
                  {...ids}
                  value={settings.sampling.temperature}
                  min={0}
                  max={5}
                  step={0.1}
                  onChange={(temperature) => temperature !== null && sample({ temperature })}
                />
              )}
            </Field>
            <Field label="Top-p" hint="Only the likeliest words that together reach this share are considered. 1: all.">
              {(ids) => (
                <NumberInput
                  {...ids}
                  disabled={greedy}
                  value={settings.sampling.topP}
                  min={0.01}
                  max={1}
                  step={0.05}
                  onChange={(topP) => topP !== null && sample({ topP })}
                />
              )}
            </Field>
            <Field label="Top-k" hint="Only so many of the likeliest words are considered. 0: no limit.">
              {(ids) => (
                <NumberInput
                  {...ids}
                  disabled={greedy}
                  value={settings.sampling.topK}
                  min={0}
                  max={100_000}
                  onChange={(topK) => topK !== null && sample({ topK })}
                />
              )}
            </Field>
            <Field label="Min-p" hint="Words less likely than this share of the likeliest one are left out. 0: none.">
              {(ids) => (
                <NumberInput
                  {...ids}
                  disabled={greedy}
                  value={settings.sampling.minP}
                  min={0}
                  max={1}
                  step={0.01}
                  onChange={(minP) => minP !== null && sample({ minP })}
                />
              )}
            </Field>
            <Field label="Seed" hint="The same seed draws the same words again. Empty: different every time.">
              {(ids) => (
                <NumberInput
                  {...ids}
                  disabled={greedy}
                  value={settings.sampling.seed}
                  placeholder="Random"
                  min={0}
                  max={0xffffffff}
                  onChange={(seed) => sample({ seed })}
                />
              )}
            </Field>
          </Part>
        </>
      )}
      {settings && <RecognitionSettings settings={settings} set={set} />}
      <ServerSettings />
      {settings && <NetworkSettings settings={settings} set={set} />}
      <Part title="Keyboard">
        <ShortcutTable />
      </Part>
      <Part title="About">
        <dl className="grid grid-cols-[8rem_minmax(0,1fr)] gap-y-2 py-3">
          <dt className="text-ink-3">Network</dt>
          <dd>
            Everything happens on this computer. The only requests that ever leave it are downloads that you start, and
            those to servers whose models you added and chose; each is listed above.
          </dd>
          {info && (
            <>
              <dt className="text-ink-3">Version</dt>
              <dd>{info.version}</dd>
              <dt className="text-ink-3">Data folder</dt>
              <dd className="wrap-anywhere select-all">{info.dataDir}</dd>
              <dt className="text-ink-3">Computer</dt>
              <dd>
                {info.cpu}, {info.cores} cores, {Math.round(info.memoryBytes / 1e9)} GB of memory
              </dd>
              <dt className="text-ink-3">Models run on</dt>
              <dd>{computeName(info.compute) ?? 'decided when a model is first used'}</dd>
            </>
          )}
        </dl>
      </Part>
    </Screen>
  )
}

/** A number that is kept when the field is left or Enter is pressed; out-of-range values go to the nearest end. */
function NumberInput({
  value,
  min,
  max,
  step = 1,
  onChange,
  ...props
}: {
  id: string
  'aria-describedby': string | undefined
  value: number | null
  min: number
  max: number
  step?: number
  placeholder?: string
  disabled?: boolean
  onChange: (value: number | null) => void
}) {
  const [text, setText] = useState(value === null ? '' : String(value))
  useEffect(() => setText(value === null ? '' : String(value)), [value])
  const keep = () => {
    if (text.trim() === '' && props.placeholder) {
      if (value !== null) onChange(null)
      return
    }
    const parsed = Number(text.replace(',', '.'))
    if (text.trim() === '' || !Number.isFinite(parsed)) return setText(value === null ? '' : String(value))
    const whole = step === 1 ? Math.round(parsed) : parsed
    const next = Math.min(max, Math.max(min, whole))
    setText(String(next))
    if (next !== value) onChange(next)
  }
  return (
    <Input
      {...props}
      type="number"
      inputMode="decimal"
      min={min}
      max={max}
      step={step}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={keep}
      onKeyDown={(event) => event.key === 'Enter' && keep()}
    />
  )
}
