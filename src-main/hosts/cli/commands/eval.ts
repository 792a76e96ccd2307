import { resolve } from 'node:path'
import type { EvaluateOptions } from '../../../service/index.ts'
import { type Command, integer, text, UsageError, type Values } from '../command.ts'
import { count } from '../terminal.ts'

export const evaluation: Command = {
  summary: 'Measure retrieval and answers on a set of questions',
  usage: '--sample | --corpus FILE --questions FILE | --corpus FILE --queries FILE --qrels FILE [--retrieval-only]',
  options: {
    corpus: { type: 'string' },
    questions: { type: 'string' },
    queries: { type: 'string' },
    qrels: { type: 'string' },
    sample: { type: 'boolean' },
    'retrieval-only': { type: 'boolean' },
    model: { type: 'string' },
    limit: { type: 'string' },
  },
  help: `  --sample         The sample library and its questions
  --corpus FILE    Passages, one JSON object a line: {"id", "title", "text"}
  --questions FILE Questions, one a line: {"id", "question", "answers": [], "gold_passage_ids": []}
  --queries FILE   Questions of a BEIR set, together with
  --qrels FILE     its relevance judgments (TSV)
  --retrieval-only Measures the search and asks no model
  --model FILE     A GGUF file to measure. Without it: the bundled one
  --limit N        Only the first N questions
It works in a folder of its own: your libraries and threads are not touched.`,
  async run({ values, positionals, terminal, signal }) {
    if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is not expected; files are named by options.`)
    const data = dataOf(values)
    const limit = integer(values, 'limit', 1, 1_000_000)
    const model = text(values, 'model')
    const [{ evaluate }, { resourcesDir }] = await Promise.all([
      import('../../../service/index.ts'),
      import('../../index.ts'),
    ])
    const { agent, retrieval, ...facts } = await evaluate({
      resourcesDir,
      data,
      retrievalOnly: values['retrieval-only'] === true,
      signal,
      onProgress: ({ what, done, total }) =>
        terminal.status(`${what} · ${done}${total === null ? '' : ` of ${total}`}`),
      ...(limit === null ? {} : { limit }),
      ...(model === null ? {} : { model: resolve(model) }),
    })
    terminal.print(
      `${count(facts.questions, 'question')} on ${count(facts.passages, 'passage')}, ${facts.seconds.toFixed(1)} s`,
    )
    if (facts.judged < facts.questions)
      terminal.note(`The figures of the search count the ${count(facts.judged, 'question')} that name their passages.`)
    for (const [name, value] of Object.entries({ ...retrieval, ...agent?.metrics })) {
      terminal.print(`${name.padEnd(20)} ${value.toFixed(4)}`)
    }
    terminal.print(`search p50 ${facts.searchMs.p50.toFixed(1)} ms, p95 ${facts.searchMs.p95.toFixed(1)} ms`)
    if (agent) terminal.print(`${agent.model}: ${agent.tokensPerSecond.toFixed(0)} tokens/s`)
    terminal.result({
      ...retrieval,
      ...agent?.metrics,
      ...facts,
      ...(agent ? { model: agent.model, tokensPerSecond: agent.tokensPerSecond } : {}),
    })
    return 0
  },
}

/** What the options name: the sample, a corpus with questions, or a BEIR set; exactly one of them. */
function dataOf(values: Values): EvaluateOptions['data'] {
  const [corpus, questions, queries, qrels] = ['corpus', 'questions', 'queries', 'qrels'].map((name) =>
    text(values, name),
  )
  if (values['sample']) {
    if (corpus || questions || queries || qrels) throw new UsageError('--sample brings its own files: name no others.')
    return { kind: 'sample' }
  }
  if (corpus && questions && !queries && !qrels) {
    return { kind: 'questions', corpus: resolve(corpus), questions: resolve(questions) }
  }
  if (corpus && queries && qrels && !questions) {
    return { kind: 'beir', corpus: resolve(corpus), queries: resolve(queries), qrels: resolve(qrels) }
  }
  throw new UsageError(
    'Name what to measure on: --sample, or --corpus with --questions, or --corpus with --queries and --qrels.',
  )
}
