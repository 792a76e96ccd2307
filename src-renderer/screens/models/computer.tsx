import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleMinus, RotateCw } from 'lucide-react'
import { useId } from 'react'
import type { Backend, GpuChoice, Hardware } from '../../../src-main/contract/index.ts'
import { queries, useSettings, useUpdateSettings } from '../../api/queries.ts'
import { computeName } from '../../components/computer.ts'
import { bytes, count } from '../../components/format.ts'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Select } from '../../components/ui/field.tsx'
import { Spinner } from '../../components/ui/spinner.tsx'

const names: Record<Backend, string> = { cpu: 'CPU', cuda: 'CUDA (NVIDIA)', vulkan: 'Vulkan', metal: 'Metal (Apple)' }

/** What there is to compute with, tried out, and what is to be used. */
export function Computer() {
  const { data: hardware, error } = useQuery({ ...queries.hardware(), refetchOnMount: 'always' })
  if (error) return <ErrorNotice error={error} />
  if (!hardware) return <Spinner />
  return (
    <>
      <Facts hardware={hardware} />
      <section className="mb-8">
        <h2 className="text-sm font-semibold">What can run models</h2>
        <p className="mb-2.5 text-[0.8125rem] text-ink-3">
          Each is tried with the built-in model, in a process of its own: a driver that crashes does no harm.
        </p>
        <ul className="divide-y divide-line rounded-2xl border border-line bg-surface shadow-card">
          {hardware.backends.map((backend) => (
            <BackendRow key={backend} backend={backend} inUse={hardware.compute === backend} />
          ))}
        </ul>
      </section>
      <BackendChoice backends={hardware.backends} />
    </>
  )
}

function Facts({ hardware }: { hardware: Hardware }) {
  const facts: [string, string][] = [
    ['Processor', `${hardware.cpu}, ${hardware.cores} ${hardware.cores === 1 ? 'core' : 'cores'}`],
    ['Memory', `${bytes(hardware.memoryBytes)}, ${bytes(hardware.freeMemoryBytes)} of it free`],
    ['Disk', `${bytes(hardware.freeDiskBytes)} free for models`],
    ['Models run on', computeName(hardware.compute) ?? 'decided when a model is first used'],
  ]
  return (
    <dl className="mb-8 grid grid-cols-[8rem_minmax(0,1fr)] gap-y-2 rounded-2xl border border-line bg-surface px-5 py-4 shadow-card">
      {facts.map(([name, value]) => (
        <div key={name} className="col-span-2 grid grid-cols-subgrid">
          <dt className="text-ink-3">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function BackendRow({ backend, inUse }: { backend: Backend; inUse: boolean }) {
  const { data: test, error, isFetching, refetch } = useQuery(queries.backendTest(backend))
  const works = test?.works === true
  const Icon = works ? CircleCheck : CircleMinus
  return (
    <li className="flex items-start gap-3 px-5 py-3.5">
      {isFetching ? (
        <Spinner className="mt-0.5" />
      ) : (
        <Icon className={works ? 'mt-0.5 size-4 text-good' : 'mt-0.5 size-4 text-ink-3'} aria-hidden="true" />
      )}
      <div className="min-w-0 flex-1" aria-live="polite">
        <h3 className="font-medium">
          {names[backend]}
          {inUse && <span className="ml-2 text-[0.8125rem] font-medium text-good">in use</span>}
        </h3>
        {isFetching && <p className="text-[0.8125rem] text-ink-2">Being tried…</p>}
        {!isFetching && test && (
          <p className="text-[0.8125rem] text-ink-2">
            {works
              ? [
                  ...test.devices,
                  ...(test.memoryBytes > 0 ? [`${bytes(test.memoryBytes)} of memory`] : []),
                  `works: ${count(Math.round(test.tokensPerSecond ?? 0))} tokens per second with the built-in model`,
                ].join(' · ')
              : test.reason}
          </p>
        )}
        {!isFetching && test?.detail && <p className="mt-0.5 wrap-anywhere text-xs text-ink-3">{test.detail}</p>}
        {error && <ErrorNotice error={error} className="mt-2" />}
      </div>
      <Button
        size="sm"
        disabled={isFetching}
        aria-label={`Try again: ${names[backend]}`}
        onClick={() => void refetch()}
      >
        <RotateCw /> Try again
      </Button>
    </li>
  )
}

function BackendChoice({ backends }: { backends: readonly Backend[] }) {
  const id = useId()
  const { data: settings } = useSettings()
  const update = useUpdateSettings()
  if (!settings) return null
  return (
    <section className="mb-8">
      <label htmlFor={id} className="text-sm font-semibold">
        Run models on
      </label>
      <Select
        id={id}
        wrapperClassName="mt-2 flex max-w-80"
        value={settings.gpu}
        onChange={(event) => update.mutate({ gpu: event.target.value as GpuChoice }, { onError: toastError })}
      >
        <option value="auto">The best that works</option>
        {backends.map((backend) => (
          <option key={backend} value={backend === 'cpu' ? 'off' : backend}>
            {names[backend]}
          </option>
        ))}
      </Select>
      <p className="mt-1.5 text-xs text-ink-3">
        Takes effect when Lagotto starts the next time. What does not work is replaced by the CPU.
      </p>
    </section>
  )
}
