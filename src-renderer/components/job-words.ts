import { assertNever, type Job, type JobState } from '../../src-main/contract/index.ts'
import { progressText } from './progress-text.ts'

/** What a job does, as a short phrase. */
export const nameOf = ({ kind, title }: Job): string => {
  switch (kind) {
    case 'answer':
      return `Answering “${title}”`
    case 'comparison':
      return `Comparing ${title}`
    case 'ingestion':
      return `Reading ${title}`
    case 'download':
      return `Fetching ${title}`
    case 'import':
      return `Converting ${title}`
    case 'training':
      return `Training ${title}`
    case 'drafting':
      return `Writing questions for ${title}`
    case 'evaluation':
      return `Evaluating ${title}`
    default:
      return assertNever(kind)
  }
}

/** How far it is; empty when there is nothing to say. */
export const progressOf = ({ kind, progress, state }: Job): string =>
  progress && progress.total > 0
    ? progressText(progress)
    : state === 'queued'
      ? 'Waiting for its turn'
      : kind === 'answer' || kind === 'comparison'
        ? ''
        : 'Starting…'

/** The screen on which its work shows. */
export function placeOf({ kind, subjectId }: Job): string {
  switch (kind) {
    case 'answer':
      return '/'
    case 'comparison':
      return `/compare/${subjectId}`
    case 'ingestion':
      return `/library/${subjectId}`
    case 'download':
    case 'import':
      return '/models'
    case 'training':
      return `/teach/${subjectId}`
    case 'drafting':
      return '/questions'
    case 'evaluation':
      return `/evaluate/${subjectId}`
    default:
      return assertNever(kind)
  }
}

/** How a job stands, as a word. */
export const jobStateNames: Record<JobState, string> = {
  queued: 'Waiting',
  running: 'Running',
  succeeded: 'Done',
  failed: 'Failed',
  stopped: 'Stopped',
  paused: 'Paused',
  interrupted: 'Interrupted',
}
