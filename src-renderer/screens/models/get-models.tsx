import { useQuery } from '@tanstack/react-query'
import { Check, Download } from 'lucide-react'
import { useState } from 'react'
import type { CatalogueRole, Offer } from '../../../src-main/contract/index.ts'
import { queries } from '../../api/queries.ts'
import { bytes, count, parameters } from '../../components/format.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Input } from '../../components/ui/field.tsx'
import { Downloads } from './downloads.tsx'
import { FetchDialog } from './fetch-dialog.tsx'
import { ImportCheckpoint } from './import-checkpoint.tsx'
import { SetCard } from './set-card.tsx'
import { Verdict } from './verdict.tsx'

const roles: Record<CatalogueRole, { title: string; hint: string }> = {
  'search-agent': { title: 'Search agents', hint: 'Trained to search and answer: ready to be asked.' },
  student: { title: 'Students', hint: 'Small models that can learn to search on this computer.' },
  teacher: { title: 'Teachers', hint: 'Larger models that a student learns from.' },
  embedder: {
    title: 'For finding by meaning',
    hint: 'Turn passages into numbers, so that searches find what is meant.',
  },
  reranker: { title: 'Rerankers', hint: 'Put the passages found into a better order.' },
}

/** What can be fetched: sets that fit together, single models by what they are for, anything else by its name. */
export function GetModels() {
  const { data: offers, error } = useQuery(queries.catalogue())
  const [wanted, setWanted] = useState<{ name: string; reference: string; license?: string } | null>(null)
  return (
    <>
      <Downloads />
      {error && <ErrorNotice error={error} />}
      <section className="mb-8">
        <h2 className="text-sm font-semibold">Sets that fit together</h2>
        <p className="mb-2.5 text-[0.8125rem] text-ink-3">
          Student and teacher share a vocabulary, so that one can teach the other. Sizes are estimates until the hub is
          asked.
        </p>
        <div className="space-y-2.5">
          {offers?.sets.map((set) => (
            <SetCard key={set.id} set={set} models={offers.models} />
          ))}
        </div>
      </section>
      {offers &&
        (Object.keys(roles) as CatalogueRole[]).map((role) => (
          <section key={role} className="mb-8">
            <h2 className="text-sm font-semibold">{roles[role].title}</h2>
            <p className="mb-2.5 text-[0.8125rem] text-ink-3">{roles[role].hint}</p>
            <ul className="divide-y divide-line rounded-2xl border border-line bg-surface shadow-card">
              {offers.models
                .filter((model) => model.role === role)
                .map((model) => (
                  <OfferRow key={model.id} model={model} onGet={() => setWanted(model)} />
                ))}
            </ul>
          </section>
        ))}
      <AnyModel onWanted={setWanted} />
      <ImportCheckpoint />
      {wanted && <FetchDialog title={`Download ${wanted.name}`} wanted={[wanted]} onClose={() => setWanted(null)} />}
    </>
  )
}

function OfferRow({ model, onGet }: { model: Offer; onGet: () => void }) {
  const facts = [
    `${parameters(model.parameters)} weights`,
    `about ${bytes(model.downloadBytes)}`,
    `${count(model.contextLength)} tokens of context`,
    model.languages.includes('multi') ? 'many languages' : model.languages.join(', '),
    model.license === 'see the repository' ? 'license: see the repository' : model.license,
    ...(model.gated ? ['needs an access token'] : []),
  ]
  return (
    <li className="flex items-start gap-3 px-5 py-3.5">
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-baseline gap-x-3">
          <h3 className="font-medium">{model.name}</h3>
          <Verdict verdict={model.verdict} />
        </div>
        <p className="mt-0.5 text-[0.8125rem]">{model.goodFor}</p>
        <p className="mt-0.5 text-xs text-ink-3">{facts.join(' · ')}</p>
      </div>
      {model.installedId === null ? (
        <Button size="sm" aria-label={`Download ${model.name}`} onClick={onGet}>
          <Download /> Download
        </Button>
      ) : (
        <span className="flex h-7 items-center gap-1.5 text-[0.8125rem] font-medium text-good">
          <Check className="size-4" aria-hidden="true" /> Here
        </span>
      )}
    </li>
  )
}

function AnyModel({ onWanted }: { onWanted: (wanted: { name: string; reference: string }) => void }) {
  const [reference, setReference] = useState('')
  const wanted = reference.trim()
  return (
    <section className="mb-8">
      <h2 className="text-sm font-semibold">
        <label htmlFor="any-model">Any other model</label>
      </h2>
      <form
        className="mt-2 flex gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (wanted !== '') onWanted({ name: wanted.replace(/^hf:/, ''), reference: wanted })
        }}
      >
        <Input
          className="min-w-0 flex-1"
          id="any-model"
          aria-describedby="any-model-hint"
          placeholder="hf:owner/name:Q4_K_M"
          value={reference}
          onChange={(event) => setReference(event.target.value)}
        />
        <Button type="submit" disabled={wanted === ''}>
          Look
        </Button>
      </form>
      <p id="any-model-hint" className="mt-1.5 text-xs text-ink-3">
        From the hub: hf:owner/name, with :Q4_K_M for a quantization or /file.gguf for a file; or the address of a .gguf
        file. Repositories of safetensors (Qwen2, Qwen3, Llama) are converted.
      </p>
    </section>
  )
}
