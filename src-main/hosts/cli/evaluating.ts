import { writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import {
  appError,
  type Contestant,
  type EvaluationInput,
  fateSchema,
  fateWords,
  headline,
  percentage,
  type ResultTable,
  remoteName,
  significanceSentence,
} from '../../contract/index.ts'
import { type Invocation, text, texts, UsageError, type Values } from './command.ts'
import { findSet } from './questions.ts'
import { type Client, findLibrary, follow, progressLine, tellWhatLeaves, whenIndexed } from './session.ts'
import { count, oneLine, type Terminal } from './terminal.ts'

/** `NAME=MODEL.gguf+ADAPTER.gguf` or `NAME=remote:SERVER`; the name and the adapter may be left out. */
export function contestantOf(value: string): Contestant {
  const parts = /^(?:([^=/\\:]+)=)?(remote:.+|.+?\.gguf)(?:\+(.+\.gguf))?$/i.exec(value) ?? []
  const [, name, model = '', adapter] = parts
  if (model === '') {
    throw new UsageError(`"${value}" names no contestant: write NAME=MODEL.gguf or NAME=MODEL.gguf+ADAPTER.gguf.`)
  }
  const distant = remoteName(model)
  if (distant !== null) return { label: name ?? distant, model, adapter: null }
  const plain = [model, adapter].flatMap((path) => (path ? basename(path).replace(/\.gguf$/i, '') : [])).join(' + ')
  return { label: name ?? plain, model: resolve(model), adapter: adapter ? resolve(adapter) : null }
}

/** Those that `--contestant` names; without any, the model in use. @throws {UsageError} */
export async function contestantsOf(client: Client, values: Values, least: number): Promise<Contestant[]> {
  const named = texts(values, 'contestant').map(contestantOf)
  if (named.length >= least && named.length > 0) return named
  const models = (await client.models.list()).filter(({ role, error }) => role === 'chat' && error === null)
  const sorted = models.toSorted((a, b) => a.parameters - b.parameters)
  const { modelId } = await client.system.settings()
  const chosen = least > 1 ? [sorted[0], sorted.at(-1)] : [models.find(({ id }) => id === modelId) ?? models[0]]
  const known = [...new Set(chosen)].flatMap((model) =>
    model ? [{ label: model.name, model: model.path, adapter: null }] : [],
  )
  if (named.length === 0 && known.length >= least) return known
  throw least > 1
    ? new UsageError('Name at least two contestants: --contestant NAME=MODEL.gguf, twice or more.')
    : appError('MODEL_MISSING', 'No chat model is installed.', 'Name one with --contestant MODEL.gguf.')
}

/** The sets that `--set` names, each with its library or the one of `--library`. */
async function setsOf(client: Client, invocation: Invocation): Promise<EvaluationInput['sets']> {
  const { values } = invocation
  const name = text(values, 'library')
  const library = name === null ? null : await findLibrary(client, { name, sample: false })
  const sets: EvaluationInput['sets'] = []
  for (const wanted of texts(values, 'set')) {
    const set = await findSet(client, wanted)
    const id = library?.id ?? set.libraryId
    const searched = (await client.libraries.list()).find((one) => one.id === id)
    if (searched) await whenIndexed(client, searched, invocation)
    sets.push({ setId: set.id, ...(id === null ? {} : { libraryId: id }) })
  }
  return sets
}

/** What an evaluation takes besides its contestants, as options give it. */
export interface SetChoice {
  least: number
  arcap: boolean
  split: EvaluationInput['sets'][number]['split'] | null
  limit: number | null
}

/**
 * Has contestants answer whole sets of questions: the same evaluation that the app shows. Ctrl+C stops it; the same command
 * goes on where it was.
 *
 * @returns the exit code
 */
export async function evaluateSets(client: Client, invocation: Invocation, choice: SetChoice): Promise<number> {
  const { values, terminal, signal } = invocation
  const { arcap, split, limit, least } = choice
  const sets = (await setsOf(client, invocation)).map((set) => ({
    ...set,
    ...(split ? { split } : {}),
    ...(limit ? { limit } : {}),
  }))
  const methods = await contestantsOf(client, values, least)
  await tellWhatLeaves(
    client,
    invocation,
    methods.map(({ model }) => model),
  )
  const started = await client.evaluations.start({ methods, sets, arcap })
  const job = await follow(client, started.jobId, signal, (event) => {
    if (event.type === 'progress') terminal.status(progressLine(event.progress))
  })
  const { evaluation, table } = await client.evaluations.get({ id: started.id })
  for (const { label, error } of evaluation.methods)
    if (error) terminal.note(`${oneLine(label)} could not go on: ${oneLine(error.message)} ${oneLine(error.action)}`)
  printTable(terminal, table)
  const report = text(values, 'report')
  if (report !== null) await writeReport(client, started.id, report, terminal)
  if (job.state === 'succeeded') {
    terminal.result({ evaluation, table })
    return 0
  }
  terminal.fail(
    job.error ?? { code: 'SERVICE_STOPPED', message: 'Stopped before it was done.', action: 'Run it again.' },
  )
  return 1
}

/** Writes the report to a file; its name says in which form. */
async function writeReport(client: Client, id: string, file: string, terminal: Terminal): Promise<void> {
  const format = reportFormat(file)
  const { text: content } = await client.evaluations.report({ id, format })
  await writeFile(resolve(file), content)
  terminal.print(`Report written to ${oneLine(resolve(file))}`)
}

/** @throws {UsageError} for anything but HTML and JSON */
export function reportFormat(file: string): 'html' | 'json' {
  if (/\.html?$/i.test(file)) return 'html'
  if (/\.json$/i.test(file)) return 'json'
  throw new UsageError('--report takes a file that ends with .html or .json.')
}

const columns = (cells: readonly string[]): string =>
  cells.map((cell, i) => (i === 0 ? cell.padEnd(26) : cell.padStart(18))).join('')

/** Methods against sets: exact match with its interval, then F1; what became of the questions; the result in a sentence. */
export function printTable(terminal: Terminal, table: ResultTable): void {
  const { methods, sets, reference } = table
  const many = sets.length > 1
  terminal.print(
    terminal.bold(columns(['', ...sets.map(({ name }) => oneLine(name).slice(0, 17)), ...(many ? ['mean'] : [])])),
  )
  for (const { label, cells, mean } of methods) {
    const shown = [...cells, ...(many ? [mean] : [])]
    const of = (score: 'em' | 'f1') => shown.map((cell) => percentage(cell.scores[score].mean))
    const ranges = shown.map(({ scores: { em } }) => `${(100 * em.low).toFixed(1)}–${(100 * em.high).toFixed(1)}`)
    terminal.print(columns([oneLine(label).slice(0, 25), ...of('em')]))
    terminal.print(terminal.dim(columns(['  95 % of the time', ...ranges])))
    terminal.print(columns(['  F1', ...of('f1')]))
  }
  for (const { label, fates } of methods) {
    const some = fateSchema.options.filter((fate) => fates[fate] > 0)
    terminal.print(
      `${oneLine(label)}: ${some.map((fate) => `${fateWords[fate].name.toLowerCase()} ${fates[fate]}`).join(', ')}`,
    )
  }
  const sentence = headline(table)
  if (sentence) terminal.print(oneLine(sentence))
  for (const { label, mean } of methods) {
    if (!mean.difference) continue
    terminal.print(
      `${oneLine(label)} against ${oneLine(methods[reference]?.label ?? '')} (${count(mean.questions, 'question')}): ${significanceSentence(mean.difference.em)}`,
    )
  }
}
