import { useEffect, useState } from 'react'
import type { JobEvent } from '../../../src-main/contract/index.ts'
import { followJob } from '../../api/job-events.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { logLine } from './log-line.ts'

const KEPT = 500

const time = new Intl.DateTimeFormat('en', { timeStyle: 'medium' })

/** What a job said, newest last; goes on while it runs. */
export function JobLog({ id }: { id: string }) {
  const [events, setEvents] = useState<readonly JobEvent[]>([])
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    const abort = new AbortController()
    let waiting: JobEvent[] = []
    const show = () => {
      const added = waiting
      waiting = []
      setEvents((old) => [...old, ...added].slice(-KEPT))
    }
    followJob(
      id,
      0,
      (event) => {
        if (waiting.push(event) === 1) requestAnimationFrame(show)
      },
      abort.signal,
    ).catch((thrown: unknown) => setError(thrown))
    return () => {
      abort.abort()
      setEvents([])
    }
  }, [id])
  if (error) return <ErrorNotice error={error} />
  const lines = events.flatMap(({ seq, at, event }) => {
    const text = logLine(event)
    return text === null ? [] : [{ seq, at, text }]
  })
  return (
    <ol
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label="Log"
      className="mt-1 max-h-64 overflow-y-auto rounded-lg bg-sunken p-3 font-mono text-xs"
    >
      {lines.map(({ seq, at, text }) => (
        <li key={seq} className="wrap-anywhere">
          <span className="text-ink-3">{time.format(at)}</span> {text}
        </li>
      ))}
      {lines.length === 0 && <li className="text-ink-3">Nothing to tell.</li>}
    </ol>
  )
}
