import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  appError,
  capabilityRows,
  type FigureRow,
  type Promotion,
  parityWords,
  type RunReport,
  resultOf,
  statisticRows,
} from '../../contract/index.ts'
import { defaultDataDir, openTrainingRuns } from '../../service/index.ts'
import { type Invocation, text, UsageError } from './command.ts'
import { type Client, findLibrary, withService } from './session.ts'
import { oneLine, type Terminal } from './terminal.ts'

/** Prints a finished run's report, and writes it as a page where `--html` says. */
export async function report(invocation: Invocation, reference: string | null): Promise<number> {
  const { values, terminal, dataDir } = invocation
  const runs = openTrainingRuns(dataDir ?? defaultDataDir())
  const [newest] = reference === null ? (await runs.list()).filter(({ state }) => state === 'finished') : []
  const run = reference === null ? newest : await runs.get(reference)
  if (!run) throw appError('NOT_FOUND', 'There is no finished training yet.', 'Start one: lagotto train --help')
  const { text: json } = await runs.export(run.dir, 'json')
  const facts = JSON.parse(json) as { report: RunReport }
  const file = text(values, 'html')
  if (file !== null) {
    const path = resolve(file)
    await writeFile(path, (await runs.export(run.dir, 'html')).text).catch((error: unknown) => {
      throw appError('PATH_UNREADABLE', `${path} cannot be written.`, 'Choose another place.', { cause: error })
    })
    terminal.note(`The report was written to ${path}`)
  }
  printReport(terminal, facts.report)
  terminal.result(facts)
  return 0
}

function printReport(terminal: Terminal, facts: RunReport): void {
  const { test, testBefore, arcap, guard } = facts
  const result = resultOf(facts)
  terminal.print(terminal.bold(result.headline))
  if (result.certainty) terminal.print(result.certainty)
  printFigures(terminal, statisticRows, testBefore, test)
  printFigures(terminal, capabilityRows, arcap?.before ?? null, arcap?.after ?? null)
  for (const { question, before, after } of result.gained)
    terminal.print(`+ ${oneLine(question)}: ${oneLine(before.answer ?? 'nothing')} → ${oneLine(after.answer ?? '')}`)
  for (const { question, before, after } of result.lost)
    terminal.print(`- ${oneLine(question)}: ${oneLine(before.answer ?? '')} → ${oneLine(after.answer ?? 'nothing')}`)
  for (const { step, reasons, action } of guard)
    terminal.print(`guard, step ${step}: ${reasons.map(oneLine).join(' ')} (${action})`)
}

function printFigures<T>(terminal: Terminal, rows: readonly FigureRow<T>[], before: T | null, after: T | null): void {
  if (after === null) return
  terminal.print(`${''.padEnd(30)} ${'before'.padStart(8)} ${'after'.padStart(8)}`)
  for (const { label, of } of rows)
    terminal.print(`${label.padEnd(30)} ${(before === null ? '–' : of(before)).padStart(8)} ${of(after).padStart(8)}`)
}

/** Makes what a run learned the default of a library in Ask. */
export async function promote(invocation: Invocation, reference: string | null): Promise<number> {
  if (reference === null) throw new UsageError('The run to promote is missing.')
  const { values, terminal, dataDir } = invocation
  const { id } = await openTrainingRuns(dataDir ?? defaultDataDir()).get(reference)
  const force = values['force'] === true
  return withService(invocation, async (client) => {
    const named = await namedLibrary(client, invocation)
    const all = await client.promotions.promote({ runId: id, force, ...(named ? { libraryId: named } : {}) })
    const [promoted] = all
    if (promoted) terminal.print(line(promoted))
    terminal.result({ promotions: all })
    return 0
  })
}

/** Goes back to what answered for a library before. */
export async function rollBack(invocation: Invocation, reference: string | null): Promise<number> {
  if (reference !== null) throw new UsageError('"rollback" takes no run: name the library with --library.')
  const { terminal, values } = invocation
  return withService(invocation, async (client) => {
    const library = await findLibrary(client, { name: text(values, 'library'), sample: values['sample'] === true })
    const all = await client.promotions.rollBack({ libraryId: library.id })
    const now = all.find((one) => one.current && one.library.id === library.id)
    terminal.print(
      now ? line(now) : `“${oneLine(library.name)}” is answered by the usual model again, without anything learned.`,
    )
    terminal.result({ promotions: all })
    return 0
  })
}

/** All that was promoted, newest first, with where it comes from. */
export async function promoted(invocation: Invocation, reference: string | null): Promise<number> {
  if (reference !== null) throw new UsageError('"promoted" takes nothing more.')
  const { terminal } = invocation
  return withService(invocation, async (client) => {
    const all = await client.promotions.list()
    for (const one of all) for (const text of lines(one)) terminal.print(text)
    if (all.length === 0) terminal.print('Nothing was promoted yet.')
    terminal.result({ promotions: all })
    return 0
  })
}

/** @returns null: none is named. @throws {AppError} NOT_FOUND */
async function namedLibrary(client: Client, { values }: Invocation): Promise<string | null> {
  const name = text(values, 'library')
  if (name === null) return null
  return (await findLibrary(client, { name, sample: false })).id
}

const line = ({ library, lineage, current }: Promotion): string =>
  `“${oneLine(library.name)}”: ${oneLine(lineage.base.name)}, taught in ${oneLine(lineage.runId)}${current ? '  (answers now)' : ''}`

function lines(promotion: Promotion): string[] {
  const { lineage, rolledBackAt, problem, parity, at } = promotion
  const { method, teacher, parent, questions, headline, base } = lineage
  return [
    line(promotion),
    `   promoted ${new Date(at).toLocaleString()}${rolledBackAt === null ? '' : `, taken back ${new Date(rolledBackAt).toLocaleString()}`}`,
    `   ${oneLine(headline)}`,
    `   ${method}${teacher ? `, taught by ${oneLine(teacher)}` : ''}, ${questions.train} questions of ${oneLine(questions.source)}`,
    `   base: ${oneLine(base.path)}${parent ? `; began with ${oneLine(parent.runId ?? parent.path)}` : ''}`,
    ...(problem ? [`   ${oneLine(problem.message)} ${oneLine(problem.action)}`] : []),
    ...parity.map((difference) => `   ${oneLine(parityWords(difference))}`),
  ]
}
