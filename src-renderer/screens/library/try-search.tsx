import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Search, SearchX } from 'lucide-react'
import { useState } from 'react'
import type { Library, PassageHit } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { Empty } from '../../components/empty.tsx'
import { duration, plural } from '../../components/format.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { PassageCard } from '../../components/passage-card.tsx'
import { type SourceRef, useSources } from '../../components/sources/context.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Input } from '../../components/ui/field.tsx'
import { Spinner } from '../../components/ui/spinner.tsx'
import { Tip } from '../../components/ui/tip.tsx'
import { noFilter, SearchFilterFields, toFilter } from './search-filter.tsx'
import { WhyNot } from './why-not.tsx'

const LIMIT = 10

/** The search that the model makes, for people: what is found, in which order, and why. */
export function TrySearch({ library }: { library: Library }) {
  const [text, setText] = useState('')
  const [query, setQuery] = useState('')
  const [fields, setFields] = useState(noFilter)
  const sources = useSources()
  const filter = toFilter(fields)
  const { data, error, isFetching } = useQuery({
    queryKey: ['libraries', library.id, 'search', query, filter],
    queryFn: ({ signal }) =>
      client.libraries.search({ id: library.id, query, limit: LIMIT, ...(filter && { filter }) }, { signal }),
    enabled: query !== '',
    placeholderData: keepPreviousData,
  })
  const search = (words: string) => {
    setText(words)
    setQuery(words.trim())
  }
  const refs: SourceRef[] = (data?.hits ?? []).map((passage) => ({ passage, number: null, evidence: [] }))
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label="Try a search"
      aria-busy={isFetching}
      className="min-h-0 flex-1 overflow-y-auto px-6 py-4"
    >
      <search>
        <form
          className="flex gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            search(text)
          }}
        >
          <Input
            type="search"
            aria-label="Search words"
            placeholder="Words to search for"
            className="min-w-0 flex-1"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Button tone="primary" type="submit" disabled={text.trim() === ''}>
            {isFetching ? <Spinner className="text-on-accent" /> : <Search />} Search
          </Button>
        </form>
        <SearchFilterFields value={fields} onChange={setFields} />
      </search>
      {query === '' && (
        <p className="mt-3 text-[0.8125rem] text-ink-3">
          This is the same search that the model makes for an answer. Try it when a document is not found.
        </p>
      )}
      {error && <ErrorNotice error={error} className="mt-4" />}
      {data && !error && (
        <>
          <p className="mt-3 text-[0.8125rem] text-ink-3" role="status">
            {plural(data.hits.length, 'passage')} in{' '}
            {data.ms < 1000 ? `${Math.max(1, Math.round(data.ms))} ms` : duration(data.ms)}
          </p>
          {data.hits.length === 0 && (
            <Empty icon={SearchX} title="Nothing found">
              {filter
                ? 'No passage of the documents that the filter leaves contains these words.'
                : 'No passage contains these words. Try fewer or other words.'}
            </Empty>
          )}
          <ol className="mt-2 space-y-2">
            {data.hits.map((hit, i) => (
              <li key={hit.id}>
                <PassageCard
                  hit={hit}
                  marks={hit.matches.map((span) => ({ ...span, kind: 'match' as const }))}
                  badge={<span className="shrink-0 text-xs tabular-nums text-ink-3">#{hit.rank}</span>}
                  onOpen={() => sources.open(refs, i)}
                >
                  <Scores hit={hit} />
                </PassageCard>
              </li>
            ))}
          </ol>
          <WhyNot
            libraryId={library.id}
            query={query}
            limit={LIMIT}
            filter={filter}
            onWord={(word) => search(`${query} ${word}`)}
          />
        </>
      )}
    </section>
  )
}

const stages = [
  ['fullText', 'BM25', 'How well the words match (full text).'],
  ['vector', 'Vector', 'How close the meaning is (embedding).'],
  ['fused', 'Fused', 'Both rankings combined (reciprocal rank fusion).'],
  ['reranker', 'Reranker', 'A second model that read query and passage together.'],
] as const

/** Score and rank of a hit in each stage that saw it. */
function Scores({ hit }: { hit: PassageHit }) {
  return (
    <dl className="relative mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs">
      {stages.map(([key, label, meaning]) => {
        const stage = hit.stages[key]
        if (!stage) return null
        const named = key === 'fullText' ? hit.stages.fullText?.named : undefined
        return (
          <Tip key={key} label={meaning}>
            <div className="flex gap-1.5">
              <dt className="text-ink-3">{label}</dt>
              <dd className="tabular-nums text-ink-2">
                {Math.abs(stage.score) >= 100 ? Math.round(stage.score) : Number(stage.score.toPrecision(3))} · rank{' '}
                {stage.rank}
                {named !== undefined && <span className="text-ink-3"> · named by a better passage</span>}
              </dd>
            </div>
          </Tip>
        )
      })}
      {hit.stages.repeats && (
        <Tip label="Much of it is in a passage that fits better, so that it stands further down.">
          <div className="flex gap-1.5">
            <dt className="text-ink-3">Repeats</dt>
            <dd className="tabular-nums text-ink-2">{Math.round(100 * hit.stages.repeats.share)} %</dd>
          </div>
        </Tip>
      )}
      {hit.joined && (
        <Tip label="They follow each other in the document and are shown as one.">
          <div className="flex gap-1.5">
            <dt className="text-ink-3">Neighbors</dt>
            <dd className="tabular-nums text-ink-2">{hit.joined.length}</dd>
          </div>
        </Tip>
      )}
    </dl>
  )
}
