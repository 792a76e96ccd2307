import { useMutation, useQuery } from '@tanstack/react-query'
import { BadgeCheck, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { type Promotion, parityWords, type Run, type RunReport, resultOf } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { toErrorValue } from '../../api/errors.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'
import { dateTime, plural } from '../../components/format.ts'
import { ErrorNotice, Notice, toastError } from '../../components/notice.tsx'
import { Part } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'
import { Select } from '../../components/ui/field.tsx'
import { methods } from './methods.ts'

const keep = (promotions: Promotion[]) => queryClient.setQueryData(queries.promotions().queryKey, promotions)

/** Makes what a run learned answer in Ask, or takes that back. */
export function Promote({ run, report }: { run: Run; report: RunReport }) {
  const { libraries } = useChoice()
  const { data: promotions = [] } = useQuery(queries.promotions())
  const [chosen, setChosen] = useState<string | null>(null)
  const [asking, setAsking] = useState(false)
  const own = run.manifest.environment.library
  const libraryId = chosen ?? (libraries.some(({ id }) => id === own.id) ? own.id : libraries[0]?.id)
  const current = promotions.find((one) => one.current && one.library.id === libraryId)
  const promote = useMutation({
    mutationFn: (force: boolean) =>
      client.promotions.promote({ runId: run.id, force, ...(libraryId ? { libraryId } : {}) }),
    onSuccess: keep,
  })
  const answers = current?.lineage.runId === run.id
  const { improved, headline } = resultOf(report)
  return (
    <Part title="Use it in Ask">
      <div className="space-y-3 rounded-2xl border border-line bg-surface p-5 shadow-card">
        <div className="flex flex-wrap items-center gap-3">
          <label htmlFor="promote-library">Library</label>
          <Select
            id="promote-library"
            value={libraryId ?? ''}
            onChange={({ target }) => {
              setChosen(target.value)
              promote.reset()
            }}
          >
            {libraries.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
          {answers && current ? (
            <>
              <p className="flex min-w-0 flex-1 items-center gap-1.5 font-medium text-good">
                <BadgeCheck className="size-4 shrink-0" aria-hidden="true" /> What it learned answers in Ask
              </p>
              <RollBack promotion={current} />
            </>
          ) : (
            <Button
              tone="primary"
              disabled={!libraryId || promote.isPending}
              onClick={() => (improved === true ? promote.mutate(false) : setAsking(true))}
            >
              Promote
            </Button>
          )}
        </div>
        <p className="text-[0.8125rem] text-ink-2">
          {answers
            ? 'Questions to this library are answered by the student with what it learned here.'
            : current
              ? `Now “${current.lineage.runName}” answers for this library. Promoting replaces it; one click goes back.`
              : 'Questions to this library are then answered by the student with what it learned here. One click goes back.'}
        </p>
        {promote.error && <ErrorNotice error={promote.error} />}
        {answers && current && <Trouble promotion={current} />}
      </div>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Promote it without an improvement?"
        action="Promote all the same"
        onConfirm={() => promote.mutate(true)}
      >
        {improved === null
          ? 'It was not tested on questions that nothing was learned from, so nobody knows whether it helped.'
          : `${headline} That is no improvement: answers in Ask would not get better.`}
      </Confirm>
    </Part>
  )
}

/** One click back to what answered before. */
function RollBack({ promotion: { library } }: { promotion: Promotion }) {
  const back = useMutation({
    mutationFn: () => client.promotions.rollBack({ libraryId: library.id }),
    onSuccess: keep,
    onError: toastError,
  })
  return (
    <Button
      size="sm"
      disabled={back.isPending}
      aria-label={`Roll back “${library.name}”`}
      onClick={() => back.mutate()}
    >
      <Undo2 /> Roll back
    </Button>
  )
}

/** Why a promoted model cannot answer, or would not as it was trained. */
function Trouble({ promotion: { problem, parity } }: { promotion: Promotion }) {
  if (problem) return <ErrorNotice error={toErrorValue(problem)} />
  if (parity.length === 0) return null
  return (
    <Notice tone="warn">
      <p className="font-medium">Ask no longer plays as this model was trained, so its answers may be worse.</p>
      <ul className="mt-1 list-disc pl-4 text-ink-2">
        {parity.map((difference) => (
          <li key={difference.what}>{parityWords(difference)}</li>
        ))}
      </ul>
    </Notice>
  )
}

/** What answers for which library, and everything that did before. */
export function Promotions() {
  const { data: promotions = [] } = useQuery(queries.promotions())
  if (promotions.length === 0) return null
  return (
    <Part title="Promoted">
      <ul className="divide-y divide-line rounded-2xl border border-line bg-surface shadow-card">
        {promotions.map((promotion) => (
          <li key={promotion.id} className="space-y-2 px-5 py-3.5">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <p className="min-w-0 flex-1 font-medium">
                {promotion.library.name}:{' '}
                <Link href={`/teach/${promotion.lineage.runId}`} className="hover:underline">
                  {promotion.lineage.runName}
                </Link>
              </p>
              <span className={`text-[0.8125rem] font-medium ${promotion.current ? 'text-good' : 'text-ink-3'}`}>
                {promotion.current ? 'Answers now' : promotion.rolledBackAt === null ? 'Replaced' : 'Taken back'}
              </span>
              {promotion.current && <RollBack promotion={promotion} />}
            </div>
            <Lineage promotion={promotion} />
            <Trouble promotion={promotion} />
          </li>
        ))}
      </ul>
    </Part>
  )
}

/** Where a promoted model comes from. */
function Lineage({ promotion: { lineage, at, rolledBackAt } }: { promotion: Promotion }) {
  const { base, method, teacher, parent, questions, headline } = lineage
  const facts = [
    `${base.name}, ${methods[method].label
      .toLowerCase()
      .replace(/\(.*\)/, '')
      .trim()}`,
    teacher && `taught by ${teacher}`,
    `${plural(questions.train, 'question')} of ${questions.source}`,
    `promoted ${dateTime(at)}`,
    rolledBackAt !== null && `taken back ${dateTime(rolledBackAt)}`,
  ].filter(Boolean)
  return (
    <div className="text-[0.8125rem] text-ink-2">
      <p>{headline}</p>
      <p className="text-ink-3 wrap-anywhere">
        {facts.join(' · ')}
        {parent &&
          (parent.runId ? (
            <>
              {' · began with '}
              <Link href={`/teach/${parent.runId}`} className="underline">
                {parent.runId}
              </Link>
            </>
          ) : (
            ` · began with ${parent.path}`
          ))}
      </p>
    </div>
  )
}
