import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Model, ModelDetails } from '../../../src-main/contract/index.ts'
import { queries } from '../../api/queries.ts'
import { Disclosure } from '../../components/disclosure.tsx'
import { bytes, count, dateTime, parameters } from '../../components/format.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Spinner } from '../../components/ui/spinner.tsx'

/** What a model's file says about itself: sizes, tokenizer, chat template, all metadata. */
export function DetailsDialog({ model, onClose }: { model: Model; onClose: () => void }) {
  const { data: details, error } = useQuery(queries.modelInfo(model.id))
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={model.name} className="max-w-2xl">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section tabIndex={0} aria-label="What is in the file" className="min-h-0 overflow-y-auto px-5 pb-5">
        {error && <ErrorNotice error={error} />}
        {!details && !error && <Spinner />}
        {details && <Facts details={details} />}
      </section>
    </Dialog>
  )
}

function Facts({ details }: { details: ModelDetails }) {
  const { model, source } = details
  const facts: [string, string | null][] = [
    ['Used', details.uses.join(' ') || 'Nothing depends on it.'],
    ['From', source && `${source.reference}, ${dateTime(source.fetchedAt)}`],
    ['File', model.path],
    ['Size', `${bytes(model.sizeBytes)}, ${parameters(model.parameters)} weights as ${model.quantization}`],
    ['Architecture', `${model.architecture}${details.layers === null ? '' : `, ${details.layers} layers`}`],
    ['Width', details.embeddingLength === null ? null : count(details.embeddingLength)],
    ['Context', `${count(model.contextLength)} tokens`],
    ['Tokenizer', details.tokenizer && `${details.tokenizer}, ${count(details.vocabulary ?? 0)} tokens`],
  ]
  return (
    <>
      <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-3 gap-y-1.5">
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <div key={name} className="col-span-2 grid grid-cols-subgrid">
                <dt className="text-ink-3">{name}</dt>
                <dd className="wrap-anywhere select-text">{value}</dd>
              </div>
            ),
        )}
      </dl>
      <div className="mt-4 space-y-2">
        <Long title="Chat template">{details.chatTemplate ?? 'None: the model cannot be asked questions.'}</Long>
        <Long title={`All ${count(details.metadata.length)} entries of the header`}>
          {details.metadata.map(({ key, value }) => `${key} = ${value}`).join('\n')}
        </Long>
      </div>
    </>
  )
}

function Long({ title, children }: { title: string; children: string }) {
  const [open, setOpen] = useState(false)
  return (
    <Disclosure open={open} onToggle={() => setOpen(!open)} summary={title}>
      <pre className="mt-1 whitespace-pre-wrap rounded-lg bg-hover/60 p-3 text-xs wrap-anywhere">{children}</pre>
    </Disclosure>
  )
}
