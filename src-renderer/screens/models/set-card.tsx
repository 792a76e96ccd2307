import { Check, Download } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Offer, SetOffer } from '../../../src-main/contract/index.ts'
import { bytes, parameters } from '../../components/format.ts'
import { Button } from '../../components/ui/button.tsx'
import { FetchDialog } from './fetch-dialog.tsx'
import { Verdict } from './verdict.tsx'

/** Models that fit together, and the way to get them. */
export function SetCard({ set, models, more }: { set: SetOffer; models: readonly Offer[]; more?: ReactNode }) {
  const [asking, setAsking] = useState(false)
  const parts = (
    [
      ['Answers', set.student],
      ['Teaches', set.teacher],
      ['Finds', set.embedder],
    ] as const
  ).map(([job, id]) => ({ job, model: models.find((model) => model.id === id) }))
  const missing = parts.flatMap(({ model }) => (model && model.installedId === null ? [model] : []))
  return (
    <section aria-label={set.name} className="rounded-2xl border border-line bg-surface px-5 py-4 shadow-card">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h3 className="text-[0.9375rem] font-semibold">{set.name}</h3>
        <Verdict verdict={set.verdict} />
      </div>
      <p className="mt-0.5 text-[0.8125rem] text-ink-2">{set.description}</p>
      <dl className="mt-3 grid grid-cols-[4.5rem_minmax(0,1fr)_auto] gap-x-3 gap-y-1.5 text-[0.8125rem]">
        {parts.map(
          ({ job, model }) =>
            model && (
              <div key={job} className="col-span-3 grid grid-cols-subgrid">
                <dt className="text-ink-3">{job}</dt>
                <dd className="truncate">
                  {model.name} <span className="text-ink-3">· {parameters(model.parameters)} weights</span>
                </dd>
                <dd className="text-right tabular-nums text-ink-2">
                  {model.installedId === null ? (
                    bytes(model.downloadBytes)
                  ) : (
                    <span className="inline-flex items-center gap-1 text-good">
                      <Check className="size-3.5" aria-hidden="true" /> here
                    </span>
                  )}
                </dd>
              </div>
            ),
        )}
      </dl>
      <div className="mt-4 flex flex-wrap items-center gap-2">
        {missing.length > 0 && (
          <Button tone="primary" onClick={() => setAsking(true)}>
            <Download /> Download all, about {bytes(set.downloadBytes)}
          </Button>
        )}
        {more}
      </div>
      {asking && <FetchDialog title={`Download ${set.name}`} wanted={missing} onClose={() => setAsking(false)} />}
    </section>
  )
}
