import { useEffect, useState } from 'react'
import { type Exchange, foldTrace, isAgentEvent, type JobEvent, type Trace } from '../../src-main/contract/index.ts'
import { frameBatch } from './batch.ts'
import { followJob } from './job-events.ts'

/** A trace as it stands, and whether more is to come. */
export interface LiveTrace {
  trace: Trace
  live: boolean
}

/** Follows the events of a job from `since` on; events come in batches, one per painted frame. */
export function useJobEvents(
  id: string | null,
  since: number,
  onEvents: (events: JobEvent[]) => void,
  onOver: () => void,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: where to begin and what to do are those of the first render
  useEffect(() => {
    if (id === null) return
    const abort = new AbortController()
    const batch = frameBatch(onEvents)
    followJob(id, since, batch.add, abort.signal)
      .catch(() => undefined)
      .then(() => {
        if (!abort.signal.aborted) setTimeout(onOver, 260)
      })
    return () => {
      abort.abort()
      batch.dispose()
    }
  }, [id])
}

/** The trace of an answer: as stored when it is over, else growing with the events of its job. */
export function useTrace(exchange: Pick<Exchange, 'trace' | 'jobId' | 'lastSeq'>): LiveTrace {
  const stored = exchange.trace.outcome !== null
  const [state, setState] = useState<LiveTrace>({ trace: exchange.trace, live: !stored })
  useJobEvents(
    stored ? null : exchange.jobId,
    exchange.lastSeq,
    (events) =>
      setState((old) => ({
        ...old,
        trace: events.reduce((trace, { event }) => (isAgentEvent(event) ? foldTrace(trace, event) : trace), old.trace),
      })),
    () => setState((old) => ({ ...old, live: false })),
  )
  if (stored) return { trace: exchange.trace, live: false }
  return { trace: state.trace, live: state.live && state.trace.outcome === null }
}
