import { useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { type ReactNode, useEffect } from 'react'
import { useLocation } from 'wouter'
import { type Evaluation, fateWords, type ResultDetail } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { isTyping } from '../../app/keys.ts'
import { Meaning } from '../../components/meaning.tsx'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { Screen } from '../../components/screen.tsx'
import { blindName, blindOrder } from '../../components/seats.ts'
import { AlignedTraces, type Column } from '../../components/trace/aligned.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Tip } from '../../components/ui/tip.tsx'
import { useShow } from './show.ts'

/** One question: how each method came to its answer, side by side; in blind mode the place to vote. */
export function QuestionScreen({ id, position }: { id: string; position: number }) {
  const { filter } = useShow(id)
  const { data } = useQuery(queries.evaluation(id, 0))
  const hidden = data?.evaluation.blind === true && !data.evaluation.revealed
  const detail = useQuery(queries.evaluationQuestion(id, position, hidden ? {} : filter))
  if (detail.error) return <ErrorNotice error={detail.error} className="m-8" />
  return data && detail.data ? <Loaded evaluation={data.evaluation} detail={detail.data} hidden={hidden} /> : null
}

/** Calls back for single keys while nobody is typing. */
function useKeys(keys: Record<string, (() => void) | undefined>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.metaKey || event.ctrlKey || isTyping(event)) return
      const action = keys[event.key.toLowerCase()]
      if (!action) return
      event.preventDefault()
      action()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
}

function Loaded({ evaluation, detail, hidden }: { evaluation: Evaluation; detail: ResultDetail; hidden: boolean }) {
  const { id, methods, sets } = evaluation
  const { row, traces, previous, next } = detail
  const [, navigate] = useLocation()
  const order = hidden ? blindOrder(`${id} ${row.position}`, methods.length) : methods.map((_, at) => at)
  const columns = order.flatMap((at, shown): Column[] => {
    const [trace, result] = [traces[at], row.results[at]]
    const name = hidden ? blindName(shown) : (methods[at]?.label ?? '')
    return trace ? [{ at, name, trace, live: false, right: result && !hidden ? result.em === 1 : null }] : []
  })
  const to = (position: number | null) =>
    position === null ? undefined : () => navigate(`/evaluate/${id}/${position}`)
  const vote = async (method: number | null) => {
    if (method !== null) to(next)?.()
    try {
      await client.evaluations.vote({ id, position: row.position, method })
      await queryClient.invalidateQueries({ queryKey: ['evaluations', id] })
    } catch (thrown) {
      toastError(thrown)
    }
  }
  const choices = hidden ? columns.map(({ at }, i) => [String(i + 1), () => void vote(at)] as const) : []
  useKeys({
    k: to(previous),
    j: to(next),
    ...Object.fromEntries(choices),
    ...(hidden ? { 0: () => void vote(-1) } : {}),
  })
  return (
    <Screen
      wide
      title={row.question}
      intro={`${sets[row.set]?.name}${hidden ? '' : ` · right answer: ${row.answers.join(' or ')}`}`}
      back={{ href: `/evaluate/${id}`, label: 'All questions' }}
      actions={
        <div className="flex gap-2">
          <Step label="Question before" keys="K" go={to(previous)}>
            <ChevronLeft />
          </Step>
          <Step label="Next question" keys="J" go={to(next)}>
            <ChevronRight />
          </Step>
        </div>
      }
    >
      {hidden ? (
        <Vote columns={columns} vote={row.vote} onVote={(method) => void vote(method)} />
      ) : (
        <ul className="mb-4 flex flex-wrap gap-x-6 gap-y-1 text-[0.8125rem]">
          {row.results.map((result, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: methods never change their places
            <li key={at}>
              <span className="font-medium">{methods[at]?.label}:</span>{' '}
              {result ? (
                <Meaning meaning={fateWords[result.fate].meaning}>{fateWords[result.fate].name}</Meaning>
              ) : (
                'not asked yet'
              )}
            </li>
          ))}
        </ul>
      )}
      <AlignedTraces columns={columns} hidden={hidden} />
    </Screen>
  )
}

function Step({
  label,
  keys,
  go,
  children,
}: {
  label: string
  keys: string
  go: (() => void) | undefined
  children: ReactNode
}) {
  return (
    <Tip label={label} keys={keys}>
      <Button size="icon" aria-label={label} aria-disabled={go === undefined} onClick={go}>
        {children}
      </Button>
    </Tip>
  )
}

/** Which answer is best; the keys are the numbers of the answers, 0 for none. */
function Vote({
  columns,
  vote,
  onVote,
}: {
  columns: readonly Column[]
  vote: number | null
  onVote: (method: number | null) => void
}) {
  if (columns.length === 0) return <p className="mb-4 text-ink-2">Nobody has answered this question yet.</p>
  return (
    <fieldset className="mb-4 flex flex-wrap items-center gap-2">
      <legend className="mb-1.5 font-medium">Which answer is best?</legend>
      {columns.map(({ at, name }, i) => (
        <Tip key={at} label={`Vote for ${name}`} keys={String(i + 1)}>
          <Button
            size="sm"
            tone={vote === at ? 'primary' : 'plain'}
            aria-pressed={vote === at}
            onClick={() => onVote(at)}
          >
            {name}
          </Button>
        </Tip>
      ))}
      <Tip label="No answer is better" keys="0">
        <Button
          size="sm"
          tone={vote === -1 ? 'primary' : 'plain'}
          aria-pressed={vote === -1}
          onClick={() => onVote(-1)}
        >
          None is better
        </Button>
      </Tip>
      {vote !== null && (
        <Button size="sm" tone="ghost" onClick={() => onVote(null)}>
          Take the vote back
        </Button>
      )}
    </fieldset>
  )
}
