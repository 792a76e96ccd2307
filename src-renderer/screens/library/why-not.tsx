import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { Explanation, SearchFilter } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { Disclosure } from '../../components/disclosure.tsx'
import { ErrorNotice } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Input } from '../../components/ui/field.tsx'

const OFFERED = 8

/** Why a document that one expects is not among the hits: how it fares at each stage, and what would help. */
export function WhyNot({
  libraryId,
  query,
  limit,
  filter,
  onWord,
}: {
  libraryId: string
  query: string
  limit: number
  filter: SearchFilter | undefined
  /** A suggested word was chosen. */
  onWord: (word: string) => void
}) {
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const [file, setFile] = useState<{ id: string; path: string } | null>(null)
  const input = useId()
  const { data: offered } = useQuery({
    ...queries.files(libraryId, { show: 'all', filter: name, sort: 'name', descending: false }, 0, OFFERED),
    enabled: open && name.trim() !== '',
  })
  const { data, error } = useQuery({
    queryKey: ['libraries', libraryId, 'explain', query, limit, filter, file?.id],
    queryFn: ({ signal }) =>
      client.libraries.explain(
        { id: libraryId, query, limit, fileId: file?.id ?? '', ...(filter && { filter }) },
        { signal },
      ),
    enabled: file !== null,
  })
  return (
    <div className="mt-4 border-t border-line pt-3 text-[0.8125rem]">
      <Disclosure open={open} onToggle={() => setOpen(!open)} summary="Why not this file?">
        <label htmlFor={input} className="mt-1 block text-xs text-ink-2">
          The document that you expected
        </label>
        <Input
          id={input}
          type="search"
          autoComplete="off"
          className="mt-1 w-full max-w-md"
          placeholder="Part of its name"
          value={name}
          onChange={(event) => {
            setName(event.target.value)
            setFile(null)
          }}
        />
        {file === null && name.trim() !== '' && (
          <ul aria-label="Documents" className="mt-1 max-w-md">
            {offered?.files.map(({ id, relativePath }) => (
              <li key={id}>
                <Button
                  tone="ghost"
                  size="sm"
                  className="w-full justify-start"
                  onClick={() => {
                    setFile({ id, path: relativePath })
                    setName(relativePath)
                  }}
                >
                  <span className="truncate">{relativePath}</span>
                </Button>
              </li>
            ))}
            {offered?.files.length === 0 && <li className="py-1 text-ink-3">No document has this in its name.</li>}
          </ul>
        )}
        {error && <ErrorNotice error={error} className="mt-3" />}
        {data && file && <Why explanation={data} onWord={onWord} />}
      </Disclosure>
    </div>
  )
}

const figure = (score: number): string => String(Number(score.toPrecision(3)))

function Why({ explanation, onWord }: { explanation: Explanation; onWord: (word: string) => void }) {
  const { reason, words, fullText, vector, named, fused, reranker, repeats, suggestions } = explanation
  const stages = [
    ['Full text', fullText],
    ['Vector', vector],
    ['Fused', fused],
    ['Reranker', reranker],
  ] as const
  return (
    <div className="mt-3 max-w-prose">
      <p role="status" className="text-sm">
        {reason}
      </p>
      {words.length > 0 && (
        <table className="mt-3 w-full text-left">
          <caption className="sr-only">Passages of the document with each word, by field</caption>
          <thead className="text-xs text-ink-3">
            <tr>
              {['Word', 'in title', 'in headings', 'in text'].map((head) => (
                <th key={head} scope="col" className="py-1 pr-3 font-normal">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="tabular-nums">
            {words.map(({ word, title, headings, text }) => (
              <tr key={word} className="border-t border-line">
                <th scope="row" className="py-1 pr-3 font-medium">
                  {word}
                </th>
                <td>{title || '–'}</td>
                <td>{headings || '–'}</td>
                <td>{text || '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <dl className="mt-3 space-y-1">
        {stages.map(
          ([label, stage]) =>
            stage && (
              <div key={label} className="flex gap-2">
                <dt className="w-20 shrink-0 text-ink-3">{label}</dt>
                <dd className="tabular-nums">
                  rank {stage.rank ?? 'beyond 10,000'} · {figure(stage.score)}
                  {stage.needed !== null && (
                    <span className="text-ink-3"> (needs {figure(stage.needed)} to go on)</span>
                  )}
                  {label === 'Full text' && named > 0 && (
                    <span className="text-ink-3"> · {figure(named)} of it for being named by a better passage</span>
                  )}
                </dd>
              </div>
            ),
        )}
        {repeats && (
          <div className="flex gap-2">
            <dt className="w-20 shrink-0 text-ink-3">Moved back</dt>
            <dd>
              {Math.round(100 * repeats.share)} % of it is in “{repeats.title}”, which fits better
            </dd>
          </div>
        )}
      </dl>
      {suggestions.length > 0 && (
        <div className="mt-3">
          <p className="text-ink-3">Words that it has; choose one to search with it:</p>
          <div className="mt-1 flex flex-wrap gap-1.5">
            {suggestions.map((word) => (
              <Button key={word} size="sm" onClick={() => onWord(word)}>
                {word}
              </Button>
            ))}
          </div>
        </div>
      )}
    </div>
  )
}
