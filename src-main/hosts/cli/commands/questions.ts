import { resolve } from 'node:path'
import { appError, type QuestionSet, type Split, splitSchema } from '../../../contract/index.ts'
import { type Command, type Invocation, integer, text, UsageError, type Values } from '../command.ts'
import type { Client } from '../session.ts'
import { count, oneLine, type Terminal } from '../terminal.ts'

type Action = (client: Client, invocation: Invocation, subject: string) => Promise<number>

const actions: Record<string, { subject: string | null; run: Action }> = {
  list: { subject: null, run: list },
  import: { subject: 'file', run: importFile },
  show: { subject: 'set', run: show },
  check: { subject: 'set', run: check },
  export: { subject: 'set', run: exportSet },
  delete: { subject: 'set', run: remove },
}

export const questions: Command = {
  summary: 'Import, check and export sets of questions with answers',
  usage: 'import FILE [--name NAME] | list | show SET | check SET | export SET --out FILE | delete SET',
  options: {
    name: { type: 'string' },
    library: { type: 'string' },
    split: { type: 'string' },
    filter: { type: 'string' },
    limit: { type: 'string' },
    out: { type: 'string' },
  },
  help: `  import FILE      Reads questions into the set NAME (without --name: the file's name), which may exist already:
                   JSON lines {"question", "answers": [], "gold_passage_ids": []}, CSV or TSV with a header
                   (question, answer or answers separated by |), SQuAD 1.1 and 2.0, HotpotQA.
                   Broken lines, questions without an answer and duplicates are named and left out
  list             The sets, with the sizes of their splits
  show SET         Its questions, with --split, --filter TEXT and --limit N (20)
  check SET        Names the questions whose answers are not found in the library
  export SET       Writes the set, or one --split of it, as JSON lines to --out FILE
  delete SET       Deletes the set

  --library NAME   The library that the questions are about
  --split NAME     train, validation or test: 80, 10 and 10 % of all questions, by a fixed hash of the question`,
  async run(invocation) {
    const [name = '', ...rest] = invocation.positionals
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (!action) throw new UsageError(`${name ? `"${name}" is no action` : 'An action is missing'}: ${questions.usage}`)
    const subject = rest.join(' ').trim()
    if (action.subject !== null && subject === '') throw new UsageError(`The ${action.subject} is missing.`)
    if (action.subject === null && subject !== '') throw new UsageError(`"${name}" takes nothing more.`)
    if (name === 'export' && text(invocation.values, 'out') === null) throw new UsageError('--out FILE is missing.')
    splitOption(invocation.values)
    integer(invocation.values, 'limit', 1, 10_000)
    const { withService } = await import('../session.ts')
    return withService(invocation, (client) => action.run(client, invocation, subject))
  },
}

/** The split that `--split` names. @throws {UsageError} */
export function splitOption(values: Values): Split | null {
  const value = text(values, 'split')
  if (value === null) return null
  const split = splitSchema.safeParse(value)
  if (!split.success) throw new UsageError(`--split takes ${splitSchema.options.join(', ')}.`)
  return split.data
}

/** The set that a person means: by name, whatever its case, or by id. */
export async function findSet(client: Client, wanted: string): Promise<QuestionSet> {
  const sets = await client.questions.sets()
  const found = sets.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase())
  if (found) return found
  const names = sets.map(({ name }) => `"${name}"`).join(', ')
  throw appError(
    'NOT_FOUND',
    `There is no question set "${wanted}".`,
    names === '' ? 'Import one with `lagotto questions import FILE`.' : `Choose one of these: ${names}.`,
  )
}

/** The id of the library that `--library` names. */
async function libraryOption(client: Client, values: Values): Promise<string | undefined> {
  const name = text(values, 'library')
  if (name === null) return undefined
  const { findLibrary } = await import('../session.ts')
  return (await findLibrary(client, { name, sample: false })).id
}

const splits = ({ train, validation, test }: QuestionSet['splits']): string =>
  `train ${train}, validation ${validation}, test ${test}`

function printSet(terminal: Terminal, { name, questions: number, splits: sizes }: QuestionSet): void {
  terminal.print(`${terminal.bold(oneLine(name))}  ${count(number, 'question')} · ${splits(sizes)}`)
}

async function list(client: Client, { terminal }: Invocation): Promise<number> {
  const sets = await client.questions.sets()
  for (const set of sets) printSet(terminal, set)
  terminal.result({ sets })
  return 0
}

async function importFile(client: Client, { values, terminal }: Invocation, file: string): Promise<number> {
  const name = text(values, 'name')
  const libraryId = await libraryOption(client, values)
  const result = await client.questions.import({
    path: resolve(file),
    ...(name === null ? {} : { name }),
    ...(libraryId === undefined ? {} : { libraryId }),
  })
  const { broken, duplicate, 'no-answer': unanswered } = result.left
  for (const { kind, where, what } of result.problems) terminal.note(`${where}: ${kind}: ${oneLine(what)}`)
  const unnamed = broken + duplicate + unanswered - result.problems.length
  if (unnamed > 0) terminal.note(`and ${unnamed.toLocaleString('en-US')} more`)
  terminal.print(`${count(result.imported, 'question')} imported (${result.format})`)
  if (broken + duplicate + unanswered > 0) {
    terminal.print(`left out: ${broken} broken, ${unanswered} without an answer, ${count(duplicate, 'duplicate')}`)
  }
  printSet(terminal, result.set)
  terminal.result(result)
  return 0
}

async function show(client: Client, { values, terminal }: Invocation, name: string): Promise<number> {
  const set = await findSet(client, name)
  const split = splitOption(values)
  const filter = text(values, 'filter')
  const { questions: shown, total } = await client.questions.list({
    id: set.id,
    limit: integer(values, 'limit', 1, 10_000) ?? 20,
    ...(split === null ? {} : { split }),
    ...(filter === null ? {} : { filter }),
  })
  for (const { question, answers, split: its } of shown) {
    terminal.print(`${its.padEnd(10)} ${oneLine(question)}  ${terminal.bold(oneLine(answers.join(' | ')))}`)
  }
  terminal.print(`${shown.length} of ${count(total, 'question')}`)
  terminal.result({ set, questions: shown, total })
  return 0
}

async function check(client: Client, invocation: Invocation, name: string): Promise<number> {
  const { values, terminal, signal } = invocation
  const set = await findSet(client, name)
  const { whenIndexed } = await import('../session.ts')
  const libraryId = (await libraryOption(client, values)) ?? set.libraryId ?? undefined
  const libraries = await client.libraries.list()
  const library = libraries.find(({ id }) => id === libraryId) ?? libraries[0]
  if (library) await whenIndexed(client, library, invocation)
  const stream = await client.questions.check(
    { id: set.id, ...(libraryId === undefined ? {} : { libraryId }) },
    { signal },
  )
  for await (const event of stream) {
    if (event.type === 'progress') {
      terminal.status(`Looking answers up · ${event.done} of ${count(event.total, 'question')}`)
      continue
    }
    for (const { question, answers } of event.notFound) {
      terminal.print(`not found: ${oneLine(question)}  ${oneLine(answers.join(' | '))}`)
    }
    const found = event.questions - event.notFound.length
    terminal.print(
      `${found} of ${count(event.questions, 'question')} have an answer in "${oneLine(event.library.name)}"`,
    )
    const { type: _, ...result } = event
    terminal.result({ set, ...result })
  }
  return 0
}

async function exportSet(client: Client, { values, terminal }: Invocation, name: string): Promise<number> {
  const set = await findSet(client, name)
  const split = splitOption(values)
  const written = await client.questions.export({
    id: set.id,
    path: resolve(text(values, 'out') ?? ''),
    ...(split === null ? {} : { split }),
  })
  terminal.print(`${count(written.questions, 'question')} written to ${oneLine(written.path)}`)
  terminal.result(written)
  return 0
}

async function remove(client: Client, { terminal }: Invocation, name: string): Promise<number> {
  const set = await findSet(client, name)
  await client.questions.delete({ id: set.id })
  terminal.print(`"${oneLine(set.name)}" deleted`)
  terminal.result({ deleted: set })
  return 0
}
