import { useEffect, useState } from 'react'
import type { Baseline, RunInput } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { ErrorNotice, Notice } from '../../components/notice.tsx'
import { ProgressBar } from '../../components/progress.tsx'
import { Button } from '../../components/ui/button.tsx'

/** Has a few questions answered by both before the training: measured once per choice, and given up on request. */
export function BaselinePart({ input }: { input: RunInput }) {
  const key = JSON.stringify(input)
  const [state, setState] = useState<{ last: Baseline | null; error: unknown }>({ last: null, error: null })
  const [skipped, setSkipped] = useState(false)
  useEffect(() => {
    if (skipped) return
    setState({ last: null, error: null })
    const abort = new AbortController()
    const measure = async () => {
      const stream = await client.runs.baseline(JSON.parse(key) as RunInput, { signal: abort.signal })
      for await (const last of stream) setState({ last, error: null })
    }
    measure().catch((error: unknown) => {
      if (!abort.signal.aborted) setState({ last: null, error })
    })
    return () => abort.abort()
  }, [key, skipped])
  const { last, error } = state
  return (
    <section
      aria-label="What they can do before"
      className="rounded-2xl border border-line bg-surface px-5 py-3 shadow-card"
    >
      <h2 className="font-semibold">What they can do before</h2>
      {error !== null && <ErrorNotice error={error} className="mt-2" />}
      {skipped && (
        <p className="mt-1 flex items-center gap-3 text-ink-2">
          Not measured.
          <Button size="sm" onClick={() => setSkipped(false)}>
            Measure it
          </Button>
        </p>
      )}
      {!skipped && error === null && last?.type !== 'result' && (
        <div className="mt-1 flex items-center gap-3">
          <div className="min-w-0 flex-1">
            <p role="status" className="text-[0.8125rem] text-ink-2">
              {last
                ? `The ${last.who} answers validation questions: ${last.done} of ${last.total}`
                : 'A few validation questions are answered…'}
            </p>
            <ProgressBar
              className="mt-1.5"
              label="Measuring what they can do before"
              progress={
                last && { what: '', done: last.done, total: last.total, unit: 'questions', rate: null, leftMs: null }
              }
            />
          </div>
          <Button size="sm" onClick={() => setSkipped(true)}>
            Skip
          </Button>
        </div>
      )}
      {!skipped && last?.type === 'result' && <Result result={last} />}
    </section>
  )
}

function Result({ result }: { result: Extract<Baseline, { type: 'result' }> }) {
  const { student, teacher, questions, cautions } = result
  return (
    <>
      <p className="mt-1">
        Of {questions} validation questions the student answers {student} right
        {teacher === null ? '.' : `, the teacher ${teacher}.`}
      </p>
      {cautions.map((caution) => (
        <Notice key={caution} tone="warn" className="mt-2">
          {caution}
        </Notice>
      ))}
    </>
  )
}
