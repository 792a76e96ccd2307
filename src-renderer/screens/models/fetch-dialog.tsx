import { useMutation, useQueries } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { Fit, WeightType } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { toErrorValue } from '../../api/errors.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { bytes, count } from '../../components/format.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { TokenForm } from '../../components/token-form.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Select } from '../../components/ui/field.tsx'
import { Spinner } from '../../components/ui/spinner.tsx'
import { Verdict } from './verdict.tsx'

interface Wanted {
  name: string
  reference: string
  license?: string
}

/** Asks the hub what would be fetched, says whether it runs here, and fetches it when the person agrees. */
export function FetchDialog({
  title,
  wanted,
  onClose,
}: {
  title: string
  wanted: readonly Wanted[]
  onClose: () => void
}) {
  const [type, setType] = useState<WeightType>('Q8_0')
  const asked = useQueries({ queries: wanted.map(({ reference }) => queries.fit(reference)) })
  const fits = asked.flatMap(({ data }) => (data ? [data] : []))
  const total = fits.reduce((sum, { downloadBytes }) => sum + downloadBytes, 0)
  const ready = fits.length === wanted.length
  const fetch = useMutation({
    mutationFn: async () => {
      for (const { reference } of wanted) await client.models.download({ reference, type })
      await queryClient.invalidateQueries({ queryKey: ['jobs'] })
    },
    onSuccess: onClose,
  })
  const denied = asked.some(({ error }) => error && toErrorValue(error).code === 'ACCESS_DENIED')
  const askAgain = () => {
    for (const query of asked) if (query.error) void query.refetch()
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      description="Lagotto asked the hub for sizes and checksums; the models themselves come when you say so."
      className="max-w-xl"
    >
      <div className="min-h-0 overflow-y-auto px-5 pb-5">
        <ul className="divide-y divide-line rounded-xl border border-line" aria-live="polite">
          {wanted.map((model, i) => (
            <li key={model.reference} className="px-4 py-3">
              <div className="flex flex-wrap items-baseline gap-x-3">
                <p className="font-medium">{model.name}</p>
                {asked[i]?.data && <Verdict verdict={asked[i].data.verdict} />}
              </div>
              <p className="wrap-anywhere text-xs text-ink-3">
                {model.reference}
                {model.license && ` · license: ${model.license}`}
              </p>
              {asked[i]?.error ? (
                <ErrorNotice error={asked[i].error} className="mt-2" />
              ) : asked[i]?.data ? (
                <FitFacts fit={asked[i].data} />
              ) : (
                <p className="mt-1.5 flex items-center gap-2 text-[0.8125rem] text-ink-2">
                  <Spinner className="size-3.5" /> Asking the hub…
                </p>
              )}
            </li>
          ))}
        </ul>
        {denied && <TokenForm className="mt-4" onKept={askAgain} />}
        {fits.some(({ format }) => format === 'checkpoint') && <TypeChoice type={type} onChange={setType} />}
        {fetch.error && <ErrorNotice error={fetch.error} className="mt-4" />}
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" disabled={!ready || fetch.isPending} onClick={() => fetch.mutate()}>
            {ready ? `Download ${bytes(total)}` : 'Download'}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}

function FitFacts({ fit }: { fit: Fit }) {
  const facts = [
    `${bytes(fit.downloadBytes)} to fetch`,
    `${bytes(fit.diskBytes)} on the disk of ${bytes(fit.freeDiskBytes)} free`,
    `about ${bytes(fit.memoryBytes)} of memory to run, with ${count(fit.contextLength)} tokens of context`,
    ...(fit.tokensPerSecond === null ? [] : [`about ${speed(fit.tokensPerSecond)} words a second on the processor`]),
  ]
  const left = Math.max(0, fit.totalMemoryBytes - fit.memoryBytes)
  const teaching =
    fit.trainingBytes === null
      ? 'It cannot be taught here.'
      : `To teach it takes about ${bytes(fit.trainingBytes)} more; while it answers, ${bytes(left)} of memory are left.`
  return (
    <>
      <p className="mt-1.5 text-[0.8125rem]">{fit.summary}</p>
      <p className="mt-0.5 text-[0.8125rem] text-ink-2">{facts.join(' · ')}</p>
      <p className="mt-0.5 text-[0.8125rem] text-ink-2">{teaching}</p>
    </>
  )
}

/** Words a second, of which each is about a token and a half; only as exact as it is known. */
function speed(tokensPerSecond: number): string {
  return count(Number((tokensPerSecond / 1.5).toPrecision(1)))
}

const types: Record<WeightType, string> = {
  Q8_0: 'Q8_0: half the size, nearly the same answers',
  BF16: 'BF16: as most checkpoints are stored',
  F16: 'F16: as exact, for more programs',
  F32: 'F32: twice the size, for comparisons',
}

/** How the weights of a checkpoint are stored when it is converted. */
export function TypeChoice({ type, onChange }: { type: WeightType; onChange: (type: WeightType) => void }) {
  const id = useId()
  return (
    <div className="mt-4">
      <label htmlFor={id} className="text-[0.8125rem] font-medium">
        It is converted to
      </label>
      <Select
        id={id}
        wrapperClassName="mt-1.5 flex"
        value={type}
        onChange={(event) => onChange(event.target.value as WeightType)}
      >
        {(Object.keys(types) as WeightType[]).map((each) => (
          <option key={each} value={each}>
            {types[each]}
          </option>
        ))}
      </Select>
    </div>
  )
}
