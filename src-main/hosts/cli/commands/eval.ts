import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { remoteName, splitOf } from '../../../contract/index.ts'
import type { EvaluateOptions, Measured } from '../../../service/index.ts'
import { type Command, type Invocation, integer, modelPath, text, texts, UsageError, type Values } from '../command.ts'
import { count, type Terminal } from '../terminal.ts'
import { printProblems, splitOption } from './questions.ts'

/** Episodes that are played at once unless somebody says otherwise. */
const EPISODES = 4

export const evaluation: Command = {
  summary: 'Measure retrieval and answers on a set of questions',
  usage:
    '--sample | --corpus FILE --questions FILE | --corpus FILE --queries FILE --qrels FILE | --library NAME --questions FILE|SET | --set SET...',
  options: {
    corpus: { type: 'string' },
    questions: { type: 'string' },
    queries: { type: 'string' },
    qrels: { type: 'string' },
    library: { type: 'string' },
    sample: { type: 'boolean' },
    'retrieval-only': { type: 'boolean' },
    model: { type: 'string' },
    adapter: { type: 'string' },
    split: { type: 'string' },
    limit: { type: 'string' },
    arcap: { type: 'boolean' },
    episodes: { type: 'string' },
    rows: { type: 'string' },
    report: { type: 'string' },
    set: { type: 'string', multiple: true },
    contestant: { type: 'string', multiple: true },
  },
  help: `  --sample         The sample library and its questions
  --corpus FILE    Passages, one JSON object a line: {"id", "title", "text"}
  --questions FILE Questions, one a line: {"id", "question", "answers": [], "gold_passage_ids": []}; also CSV, SQuAD, HotpotQA,
                   Parquet and all else that "lagotto questions import" takes; what cannot be used is named and left out
  --queries FILE   Questions of a BEIR set, together with
  --qrels FILE     its relevance judgments (TSV)
  --library NAME   Search this library instead of a corpus; --questions is then a file or a set (lagotto questions list)
  --split NAME     Only the questions of a split: train, validation or test
  --limit N        Only the first N of them
  --retrieval-only Measures the search and asks no model
  --model FILE     A GGUF file to measure, or a model on a server: remote:NAME. Without it: the bundled one
  --adapter FILE   A LoRA adapter (GGUF) over the model
  --arcap          Also answers from the gold passages, without and with thinking, and tells how good the queries are
  --episodes N     Episodes played at once (${EPISODES})
  --rows FILE      Writes what came out for each question, one JSON object a line
  --report FILE    Writes the results with intervals and the reason of each miss as a page (.html) or as JSON (.json)
  --set SET        Asks a question set in its library (or that of --library), as the app's Evaluate does; may be given
                   several times. What was answered before, with the same model, adapter, library and settings, is kept
  --contestant C   With --set: NAME=MODEL.gguf, NAME=MODEL.gguf+ADAPTER.gguf or NAME=remote:SERVER; several times
Without --set it works in a folder of its own: your libraries and threads are not touched. The same questions give the same
figures.`,
  async run(invocation) {
    const { values, positionals, terminal, signal } = invocation
    if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is not expected; files are named by options.`)
    const report = text(values, 'report')
    const { contestantOf, evaluateSets, reportFormat } = await import('../evaluating.ts')
    const format = report === null ? null : reportFormat(report)
    if (texts(values, 'set').length > 0) {
      const other = [
        'sample',
        'corpus',
        'questions',
        'queries',
        'qrels',
        'retrieval-only',
        'model',
        'adapter',
        'rows',
        'episodes',
      ]
      const wrong = other.find((name) => values[name] !== undefined)
      if (wrong !== undefined) throw new UsageError(`--set and --${wrong} exclude each other.`)
      texts(values, 'contestant').map(contestantOf)
      const choice = {
        least: 1,
        arcap: values['arcap'] === true,
        split: splitOption(values),
        limit: integer(values, 'limit', 1, 1_000_000),
      }
      const { withService } = await import('../session.ts')
      return withService(invocation, (client) => evaluateSets(client, invocation, choice))
    }
    if (values['contestant'] !== undefined)
      throw new UsageError('--contestant needs --set; without it there is --model.')
    if (format !== null && values['retrieval-only'])
      throw new UsageError('--report tells of answers: leave --retrieval-only out.')
    const options = await optionsOf(invocation)
    const rows = text(values, 'rows')
    const [{ evaluate, measuredReport }, { resourcesDir }] = await Promise.all([
      import('../../../service/index.ts'),
      import('../../index.ts'),
    ])
    const result = await evaluate({
      resourcesDir,
      ...options,
      signal,
      onProgress: ({ what, done, total }) =>
        terminal.status(`${what} · ${done}${total === null ? '' : ` of ${total}`}`),
    })
    if (rows !== null) await writeFile(resolve(rows), rowsOf(result).join(''))
    if (report !== null && format !== null) await writeFile(resolve(report), measuredReport(result, format))
    print(terminal, result)
    const { agent, retrieval, searchMs, problems, ...facts } = result
    const { rows: _, ...arcap } = agent?.arcap ?? { rows: [] }
    terminal.result({
      ...retrieval,
      ...agent?.metrics,
      ...facts,
      unusable: problems.length,
      ...(searchMs ? { searchMs } : {}),
      ...(agent ? { model: agent.model, adapter: agent.adapter, tokensPerSecond: agent.tokensPerSecond } : {}),
      ...(agent?.arcap ? { arcap } : {}),
    })
    return 0
  },
}

async function optionsOf({ values, dataDir }: Invocation): Promise<Omit<EvaluateOptions, 'resourcesDir'>> {
  const split = splitOption(values)
  const limit = integer(values, 'limit', 1, 1_000_000)
  const model = modelPath(values, 'model')
  const adapter = text(values, 'adapter')
  const retrievalOnly = values['retrieval-only'] === true
  const arcap = values['arcap'] === true
  if (retrievalOnly && (arcap || adapter !== null || model !== null)) {
    throw new UsageError('--retrieval-only asks no model: leave --model, --adapter and --arcap out.')
  }
  return {
    data: await dataOf(values, dataDir),
    retrievalOnly,
    arcap,
    episodes: integer(values, 'episodes', 1, 256) ?? EPISODES,
    ...(split === null ? {} : { split }),
    ...(limit === null ? {} : { limit }),
    ...(model === null ? {} : { model, remotesFrom: await remotesFrom(model, dataDir) }),
    ...(adapter === null ? {} : { adapter: resolve(adapter) }),
  }
}

/** The data folder that knows a model on a server. */
async function remotesFrom(model: string, dataDir: string | null): Promise<string | null> {
  if (remoteName(model) === null) return null
  const { defaultDataDir } = await import('../../../service/index.ts')
  return dataDir ?? defaultDataDir()
}

function print(terminal: Terminal, { agent, retrieval, searchMs, ...facts }: Measured): void {
  printProblems(terminal, facts.problems)
  terminal.print(
    `${count(facts.questions, 'question')} on ${count(facts.passages, 'passage')}, ${facts.seconds.toFixed(1)} s`,
  )
  if (retrieval && facts.judged < facts.questions)
    terminal.note(`The figures of the search count the ${count(facts.judged, 'question')} that name their passages.`)
  for (const [name, value] of Object.entries({ ...retrieval, ...agent?.metrics })) {
    terminal.print(`${name.padEnd(20)} ${value.toFixed(4)}`)
  }
  if (agent?.arcap) {
    const { single, multi, all } = agent.arcap
    const names = ['questions', 'without_think_em', 'with_think_em', 'hit_ratio_first', 'hit_ratio', 'search_steps']
    terminal.print(`${'arcap'.padEnd(12)} ${names.join('  ')}`)
    for (const [name, part] of Object.entries({ single, multi, all })) {
      if (!part) continue
      const { questions, ...shares } = part
      const cells = [String(questions), ...Object.values(shares).map((share) => share.toFixed(4))]
      terminal.print(`${name.padEnd(12)} ${cells.map((cell, i) => cell.padStart(names[i]?.length ?? 0)).join('  ')}`)
    }
  }
  if (searchMs) terminal.print(`search p50 ${searchMs.p50.toFixed(1)} ms, p95 ${searchMs.p95.toFixed(1)} ms`)
  if (agent) terminal.print(`${agent.model}: ${agent.tokensPerSecond.toFixed(0)} tokens/s`)
}

/** What came out for each question, as lines of JSON. */
function rowsOf({ agent }: Measured): string[] {
  const read = new Map(agent?.arcap?.rows.map((row) => [row.id, row]))
  return (agent?.rows ?? []).map(({ id, question, answers, episode, hitFirst, hit, ...scores }, i) => {
    const arcap = read.get(id)
    const row = {
      id,
      question,
      answers,
      split: splitOf(question),
      ...scores,
      fate: agent?.scored[i]?.fate,
      hit,
      hit_first: hitFirst,
      answer: episode.answer,
      queries: episode.queries,
      turns: episode.turns,
      valid_turns: episode.validTurns,
      tokens: episode.generatedTokens,
      ...(arcap ? { hops: arcap.hops, without_think: arcap.withoutThink, with_think: arcap.withThink } : {}),
    }
    return `${JSON.stringify(row)}\n`
  })
}

/** What the options name: the sample, a corpus with questions, a BEIR set, or a library; exactly one of them. */
async function dataOf(values: Values, dataDir: string | null): Promise<EvaluateOptions['data']> {
  const [corpus, questions, queries, qrels, library] = ['corpus', 'questions', 'queries', 'qrels', 'library'].map(
    (name) => text(values, name),
  )
  if (values['sample']) {
    if (corpus || questions || queries || qrels || library)
      throw new UsageError('--sample brings its own files: name no others.')
    return { kind: 'sample' }
  }
  if (library && questions && !corpus && !queries && !qrels) {
    const { defaultDataDir } = await import('../../../service/index.ts')
    return { kind: 'library', dataDir: dataDir ?? defaultDataDir(), library, questions }
  }
  if (corpus && questions && !queries && !qrels && !library) {
    return { kind: 'questions', corpus: resolve(corpus), questions: resolve(questions) }
  }
  if (corpus && queries && qrels && !questions && !library) {
    return { kind: 'beir', corpus: resolve(corpus), queries: resolve(queries), qrels: resolve(qrels) }
  }
  throw new UsageError(
    'Name what to measure on: --sample, --corpus with --questions, --corpus with --queries and --qrels, or --library with --questions.',
  )
}
