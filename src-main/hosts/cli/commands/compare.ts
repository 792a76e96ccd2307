import type { Comparison } from '../../../contract/index.ts'
import { type Command, type Invocation, integer, phrase, text, texts, UsageError } from '../command.ts'
import type { Client } from '../session.ts'
import { oneLine } from '../terminal.ts'
import { splitOption } from './questions.ts'

export const compare: Command = {
  summary: 'Ask several models the same question, or a whole set of them',
  usage: '"question" | --set SET [--contestant NAME=MODEL[+ADAPTER]]...',
  options: {
    contestant: { type: 'string', multiple: true },
    answer: { type: 'string', multiple: true },
    set: { type: 'string', multiple: true },
    library: { type: 'string' },
    sample: { type: 'boolean' },
    split: { type: 'string' },
    limit: { type: 'string' },
    arcap: { type: 'boolean' },
    report: { type: 'string' },
  },
  help: `  --contestant C   NAME=MODEL.gguf, NAME=MODEL.gguf+ADAPTER.gguf or, on a server, NAME=remote:SERVER; twice or more (a
                   question: at most 4 times). Without any: the smallest and the largest model
  --answer TEXT    The right answer to the question; may be given several times
  --library NAME   The library to search. Without it: the one you use, or the one a set is about
  --sample         Search the sample library
  --set SET        Ask a question set instead (lagotto questions list); may be given several times
  --split NAME     Only its questions for train, validation or test
  --limit N        Only the first N of them
  --arcap          Also have the questions answered from the passages that answer them
  --report FILE    Writes the results as a page (.html) or as JSON (.json)
Contestants answer one after the other, those with the same weights after each other. One that cannot be loaded is told,
and the others go on. It is kept: the app shows it under Compare, or Evaluate for sets.`,
  async run(invocation) {
    const { values, positionals } = invocation
    const sets = texts(values, 'set')
    const limit = integer(values, 'limit', 1, 1_000_000)
    const split = splitOption(values)
    const report = text(values, 'report')
    const { contestantOf, evaluateSets, reportFormat } = await import('../evaluating.ts')
    texts(values, 'contestant').map(contestantOf)
    if (report !== null) reportFormat(report)
    if (sets.length > 0 && positionals.length > 0) throw new UsageError('A question and --set exclude each other.')
    if (sets.length === 0 && (limit !== null || split !== null || report !== null || values['arcap']))
      throw new UsageError('--split, --limit, --arcap and --report need --set.')
    const question = sets.length === 0 ? phrase(positionals, 'The question') : ''
    const { withService } = await import('../session.ts')
    return withService(invocation, (client) =>
      sets.length > 0
        ? evaluateSets(client, invocation, { least: 2, arcap: values['arcap'] === true, split, limit })
        : askAll(client, invocation, question),
    )
  },
}

/** Asks all contestants one question and shows how each came to its answer. */
async function askAll(client: Client, invocation: Invocation, question: string): Promise<number> {
  const { values, terminal, signal } = invocation
  const [{ findLibrary, follow, tellWhatLeaves, whenIndexed }, { contestantsOf }] = await Promise.all([
    import('../session.ts'),
    import('../evaluating.ts'),
  ])
  const library = await findLibrary(client, { name: text(values, 'library'), sample: values['sample'] === true })
  await whenIndexed(client, library, invocation)
  const contestants = await contestantsOf(client, values, 2)
  await tellWhatLeaves(
    client,
    invocation,
    contestants.map(({ model }) => model),
  )
  const started = await client.comparisons.start({
    question,
    answers: texts(values, 'answer'),
    libraryId: library.id,
    contestants,
  })
  for (const { contestant, jobId } of started.entries) {
    terminal.status(`${oneLine(contestant.label)} is answering`)
    await follow(client, jobId, signal, () => {})
  }
  const done = await client.comparisons.get({ id: started.id })
  for (const entry of done.entries) printEntry(invocation, entry)
  terminal.result(done)
  return done.entries.some(({ trace }) => trace.outcome === 'answered' || trace.outcome === 'no-answer') ? 0 : 1
}

function printEntry({ terminal }: Invocation, { contestant, trace, right }: Comparison['entries'][number]): void {
  const verdict = right === null ? '' : right ? ' (right)' : ' (wrong)'
  const answer = trace.error ? trace.error.message : (trace.answer ?? 'no answer')
  terminal.print(`${terminal.bold(oneLine(contestant.label))}: ${oneLine(answer)}${verdict}`)
  for (const { search } of trace.turns)
    if (search)
      terminal.print(
        `  searched for "${oneLine(search.query)}": ${search.hits?.map(({ title }) => oneLine(title)).join(', ')}`,
      )
  if (trace.usage && trace.ms !== null)
    terminal.print(terminal.dim(`  ${trace.usage.generated} tokens, ${(trace.ms / 1000).toFixed(1)} s`))
}
