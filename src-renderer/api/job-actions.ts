import { isFinal, type Job } from '../../src-main/contract/index.ts'
import { client } from './client.ts'

type Action = (() => Promise<unknown>) | null

/** What can be done about a job; null: that cannot be. */
export interface JobActions {
  /** Ends it now, to go on later. */
  pause: Action
  /** Ends it; what it did stays, but for a download, which is given up. */
  stop: Action
  /** Goes on with one that ended before it was done. */
  resume: Action
}

function pauseOf({ id, kind, subjectId }: Job): Action {
  switch (kind) {
    case 'download':
      return () => client.models.pause({ id })
    case 'training':
      return () => client.runs.pause({ id: subjectId })
    case 'ingestion':
      return () => client.libraries.pause({ id: subjectId })
    default:
      return null
  }
}

function resumeOf({ id, kind, subjectId }: Job): Action {
  switch (kind) {
    case 'download':
      return () => client.models.resume({ id })
    case 'training':
      return () => client.runs.resume({ id: subjectId })
    case 'ingestion':
      return () => client.libraries.resume({ id: subjectId })
    case 'drafting':
      return () => client.drafts.resume({ id: subjectId })
    case 'evaluation':
      return () => client.evaluations.resume({ id: subjectId })
    default:
      return null
  }
}

/** @param newest whether no later job is about the same: only that one can be gone on with */
export function jobActions(job: Job, newest: boolean): JobActions {
  if (isFinal(job.state)) {
    const resume = newest && job.state !== 'succeeded' ? resumeOf(job) : null
    return { pause: null, stop: null, resume }
  }
  const stop = () =>
    job.kind === 'download' ? client.models.discard({ id: job.id }) : client.jobs.stop({ id: job.id })
  return { pause: pauseOf(job), stop, resume: null }
}

/** Ends a job; what it did stays. A download is paused: it can go on later from where it is. */
export const stopJob = ({ kind, id }: Pick<Job, 'kind' | 'id'>): Promise<unknown> =>
  kind === 'download' ? client.models.pause({ id }) : client.jobs.stop({ id })
