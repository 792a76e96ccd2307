import { useQuery } from '@tanstack/react-query'
import { FilePlus2, Plus, Trash2 } from 'lucide-react'
import { hostsOf, leaving, type Model } from '../../src-main/contract/index.ts'
import { queries } from '../api/queries.ts'
import { baseName } from './format.ts'
import { Notice } from './notice.tsx'
import { modelSize } from './remote.ts'
import { type Seat, taughtHere } from './seats.ts'
import { Button } from './ui/button.tsx'
import { Select } from './ui/field.tsx'
import { usePick } from './use-pick.tsx'

/** Who takes part: a list of models, each perhaps with an adapter. */
export function Contestants({
  legend,
  models,
  seats,
  onChange,
  least,
  most,
}: {
  legend: string
  models: readonly Model[]
  seats: readonly Seat[]
  onChange: (seats: readonly Seat[]) => void
  least: number
  most: number
}) {
  const { pick, dialog } = usePick()
  const [first] = models
  const hosts = hostsOf(seats.map((seat) => models.find(({ path }) => path === seat.model)))
  const { data: runs } = useQuery(queries.runs())
  const taught = taughtHere(runs ?? [])
  /** The seat that an option of the list means: a model as it is, or what a training made of one. */
  const choose = (at: number, value: string) => {
    const { key } = seats[at] ?? { key: '' }
    const made = taught.find(({ runId }) => runId === value)
    const seat: Seat = made
      ? { key, model: made.model, adapter: made.adapter, taught: made }
      : { key, model: value, adapter: null }
    onChange(seats.map((old, i) => (i === at ? seat : old)))
  }
  const change = (at: number, seat: Partial<Seat>) =>
    onChange(seats.map((old, i) => (i === at ? { ...old, ...seat } : old)))
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">{legend}</legend>
      <ul className="divide-y divide-line rounded-2xl border border-line bg-surface">
        {seats.map((seat, i) => (
          <li key={seat.key} className="flex flex-wrap items-center gap-2.5 px-4 py-2.5">
            <Select
              aria-label={`Model ${i + 1}`}
              wrapperClassName="min-w-52 flex-1"
              value={seat.taught?.runId ?? seat.model}
              onChange={(event) => choose(i, event.target.value)}
            >
              {models.map((model) => (
                <option key={model.id} value={model.path}>
                  {model.name} ({modelSize(model)})
                </option>
              ))}
              {taught.length > 0 && (
                <optgroup label="Taught here">
                  {taught.map(({ runId, name }) => (
                    <option key={runId} value={runId}>
                      {name}
                    </option>
                  ))}
                </optgroup>
              )}
            </Select>
            {!seat.taught && (
              <Button
                size="sm"
                onClick={() =>
                  pick({
                    title: 'Choose what it learned',
                    pick: { kind: 'files', extensions: ['.gguf'] },
                    action: 'Choose',
                    onPick: ([path]) => path && change(i, { adapter: path }),
                  })
                }
              >
                <FilePlus2 /> {seat.adapter ? baseName(seat.adapter) : 'With an adapter…'}
              </Button>
            )}
            {seat.adapter && !seat.taught && (
              <Button size="sm" tone="ghost" onClick={() => change(i, { adapter: null })}>
                Without
              </Button>
            )}
            <Button
              tone="ghost"
              size="icon-sm"
              aria-label={`Remove model ${i + 1}`}
              disabled={seats.length <= least}
              onClick={() => onChange(seats.filter((_, at) => at !== i))}
            >
              <Trash2 />
            </Button>
          </li>
        ))}
      </ul>
      {seats.length < most && first && (
        <Button
          size="sm"
          className="mt-2.5"
          onClick={() => onChange([...seats, { key: crypto.randomUUID(), model: first.path, adapter: null }])}
        >
          <Plus /> Another one
        </Button>
      )}
      {hosts.length > 0 && <Notice className="mt-2.5">{leaving(hosts)}</Notice>}
      {dialog}
    </fieldset>
  )
}
