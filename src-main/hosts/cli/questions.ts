import { resolve } from 'node:path'
import { appError, type Draft, type DraftReview, leavingToDraft, type QuestionSet } from '../../contract/index.ts'
import { type Invocation, integer, text, texts, type Values } from './command.ts'
import type { Client } from './session.ts'
import { count, oneLine, type Terminal } from './terminal.ts'

/** The set that a person means: by name, whatever its case, or by id. */
export async function setNamed(client: Client, wanted: string): Promise<QuestionSet | undefined> {
  const sets = await client.questions.sets()
  return sets.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase())
}

/** The same, which has to be there. @throws {AppError} NOT_FOUND */
export async function findSet(client: Client, wanted: string): Promise<QuestionSet> {
  const found = await setNamed(client, wanted)
  if (found) return found
  const names = (await client.questions.sets()).map(({ name }) => `"${name}"`).join(', ')
  throw appError(
    'NOT_FOUND',
    `There is no question set "${wanted}".`,
    names === '' ? 'Import one with `lagotto questions import FILE`.' : `Choose one of these: ${names}.`,
  )
}

/** The id of the library that `--library` names. */
export async function libraryOption(client: Client, values: Values): Promise<string | undefined> {
  const name = text(values, 'library')
  if (name === null) return undefined
  const { findLibrary } = await import('./session.ts')
  return (await findLibrary(client, { name, sample: false })).id
}

/** The file of a model that a person names: by its name or id, or as a path. */
async function modelOption(client: Client, values: Values, option: string): Promise<string | undefined> {
  const wanted = text(values, option)
  if (wanted === null) return undefined
  const models = await client.models.list()
  const found = models.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase())
  return found?.path ?? resolve(wanted)
}

/** Lets a model write questions, and waits until it has. */
export async function draft(client: Client, invocation: Invocation, name: string): Promise<number> {
  const { values, terminal, signal } = invocation
  const { follow, progressLine, tellWhatLeaves, whenIndexed } = await import('./session.ts')
  const libraryId = await libraryOption(client, values)
  const known = await setNamed(client, name)
  const libraries = await client.libraries.list()
  const library = libraries.find(({ id }) => id === (libraryId ?? known?.libraryId)) ?? libraries[0]
  if (library) await whenIndexed(client, library, invocation)
  const { id: setId } =
    known ?? (await client.questions.create({ name, ...(library === undefined ? {} : { libraryId: library.id }) }))
  const writer = await modelOption(client, values, 'writer')
  const checker = await modelOption(client, values, 'checker')
  const share = integer(values, 'two-passages', 0, 100)
  await tellWhatLeaves(client, invocation, [writer ?? null, checker ?? writer ?? null], (hosts) =>
    leavingToDraft(hosts, library?.name ?? name),
  )
  const { jobId, drafting } = await client.drafts.start({
    setId,
    count: integer(values, 'count', 1, 1000) ?? 20,
    ...(libraryId === undefined ? {} : { libraryId }),
    ...(writer === undefined ? {} : { writer }),
    ...(checker === undefined ? {} : { checker }),
    ...(share === null ? {} : { twoPassages: share / 100 }),
  })
  const job = await follow(client, jobId, signal, (event) => {
    if (event.type === 'progress') terminal.status(progressLine(event.progress))
  })
  const [done = drafting] = (await client.drafts.draftings({ setId })).filter(({ id }) => id === drafting.id)
  terminal.print(`${count(done.passed, 'draft')} of ${done.count} passed, from ${count(done.tried, 'passage')} tried`)
  for (const [why, n] of Object.entries(done.dropped)) if (n > 0) terminal.print(`  ${n} dropped: ${why}`)
  if (job.error) terminal.fail(job.error)
  else terminal.result({ drafting: done, state: job.state })
  return job.state === 'succeeded' ? 0 : 1
}

/** Shows drafts, or decides about them. */
export async function review(client: Client, { values, terminal }: Invocation, name: string): Promise<number> {
  const { id: setId } = await findSet(client, name)
  const waiting = async (): Promise<Draft[]> =>
    (await client.drafts.list({ setId, state: 'waiting', limit: 1000 })).drafts
  const reviewed: Draft[] = []
  const decisions = { accept: 'accept', reject: 'reject', undo: 'waiting' } as const
  for (const [option, decision] of Object.entries(decisions) as [string, DraftReview['decision']][]) {
    const named = texts(values, option)
    const ids = named.includes('all') && option !== 'undo' ? (await waiting()).map(({ id }) => id) : named
    for (const id of ids) reviewed.push(await client.drafts.review({ id, decision }))
  }
  const state = (text(values, 'state') ?? 'waiting') as Draft['state']
  const shown = reviewed.length > 0 ? reviewed : (await client.drafts.list({ setId, state, limit: 1000 })).drafts
  for (const one of shown) printDraft(terminal, one)
  if (shown.length === 0) terminal.print('No draft is waiting.')
  terminal.result({ drafts: shown })
  return 0
}

function printDraft(terminal: Terminal, { id, state, hops, question, answers, evidence, checks }: Draft): void {
  terminal.print(`${state.padEnd(9)} ${id}`)
  terminal.print(`  ${oneLine(question)}  ${terminal.bold(oneLine(answers.join(' | ')))}`)
  for (const { title, text: passage } of evidence)
    terminal.print(`  ${hops}: ${oneLine(title)}: ${oneLine(passage).slice(0, 200)}`)
  for (const { kind, passed, said } of checks)
    terminal.print(`  ${passed ? 'passed' : 'failed'} ${kind}${said === null ? '' : `: ${oneLine(said)}`}`)
}
