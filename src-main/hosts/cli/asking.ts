import { emptyTrace, foldTrace, isAgentEvent, type Trace } from '../../contract/index.ts'
import { type Invocation, modelPath, text, UsageError } from './command.ts'
import { type Client, findLibrary, follow, tellWhatLeaves, whenIndexed, withService } from './session.ts'
import { answerLines, showEvent } from './trace.ts'

/**
 * Asks a question, shows the episode as it happens, and ends with the answer.
 *
 * @param wanted null: the library's first suggestion
 * @returns the exit code
 */
export function askQuestion(invocation: Invocation, wanted: string | null): Promise<number> {
  return withService(invocation, (client) => ask(client, invocation, wanted))
}

async function ask(client: Client, invocation: Invocation, wanted: string | null): Promise<number> {
  const { values, terminal, signal } = invocation
  const model = modelPath(values, 'model')
  const library = await findLibrary(client, { name: text(values, 'library'), sample: values['sample'] === true })
  await whenIndexed(client, library, invocation)
  const question = wanted ?? library.suggestions[0]
  if (question === undefined) throw new UsageError('The sample library has no suggestion; write a question in quotes.')

  await tellWhatLeaves(client, invocation, [model])
  const { thread, exchange, jobId } = await client.threads.ask({
    question,
    libraryId: library.id,
    ...(model === null ? {} : { modelFile: model }),
  })
  let trace = emptyTrace(question)
  const job = await follow(client, jobId, signal, (event) => {
    if (!isAgentEvent(event)) return
    showEvent(event, terminal)
    trace = foldTrace(trace, event)
  })

  for (const line of answerLines(trace)) terminal.print(line)
  const error = trace.error ?? job.error
  if (error) terminal.fail(error)
  else terminal.result(asJson(trace, thread.id, exchange.id))
  return trace.outcome === 'answered' || trace.outcome === 'no-answer' ? 0 : 1
}

/** The whole story as one object. `passages` are those that the model was shown, each once, in order. */
function asJson(trace: Trace, threadId: string, exchangeId: string): object {
  const searches = trace.turns.flatMap(({ turn, search }) =>
    search ? [{ turn, ...search, hits: search.hits ?? [] }] : [],
  )
  const shown = searches.flatMap(({ hits, shown }) => hits.slice(0, shown))
  const passages = [...new Map(shown.map((hit) => [hit.id, hit])).values()]
  return {
    question: trace.question,
    answer: trace.answer,
    outcome: trace.outcome,
    verdict: trace.evidence?.verdict ?? null,
    evidence: trace.evidence,
    passages: passages.map(({ id, fileId, title, headings, path, page, start, end, text }) => ({
      id,
      fileId,
      title,
      headings,
      path,
      page,
      start,
      end,
      text,
    })),
    searches: searches.map(({ turn, query, hits, shown, ms }) => ({
      turn,
      query,
      passages: hits.map(({ id, score }) => ({ id, score })),
      shown,
      ms,
    })),
    turns: trace.turns.length,
    invalidTurns: trace.turns.filter(({ invalid }) => invalid).length,
    limits: trace.turns.flatMap(({ turn, limits }) => limits.map((limit) => ({ turn, ...limit }))),
    usage: trace.usage,
    ms: trace.ms,
    library: trace.library,
    model: trace.model,
    taught: trace.taught,
    fallback: trace.fallback,
    searchable: trace.searchable,
    thread: threadId,
    exchange: exchangeId,
  }
}
