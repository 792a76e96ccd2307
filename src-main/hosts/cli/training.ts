import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  appError,
  type Baseline,
  estimateWords,
  type Preflight,
  type Run,
  type RunInput,
  type RunLine,
  rangeWords,
  resultOf,
} from '../../contract/index.ts'
import { defaultDataDir, openTrainingRuns, type Runs } from '../../service/index.ts'
import { type Invocation, text, UsageError } from './command.ts'
import { promote, promoted, report, rollBack } from './promoting.ts'
import { type Client, findLibrary, progressLine, whenIndexed, withService } from './session.ts'
import { oneLine, type Terminal } from './terminal.ts'

type Action = (invocation: Invocation, reference: string | null) => Promise<number>

/** What can be done with runs, by the word for it; the reference is a run's id, the beginning of one, or its folder. */
export const runActions: Record<string, Action> = {
  list,
  status,
  attach: follow,
  pause: (invocation, reference) => ask(invocation, reference, 'pause'),
  stop: (invocation, reference) => ask(invocation, reference, 'stop'),
  resume,
  delete: remove,
  report,
  promote,
  rollback: rollBack,
  promoted,
}

/** How often an attached terminal looks at the run, ms. */
const LOOK_MS = 300

/** The runs of the data folder, also while the app has it open. */
async function openRuns({ dataDir }: Invocation): Promise<Runs> {
  return openTrainingRuns(dataDir ?? defaultDataDir())
}

/** `1.6 GB`, `34 MB` */
function bytes(n: number): string {
  return n >= 1e9 ? `${(n / 1e9).toFixed(1)} GB` : `${Math.round(n / 1e6)} MB`
}

/** A run in a few lines. */
function runLines(
  { id, dir, manifest, state, request, error, progress, runLeft, best, memoryBytes }: Run,
  terminal: Terminal,
): string[] {
  const asked = request === null ? '' : ` (asked to ${request})`
  return [
    `${terminal.bold(oneLine(id))}  ${oneLine(manifest.name)} · ${state}${asked}`,
    `   ${oneLine(dir)}`,
    ...(progress ? [`   ${progressLine(progress)}`] : []),
    ...(runLeft ? [`   whole training: ${rangeWords(runLeft)} left`] : []),
    ...(best ? [`   best validation: ${(100 * best.em).toFixed(1)} % right, after step ${best.step}`] : []),
    ...(memoryBytes === null ? [] : [`   ${bytes(memoryBytes)} of memory`]),
    ...(error ? [`   ${oneLine(error.message)} ${oneLine(error.action)}`] : []),
  ]
}

/** Starts a run on the library that the options name (or tells what it would need), and follows it. */
export async function startRun(invocation: Invocation, input: Omit<RunInput, 'libraryId'>): Promise<number> {
  const { values, terminal } = invocation
  const run = await withService(invocation, async (client) => {
    const library = await findLibrary(client, { name: text(values, 'library'), sample: values['sample'] === true })
    await whenIndexed(client, library, invocation)
    const wanted = { ...input, libraryId: library.id, ...(await questionsOf(client, values)) }
    if (values['dry-run'] !== true) return client.runs.start(wanted)
    const preflight = await client.runs.preflight(wanted)
    for (const line of preflightLines(preflight)) terminal.print(line)
    const measured = values['baseline'] === true && preflight.refusals.length === 0
    const baseline = measured ? await baselineOf(client, wanted, invocation) : null
    terminal.result(baseline === null ? preflight : { ...preflight, baseline })
    return preflight.refusals.length === 0
  })
  if (typeof run === 'boolean') return run ? 0 : 1
  terminal.note(`Training "${oneLine(run.manifest.name)}" in ${oneLine(run.dir)}`)
  return values['detach'] === true ? show(run, terminal) : attach(invocation, run.dir)
}

/** What student and teacher can do before, measured now or before. */
async function baselineOf(
  client: Client,
  input: RunInput,
  { terminal, signal }: Invocation,
): Promise<Extract<Baseline, { type: 'result' }> | null> {
  for await (const event of await client.runs.baseline(input, { signal })) {
    if (event.type === 'progress')
      terminal.status(`The ${event.who} answers · ${event.done} of ${event.total} questions`)
    else {
      const { student, teacher, questions, cautions } = event
      const also = teacher === null ? '' : `, the teacher ${teacher}`
      terminal.print(`${'before'.padEnd(10)} of ${questions} questions the student answers ${student} right${also}`)
      for (const caution of cautions) terminal.print(oneLine(caution))
      return event
    }
  }
  return null
}

/** @throws {AppError} NOT_FOUND */
async function questionsOf(
  client: Client,
  values: Invocation['values'],
): Promise<Pick<RunInput, 'questions' | 'questionSetId'>> {
  const name = text(values, 'question-set')
  if (name === null) return { questions: resolve(text(values, 'questions') ?? '') }
  const sets = await client.questions.sets()
  const found = sets.find((set) => set.id === name || set.name.toLowerCase() === name.toLowerCase())
  if (found) return { questionSetId: found.id }
  const names = sets.map((set) => `"${set.name}"`).join(', ')
  throw appError(
    'NOT_FOUND',
    `There is no question set "${name}".`,
    names ? `Choose one of these: ${names}.` : 'Import one.',
  )
}

/** A line of the metrics log for people. */
function told(line: RunLine): string {
  switch (line.type) {
    case 'validation':
      return `step ${line.step}: ${(100 * line.statistics.em).toFixed(1)} % of the validation questions right${line.best ? ', the best so far' : ''}`
    case 'guard':
      return `step ${line.step}: ${line.reasons.map(oneLine).join(' ')} (${line.action})`
    case 'step': {
      const right = line.rollouts ? `, ${(100 * line.rollouts.em).toFixed(0)} % right` : ''
      return `step ${line.step}: loss ${line.loss.toFixed(4)}${right}, ${line.seconds.total.toFixed(1)} s`
    }
  }
}

/**
 * Follows a run until its process ends. Ctrl+C lets go of it: the run goes on.
 *
 * @returns the exit code: 1 for a run that failed
 */
async function attach(invocation: Invocation, dir: string): Promise<number> {
  const { terminal, signal } = invocation
  const runs = await openRuns(invocation)
  let seen = 0
  for (;;) {
    const run = await runs.get(dir)
    if (run.lines > seen || run.state !== 'running') {
      const lines = await runs.lines(dir, seen, Number.MAX_SAFE_INTEGER)
      for (const line of lines) terminal.note(told(line))
      seen += lines.length
    }
    if (run.state !== 'running') return end(run, runs, terminal)
    if (run.progress) terminal.status(progressLine({ ...run.progress, allLeft: run.runLeft }))
    await setTimeout(LOOK_MS, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) {
      terminal.note(`The run goes on. Back to it: lagotto train attach ${run.id}; end it: lagotto train stop ${run.id}`)
      terminal.result(run)
      return 0
    }
  }
}

async function end(run: Run, runs: Runs, terminal: Terminal): Promise<number> {
  for (const line of runLines(run, terminal)) terminal.print(line)
  const report = await runs.report(run.dir)
  if (report) terminal.print(`   ${resultOf(report).headline}`)
  if (run.error) terminal.fail(run.error)
  else terminal.result({ ...run, report })
  return run.error ? 1 : 0
}

function preflightLines({ questions, memory, time, disk, refusals, notices }: Preflight): string[] {
  const { train, validation, test } = questions
  const row = (name: string, value: string): string => `${name.padEnd(10)} ${value}`
  return [
    row('questions', `${train} to train with, ${validation} to check by, ${test} for the end`),
    row('memory', `${bytes(memory.bytes)} of ${bytes(memory.availableBytes)} that are free`),
    ...memory.parts.map(({ name, bytes: size }) => row('', `${bytes(size)}  ${name}`)),
    row(
      'time',
      `${time.steps} steps of ${time.secondsPerStep.toFixed(1)} s (${time.basis}): ${estimateWords(1000 * time.steps * time.secondsPerStep)}`,
    ),
    row('disk', `${bytes(disk.bytes)} of ${bytes(disk.freeBytes)} that are free`),
    ...notices.map(oneLine),
    ...refusals.flatMap(({ message, action }) => [`Cannot start: ${oneLine(message)}`, oneLine(action)]),
  ]
}

function show(run: Run, terminal: Terminal): number {
  for (const line of runLines(run, terminal)) terminal.print(line)
  terminal.result(run)
  return 0
}

async function list(invocation: Invocation, reference: string | null): Promise<number> {
  if (reference !== null) throw new UsageError('"list" takes nothing more.')
  const { terminal } = invocation
  const found = await (await openRuns(invocation)).list()
  for (const run of found) for (const line of runLines(run, terminal)) terminal.print(line)
  if (found.length === 0) terminal.print('There are no training runs yet.')
  terminal.result({ runs: found })
  return 0
}

/** The run that is meant: the one named, else the newest. */
async function chosen(invocation: Invocation, reference: string | null): Promise<Run> {
  const runs = await openRuns(invocation)
  if (reference !== null) return runs.get(reference)
  const [newest] = await runs.list()
  if (newest) return newest
  throw appError('NOT_FOUND', 'There is no training run yet.', 'Start one: lagotto train --help')
}

async function status(invocation: Invocation, reference: string | null): Promise<number> {
  const { terminal } = invocation
  const run = await chosen(invocation, reference)
  for (const line of runLines(run, terminal)) terminal.print(line)
  terminal.result({ ...run, report: await (await openRuns(invocation)).report(run.dir) })
  return 0
}

async function follow(invocation: Invocation, reference: string | null): Promise<number> {
  return attach(invocation, (await chosen(invocation, reference)).dir)
}

async function ask(invocation: Invocation, reference: string | null, request: 'pause' | 'stop'): Promise<number> {
  const { dir } = await chosen(invocation, reference)
  const runs = await openRuns(invocation)
  return show(await (request === 'pause' ? runs.pause(dir) : runs.stop(dir)), invocation.terminal)
}

async function resume(invocation: Invocation, reference: string | null): Promise<number> {
  const { dir, id } = await chosen(invocation, reference)
  const run = await withService(invocation, (client) => client.runs.resume({ id }))
  return invocation.values['detach'] === true ? show(run, invocation.terminal) : attach(invocation, dir)
}

async function remove(invocation: Invocation, reference: string | null): Promise<number> {
  if (reference === null) throw new UsageError('The run to delete is missing.')
  const runs = await openRuns(invocation)
  const run = await runs.get(reference)
  await runs.delete(run.dir)
  invocation.terminal.print(`The run ${oneLine(run.id)} was deleted.`)
  invocation.terminal.result({ deleted: run })
  return 0
}
