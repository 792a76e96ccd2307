import { type Generator, playEpisode, type Retriever, readPassages } from '../../agent/index.ts'
import {
  type AgentEvent,
  type EvidenceText,
  emptyTrace,
  foldTrace,
  greedy,
  type Limits,
  type Trace,
} from '../../contract/index.ts'

/** What all episodes of an evaluation share; they are greedy, so that they can be played again. */
export interface Play {
  generator: Generator
  retriever: Retriever
  limits: Limits
  library: { id: string; name: string }
  model: { id: string; name: string }
  signal?: AbortSignal | undefined
}

/**
 * Plays one greedy episode, exactly as chat does.
 *
 * @throws what the model and the search throw, and the signal's reason
 */
export async function playTrace(question: string, { library, model, signal, ...parts }: Play): Promise<Trace> {
  const { prompt } = parts.generator
  const started = performance.now()
  let trace = emptyTrace(question)
  const emit = (event: AgentEvent): void => {
    trace = foldTrace(trace, event)
  }
  const untaught = { taught: null, fallback: null }
  const searchable = { files: 0, of: 0 }
  emit({ type: 'started', question, library, model, ...untaught, prompt, limits: parts.limits, searchable })
  const { outcome, answer, usage } = await playEpisode({ ...parts, question, sampling: greedy, signal, emit })
  signal?.throwIfAborted()
  emit({ type: 'ended', outcome, answer, usage, ms: performance.now() - started, error: null })
  return { ...trace, searchable: null }
}

/** Has a question answered from passages that are given (ARCap); null: no answer came. */
export async function readGiven(
  question: string,
  passages: readonly EvidenceText[],
  think: boolean,
  { generator, limits, signal }: Pick<Play, 'generator' | 'limits' | 'signal'>,
): Promise<string | null> {
  const sources = passages.map((passage) => ({ ...passage, headings: [] }))
  const options = { question, passages: sources, think, generator, limits, sampling: greedy, signal }
  return (await readPassages(options)).answer
}
