import { resolve } from 'node:path'
import {
  appError,
  draftStateSchema,
  type Question,
  type QuestionProblem,
  type QuestionSet,
  questionFilterSchema,
  type Split,
  splitSchema,
} from '../../../contract/index.ts'
import { type Command, type Invocation, integer, text, texts, UsageError, type Values } from '../command.ts'
import { draft, findSet, libraryOption, review, setNamed } from '../questions.ts'
import type { Client } from '../session.ts'
import { count, oneLine, type Terminal } from '../terminal.ts'

type Action = (client: Client, invocation: Invocation, subject: string) => Promise<number>

const actions: Record<string, { subject: string | null; run: Action }> = {
  list: { subject: null, run: list },
  import: { subject: 'file', run: importFile },
  show: { subject: 'set', run: show },
  add: { subject: 'set', run: add },
  edit: { subject: 'set', run: edit },
  remove: { subject: 'set', run: removeQuestions },
  check: { subject: 'set', run: check },
  draft: { subject: 'set', run: draft },
  review: { subject: 'set', run: review },
  export: { subject: 'set', run: exportSet },
  delete: { subject: 'set', run: remove },
}

/** Options without which an action makes no sense. */
const needed: Record<string, readonly string[]> = {
  export: ['out'],
  add: ['question', 'answer'],
  edit: ['id'],
  remove: ['id'],
}

export const questions: Command = {
  summary: 'Import, write, draft, check and export questions with answers',
  usage:
    'import FILE [--name NAME] | list | show SET | add SET --question Q --answer A | edit SET --id ID … | remove SET --id ID | draft SET | review SET [--accept ID] [--reject ID] | check SET | export SET --out FILE | delete SET',
  options: {
    name: { type: 'string' },
    library: { type: 'string' },
    passages: { type: 'string' },
    split: { type: 'string' },
    filter: { type: 'string' },
    problem: { type: 'string' },
    limit: { type: 'string' },
    out: { type: 'string' },
    id: { type: 'string', multiple: true },
    question: { type: 'string' },
    answer: { type: 'string', multiple: true },
    tag: { type: 'string', multiple: true },
    writer: { type: 'string' },
    checker: { type: 'string' },
    count: { type: 'string' },
    'two-passages': { type: 'string' },
    state: { type: 'string' },
    accept: { type: 'string', multiple: true },
    reject: { type: 'string', multiple: true },
    undo: { type: 'string', multiple: true },
  },
  help: `  import FILE      Reads questions into the set NAME (without --name: the file's name), which may exist already:
                   JSON lines {"question", "answers": [], "gold_passage_ids": [], "evidence": [], "tags": []}, CSV or TSV
                   with a header (question, answer or answers separated by |), SQuAD 1.1 and 2.0, HotpotQA, Parquet
                   (Search-R1's training data, SQuAD, HotpotQA, or these columns).
                   Broken lines, questions without an answer and duplicates are named and left out
  list             The sets, with the sizes of their splits
  show SET         Its questions, with --split, --filter TEXT, --tag TAG, --problem and --limit N (20)
  add SET          Adds --question with --answer (as often as there are answers) and --tag; makes the set if need be
  edit SET         Changes the question --id: what is given of --question, --answer, --tag replaces what was
  remove SET       Removes the questions --id
  draft SET        Lets a model write questions about passages of the library and tries each; those that pass wait for
                   a review. --count N (20), --two-passages SHARE in percent (30), --writer and --checker MODEL (a name or a file)
  review SET       The drafts that wait, or --state accepted, rejected, dropped; --accept ID takes one into the set,
                   --reject ID does not, --undo ID takes either back; "all" means all that wait
  check SET        Names the questions whose answers are not found in the library
  export SET       Writes the set, or one --split of it, as JSON lines to --out FILE
  delete SET       Deletes the set

  --library NAME   The library that the questions are about
  --passages FILE  On import: makes a library of the passages in FILE, JSON lines {"id", "title", "text"}; "own": of those
                   that come with the questions (HotpotQA, 2WikiMultihopQA, MuSiQue, SQuAD)
  --split NAME     train, validation or test: 80, 10 and 10 % of all questions, by a fixed hash of the question
  --problem NAME   not-found (the answer is nowhere in the library), unchecked or no-evidence`,
  async run(invocation) {
    const [name = '', ...rest] = invocation.positionals
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (!action) throw new UsageError(`${name ? `"${name}" is no action` : 'An action is missing'}: ${questions.usage}`)
    const subject = rest.join(' ').trim()
    const { values } = invocation
    if (action.subject !== null && subject === '') throw new UsageError(`The ${action.subject} is missing.`)
    if (action.subject === null && subject !== '') throw new UsageError(`"${name}" takes nothing more.`)
    for (const option of needed[name] ?? []) {
      if (values[option] === undefined) throw new UsageError(`--${option} is missing.`)
    }
    splitOption(values)
    choiceOption(values, 'problem', problemSchema.options)
    choiceOption(values, 'state', draftStateSchema.options)
    integer(values, 'limit', 1, 10_000)
    integer(values, 'count', 1, 1000)
    integer(values, 'two-passages', 0, 100)
    const { withService } = await import('../session.ts')
    return withService(invocation, (client) => action.run(client, invocation, subject))
  },
}

const problemSchema = questionFilterSchema.shape.problem.unwrap()

/** The value of an option that takes one of a few words. @throws {UsageError} */
function choiceOption<T extends string>(values: Values, name: string, choices: readonly T[]): T | null {
  const value = text(values, name)
  if (value === null) return null
  const found = choices.find((choice) => choice === value)
  if (!found) throw new UsageError(`--${name} takes ${choices.join(', ')}.`)
  return found
}

/** The split that `--split` names. @throws {UsageError} */
export const splitOption = (values: Values): Split | null => choiceOption(values, 'split', splitSchema.options)

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

async function importFile(client: Client, invocation: Invocation, file: string): Promise<number> {
  const { values, terminal } = invocation
  const name = text(values, 'name')
  const libraryId = await libraryOption(client, values)
  const passages = text(values, 'passages')
  if (passages !== null && libraryId !== undefined) throw new UsageError('--library and --passages exclude each other.')
  const common = { path: resolve(file), ...(name === null ? {} : { name }) }
  const { import: result, library } =
    passages === null
      ? {
          import: await client.questions.import({ ...common, ...(libraryId === undefined ? {} : { libraryId }) }),
          library: null,
        }
      : await client.evaluations.addBenchmark({
          kind: 'file',
          ...common,
          ...(passages === 'own' ? {} : { passages: resolve(passages) }),
        })
  const { broken, duplicate, 'no-answer': unanswered } = result.left
  printProblems(terminal, result.problems, broken + duplicate + unanswered)
  terminal.print(`${count(result.imported, 'question')} imported (${result.format})`)
  if (broken + duplicate + unanswered > 0) {
    terminal.print(`left out: ${broken} broken, ${unanswered} without an answer, ${count(duplicate, 'duplicate')}`)
  }
  printSet(terminal, result.set)
  const made = library && (await client.libraries.list()).find(({ id }) => id === library.id)
  if (made) {
    const { whenIndexed } = await import('../session.ts')
    await whenIndexed(client, made, invocation)
    terminal.print(`their passages are in the library "${oneLine(made.name)}"`)
  }
  if (!library && passages !== null)
    terminal.note('No passages come with these questions: name a library when you ask them.')
  terminal.result(library ? { ...result, library } : result)
  return 0
}

async function show(client: Client, { values, terminal }: Invocation, name: string): Promise<number> {
  const set = await findSet(client, name)
  const split = splitOption(values)
  const filter = text(values, 'filter')
  const [tag] = texts(values, 'tag')
  const problem = choiceOption(values, 'problem', problemSchema.options)
  const { questions: shown, total } = await client.questions.list({
    id: set.id,
    limit: integer(values, 'limit', 1, 10_000) ?? 20,
    ...(split === null ? {} : { split }),
    ...(filter === null ? {} : { filter }),
    ...(tag === undefined ? {} : { tag }),
    ...(problem === null ? {} : { problem }),
  })
  for (const question of shown) printQuestion(terminal, question)
  terminal.print(`${shown.length} of ${count(total, 'question')}`)
  terminal.result({ set, questions: shown, total })
  return 0
}

function printQuestion(terminal: Terminal, { id, question, answers, split, tags }: Question): void {
  const labels = tags.length === 0 ? '' : `  [${tags.map(oneLine).join(', ')}]`
  terminal.print(
    `${split.padEnd(10)} ${oneLine(id)}  ${oneLine(question)}  ${terminal.bold(oneLine(answers.join(' | ')))}${labels}`,
  )
}

async function add(client: Client, { values, terminal }: Invocation, name: string): Promise<number> {
  const libraryId = await libraryOption(client, values)
  const library = libraryId === undefined ? {} : { libraryId }
  const { id } = (await setNamed(client, name)) ?? (await client.questions.create({ name, ...library }))
  const content = {
    question: text(values, 'question') ?? '',
    answers: texts(values, 'answer'),
    tags: texts(values, 'tag'),
  }
  const question = await client.questions.add({ id, content })
  printQuestion(terminal, question)
  terminal.result({ question })
  return 0
}

async function edit(client: Client, { values, terminal }: Invocation, name: string): Promise<number> {
  const set = await findSet(client, name)
  const [questionId = ''] = texts(values, 'id')
  const { questions: all } = await client.questions.list({ id: set.id, limit: 10_000 })
  const old = all.find(({ id }) => id === questionId)
  if (!old)
    throw appError('NOT_FOUND', `There is no question "${questionId}" in the set.`, 'See `lagotto questions show`.')
  const answers = texts(values, 'answer')
  const tags = texts(values, 'tag')
  const content = {
    question: text(values, 'question') ?? old.question,
    answers: answers.length > 0 ? answers : old.answers,
    tags: tags.length > 0 ? tags : old.tags,
    evidence: old.evidence,
  }
  const question = await client.questions.edit({ id: set.id, questionId, content })
  printQuestion(terminal, question)
  terminal.result({ question })
  return 0
}

async function removeQuestions(client: Client, { values, terminal }: Invocation, name: string): Promise<number> {
  const set = await findSet(client, name)
  const { questions: removed } = await client.questions.remove({ id: set.id, questionIds: texts(values, 'id') })
  terminal.print(`${count(removed.length, 'question')} removed`)
  terminal.result({ removed })
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

/** Problems that are named one by one. */
const NAMED = 100

/** Names what of a file of questions was left out: the first of `all`. */
export function printProblems(terminal: Terminal, problems: readonly QuestionProblem[], all = problems.length): void {
  const named = problems.slice(0, NAMED)
  for (const { kind, where, what } of named) terminal.note(`${where}: ${kind}: ${oneLine(what)}`)
  if (all > named.length) terminal.note(`and ${(all - named.length).toLocaleString('en-US')} more`)
}
