import { Check, SearchX } from 'lucide-react'
import { useDeferredValue } from 'react'
import { Link } from 'wouter'
import { type Evaluation, fateWords, type ResultRow, type ResultTable } from '../../../src-main/contract/index.ts'
import { queries } from '../../api/queries.ts'
import { Empty } from '../../components/empty.tsx'
import { plural } from '../../components/format.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { PagedBody, usePagedRows } from '../../components/paged-rows.tsx'
import { Input, Select } from '../../components/ui/field.tsx'
import { showGroups, useShow } from './show.ts'

/** Every question with what became of it; any of them opens the whole story. */
export function QuestionBrowser({
  evaluation,
  table,
  hidden,
}: {
  evaluation: Evaluation
  table: ResultTable
  /** Blind: only what is asked, and whether there was a vote. */
  hidden: boolean
}) {
  const { id, sets, methods } = evaluation
  const { show, setShow, set, setSet, text, setText, filter: wanted } = useShow(id)
  const filter = useDeferredValue(hidden ? {} : wanted)
  const rows = usePagedRows({
    page: (offset, limit) => queries.evaluationResults(id, filter, offset, limit),
    rows: (page) => page.rows,
    height: 60,
  })
  const { total, error } = rows
  return (
    <>
      {!hidden && (
        <div className="mb-3 flex flex-wrap items-center gap-2">
          <Input
            type="search"
            aria-label="Filter questions"
            placeholder="Part of a question or an answer"
            className="h-8 min-w-40 max-w-72 flex-1"
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
          <Select
            aria-label="Which questions"
            className="h-8"
            value={show}
            onChange={({ target }) => setShow(target.value)}
          >
            <option value="all">All questions</option>
            {showGroups(table).map((group) => (
              <optgroup key={group.label} label={group.label}>
                {group.options.map(({ value, label }) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </optgroup>
            ))}
          </Select>
          {sets.length > 1 && (
            <Select aria-label="Which set" className="h-8" value={set} onChange={({ target }) => setSet(target.value)}>
              <option value="">All sets</option>
              {sets.map(({ name }, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a set may be there twice, with another split
                <option key={i} value={i}>
                  {name}
                </option>
              ))}
            </Select>
          )}
          <p className="text-[0.8125rem] tabular-nums text-ink-3" role="status">
            {plural(total, 'question')}
          </p>
        </div>
      )}
      {error && <ErrorNotice error={error} />}
      {rows.none ? (
        <Empty icon={SearchX} title="No question matches">
          Choose others above.
        </Empty>
      ) : (
        <section
          ref={rows.attach}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          tabIndex={0}
          aria-label="Questions"
          className="max-h-[36rem] overflow-auto rounded-2xl border border-line bg-surface shadow-card"
        >
          <table aria-rowcount={total + 1} className="w-full min-w-[40rem] table-fixed text-[0.8125rem]">
            <caption className="sr-only">Questions and how each method answered them</caption>
            <thead className="sticky top-0 z-10 bg-surface text-ink-2 shadow-[0_1px_0_var(--line)]">
              <tr className="text-left">
                <th scope="col" className="w-[40%] px-4 py-2 font-medium">
                  Question
                </th>
                {hidden ? (
                  <th scope="col" className="px-3 py-2 font-medium">
                    Vote
                  </th>
                ) : (
                  methods.map(({ label }, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: methods never change their places
                    <th key={i} scope="col" className="truncate px-3 py-2 font-medium" title={label}>
                      {label}
                    </th>
                  ))
                )}
              </tr>
            </thead>
            <PagedBody rows={rows} columns={1 + (hidden ? 1 : methods.length)} className="h-15 align-top">
              {(row) => <Cells id={id} row={row} hidden={hidden} />}
            </PagedBody>
          </table>
        </section>
      )}
    </>
  )
}

function Cells({ id, row, hidden }: { id: string; row: ResultRow; hidden: boolean }) {
  return (
    <>
      <td className="px-4 py-2">
        <Link
          href={`/evaluate/${id}/${row.position}`}
          className="block truncate font-medium hover:underline"
          title={row.question}
        >
          {row.question}
        </Link>
        {!hidden && (
          <span className="block truncate text-xs text-ink-3" title={row.answers.join(' | ')}>
            {row.answers.join(' | ')}
          </span>
        )}
      </td>
      {hidden ? (
        <td className="px-3 py-2 text-ink-2">{row.vote === null ? '–' : 'voted'}</td>
      ) : (
        row.results.map((result, method) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: methods never change their places
          <td key={method} className="px-3 py-2">
            {result ? (
              <>
                <span className="block truncate" title={result.answer ?? ''}>
                  {result.answer ?? '–'}
                </span>
                {result.em === 1 ? (
                  <span className="flex items-center gap-1 text-xs font-medium text-good">
                    <Check className="size-3.5" aria-hidden="true" /> {fateWords.right.name}
                  </span>
                ) : (
                  <span className="block truncate text-xs text-bad">{fateWords[result.fate].name}</span>
                )}
              </>
            ) : (
              <span className="text-ink-3">not asked yet</span>
            )}
          </td>
        ))
      )}
    </>
  )
}
