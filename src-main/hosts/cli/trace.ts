import { type AgentEvent, assertNever, type PassageHit, type Trace, type Verdict } from '../../contract/index.ts'
import { place } from './commands/search.ts'
import { count, oneLine, printable, type Terminal } from './terminal.ts'

const verdicts: Record<Verdict, string> = {
  supported: 'Supported by your documents',
  'partly-supported': 'Partly supported by your documents',
  'not-found': 'Not found in your documents',
}

const preparations = {
  library: 'Reading the library…',
  model: 'Loading the model…',
  prompt: 'Reading the prompt…',
} as const

/** Shows one event of a running episode: reasoning dimmed as it comes, then each query with what it found. */
export function showEvent(event: AgentEvent, terminal: Terminal): void {
  switch (event.type) {
    case 'started': {
      const { files, of } = event.searchable
      const scope = files < of ? `${files} of ${count(of, 'file')} so far` : count(files, 'file')
      if (event.fallback) {
        const { message, action } = event.fallback
        terminal.note(printable(`${message} ${event.model.name} answers without what was learned. ${action}`))
      }
      const taught = event.taught ? `, taught in "${event.taught.name}",` : ''
      terminal.note(terminal.dim(printable(`${event.model.name}${taught} reads "${event.library.name}" (${scope})`)))
      return
    }
    case 'preparing':
      terminal.status(preparations[event.what])
      return
    case 'text':
      if (event.part === 'thinking' || event.part === 'outside') terminal.write(terminal.dim(printable(event.text)))
      return
    case 'searching':
      terminal.note(`Searching for "${oneLine(event.query)}"`)
      return
    case 'searched':
      for (const hit of event.hits.slice(0, event.shown)) terminal.note(`  ${hit.rank}. ${place(hit)}`)
      if (event.shown === 0) terminal.note('  nothing found')
      return
    case 'invalid':
      terminal.note('The model neither searched nor answered, and was told so.')
      return
    case 'limit':
      terminal.note(limitNotice(event))
      return
    case 'turn-started':
    case 'writing':
    case 'turn-ended':
    case 'evidence':
    case 'ended':
      return
    default:
      assertNever(event)
  }
}

function limitNotice({ limit, allowed }: Extract<AgentEvent, { type: 'limit' }>): string {
  switch (limit) {
    case 'prompt':
      return `The question was cut to ${allowed} tokens.`
    case 'turn':
      return `The model's turn was cut after ${allowed} tokens.`
    case 'information':
      return `What was found was cut to ${allowed} tokens.`
    case 'episode':
      return `The episode ended at ${allowed} tokens.`
    case 'turns':
      return `The model wanted to search more than ${allowed} times.`
    default:
      return assertNever(limit)
  }
}

/** The answer, its evidence and what it took, in lines for people. */
export function answerLines(trace: Trace): string[] {
  const lines = [trace.answer === null ? noAnswer(trace) : printable(trace.answer)]
  if (trace.evidence) {
    const hits = new Map(trace.turns.flatMap(({ search }) => search?.hits ?? []).map((hit) => [hit.id, hit]))
    const cited = new Set(trace.evidence.spans.map(({ passageId }) => passageId))
    const places = [...cited].flatMap((id) => hits.get(id) ?? []).map((hit: PassageHit) => place(hit))
    lines.push(`${verdicts[trace.evidence.verdict]}${places.length > 0 ? `: ${places.join('; ')}` : ''}`)
    if (trace.evidence.note) lines.push(trace.evidence.note)
  }
  if (trace.usage && trace.ms !== null) {
    const searches = trace.turns.filter(({ search }) => search).length
    lines.push(
      `${count(searches, 'search', 'searches')}, ${count(trace.usage.generated, 'token')} written, ${(trace.ms / 1000).toFixed(1)} s`,
    )
  }
  return lines
}

function noAnswer({ outcome }: Trace): string {
  if (outcome === 'stopped') return 'Stopped.'
  return outcome === 'failed' ? 'There is no answer, because something failed.' : 'The model gave no answer.'
}
