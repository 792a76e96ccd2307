import type { JobPayload } from '../../../src-main/contract/index.ts'
import { progressText } from '../../components/progress-text.ts'

/** One line about an event of a job; null for what would only be noise, such as single words of an answer. */
export function logLine(event: JobPayload): string | null {
  switch (event.type) {
    case 'progress':
      return `${event.progress.what}: ${progressText(event.progress)}`
    case 'file': {
      const { path, state, error } = event.file
      return `${path}: ${state}${error ? ` (${error.message})` : ''}`
    }
    case 'model':
      return `Model ${event.model.name} is there`
    case 'state':
      return `The job is ${event.state}${event.error ? `: ${event.error.message}` : ''}`
    case 'searching':
      return `Searches for “${event.query}”`
    case 'searched':
      return `Found ${event.hits.length} passages in ${Math.round(event.ms)} ms`
    case 'limit':
      return `Reached a limit: ${event.limit} (${event.allowed})`
    case 'invalid':
      return `Turn ${event.turn} was neither a search nor an answer`
    default:
      return null
  }
}
