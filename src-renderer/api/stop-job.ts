import type { Job } from '../../src-main/contract/index.ts'
import { client } from './client.ts'

/** Ends a job; what it did stays. A download is paused: it can go on later from where it is. */
export const stopJob = ({ kind, id }: Pick<Job, 'kind' | 'id'>): Promise<unknown> =>
  kind === 'download' ? client.models.pause({ id }) : client.jobs.stop({ id })
