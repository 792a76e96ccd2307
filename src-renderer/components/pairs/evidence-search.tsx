import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Check, Plus, Search } from 'lucide-react'
import { useState } from 'react'
import {
  type Passage,
  type PassageHit,
  passageEvidence,
  type QuestionEvidence,
} from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { ErrorNotice } from '../notice.tsx'
import { PassageCard } from '../passage-card.tsx'
import { useSources } from '../sources/context.tsx'
import { Button } from '../ui/button.tsx'
import { Input } from '../ui/field.tsx'
import { markedSentences } from './sentences.ts'

const LIMIT = 8

/** Finds passages of a library that can be taken as evidence. */
export function EvidenceSearch({
  libraryId,
  suggestion,
  chosen,
  onToggle,
}: {
  libraryId: string
  /** What is searched for when nothing is typed. */
  suggestion: string
  chosen: readonly QuestionEvidence[]
  onToggle: (passage: Passage) => void
}) {
  const [text, setText] = useState('')
  const [query, setQuery] = useState('')
  const { data, error } = useQuery({
    queryKey: ['libraries', libraryId, 'search', query, LIMIT],
    queryFn: ({ signal }) => client.libraries.search({ id: libraryId, query, limit: LIMIT }, { signal }),
    enabled: query !== '',
    placeholderData: keepPreviousData,
  })
  const search = () => setQuery(text.trim() || suggestion.trim())
  return (
    <search>
      <div className="flex gap-2">
        <Input
          type="search"
          aria-label="Find evidence in the library"
          placeholder={suggestion.trim() || 'Words to search for'}
          className="h-8 min-w-0 flex-1"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            // Not the form around it.
            if (event.key !== 'Enter' || event.nativeEvent.isComposing) return
            event.preventDefault()
            search()
          }}
        />
        <Button size="sm" className="h-8" onClick={search}>
          <Search /> Find evidence
        </Button>
      </div>
      {error && <ErrorNotice error={error} className="mt-2" />}
      {data && <FoundPassages hits={data.hits} chosen={chosen} onToggle={onToggle} />}
    </search>
  )
}

/** Passages that were found, each with a button that takes it as evidence. */
export function FoundPassages({
  hits,
  chosen,
  onToggle,
}: {
  hits: readonly PassageHit[]
  chosen: readonly QuestionEvidence[]
  onToggle: (passage: Passage) => void
}) {
  const sources = useSources()
  const refs = hits.map((passage) => {
    const marks = chosen.find(({ place }) => place?.id === passage.id)?.marks ?? []
    return { passage, number: null, evidence: markedSentences(passage.text, marks) }
  })
  if (hits.length === 0) return <p className="mt-2 text-[0.8125rem] text-ink-3">Nothing found. Try other words.</p>
  return (
    <ul className="mt-2 space-y-2">
      {hits.map((hit, i) => {
        const on = chosen.some(({ place }) => place?.id === hit.id)
        return (
          <li key={hit.id}>
            <PassageCard
              hit={hit}
              marks={hit.matches.map((span) => ({ ...span, kind: 'match' as const }))}
              onOpen={() => sources.open(refs, i)}
            >
              <Button
                size="sm"
                className="relative mt-2"
                aria-pressed={on}
                aria-label={`${on ? 'Chosen' : 'Use'} as evidence: ${hit.title}`}
                onClick={() => onToggle(hit)}
              >
                {on ? <Check /> : <Plus />} {on ? 'Chosen as evidence' : 'Use as evidence'}
              </Button>
            </PassageCard>
          </li>
        )
      })}
    </ul>
  )
}

/** Evidence with a passage taken in, or out if it was in. */
export function withPassage(evidence: readonly QuestionEvidence[], passage: Passage): QuestionEvidence[] {
  const rest = evidence.filter(({ place }) => place?.id !== passage.id)
  return rest.length < evidence.length ? rest : [...evidence, passageEvidence(passage)]
}
