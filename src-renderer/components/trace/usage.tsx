import type { ReactNode } from 'react'
import type { Trace } from '../../../src-main/contract/index.ts'
import { count, duration, plural } from '../format.ts'
import { Tip } from '../ui/tip.tsx'

/** What the answer took: tokens, seconds, searches, and who answered from where; explained on hover. */
export function UsageLine({ trace }: { trace: Trace }) {
  const { usage, ms, model, taught, library, searchable } = trace
  const searches = trace.turns.filter(({ search }) => search !== null).length
  const speed = usage && usage.decodeMs > 0 ? Math.round((usage.generated / usage.decodeMs) * 1000) : null
  return (
    <p className="flex flex-wrap items-center -ml-0.5 gap-x-1 text-xs text-ink-3">
      {usage && usage.evaluated > 0 && (
        <Fact
          label={
            <>
              The model wrote {plural(usage.generated, 'token')} (pieces of words)
              {speed !== null && `, ${count(speed)} a second`}. It computed {count(usage.evaluated)} in all and had{' '}
              {count(usage.cached)} still in memory from before.
            </>
          }
        >
          {plural(usage.generated, 'token')} written, {count(usage.evaluated)} computed, {count(usage.cached)} reused
        </Fact>
      )}
      {ms !== null && <Fact label="From sending the question to the end of the answer.">{duration(ms)}</Fact>}
      <Fact label="How often the model searched the library for this answer.">
        {plural(searches, 'search', 'searches')}
      </Fact>
      {model && (
        <Fact
          label={
            taught ? `The model that answered, with what it learned in “${taught.name}”.` : 'The model that answered.'
          }
        >
          {model.name}
          {taught && ', taught'}
        </Fact>
      )}
      {library && <Fact label="The library that was searched.">{library.name}</Fact>}
      {searchable && searchable.files < searchable.of && (
        <Fact label="The library was still being read when the question was asked. Ask again when it is done.">
          <span className="text-warn">
            Searched {count(searchable.files)} of {count(searchable.of)} files
          </span>
        </Fact>
      )}
    </p>
  )
}

function Fact({ label, children }: { label: ReactNode; children: ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1 after:content-['·'] last:after:hidden">
      <Tip label={label}>
        <button type="button" className="min-h-6 cursor-help rounded px-0.5 hover:text-ink-2">
          {children}
        </button>
      </Tip>
    </span>
  )
}
