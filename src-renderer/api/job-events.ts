import { isFinal, type JobEvent } from '../../src-main/contract/index.ts'
import { client, connection } from './client.ts'
import { toErrorValue } from './errors.ts'

/**
 * Follows a job from `since` to its end, across restarts of the service: after a break it goes on from the last
 * sequence number it has seen, so that no event is missed or told twice. Resolves when the job is over; raises only
 * when the job is unknown or the service is lost.
 */
export async function followJob(
  id: string,
  since: number,
  onEvent: (event: JobEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let last = since
  while (!signal.aborted) {
    try {
      for await (const event of await client.jobs.events({ id, since: last }, { signal })) {
        if (signal.aborted) return
        if (event.seq <= last) continue
        last = event.seq
        onEvent(event)
        if (event.event.type === 'state' && isFinal(event.event.state)) return
      }
      const job = await client.jobs.get({ id }, { signal })
      if (isFinal(job.state) && job.lastSeq <= last) return
    } catch (thrown) {
      if (signal.aborted) return
      if (connection.state === 'lost' || toErrorValue(thrown).code === 'NOT_FOUND') throw thrown
    }
    await untilReady(signal)
  }
}

/** Waits a moment and then for the connection, so that a stream that breaks at once cannot spin. */
async function untilReady(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100))
  if (!signal.aborted) await connection.link(signal).catch(() => undefined)
}
