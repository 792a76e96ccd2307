import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  AppError,
  appError,
  type Change,
  type ErrorValue,
  type Lineage,
  type Model,
  type ParityDifference,
  type Promotion,
  type Run,
  type RunReport,
  resultOf,
  type Taught,
  toErrorValue,
} from '../contract/index.ts'
import { modelFingerprint } from '../models/index.ts'
import type { PromotionRow, PromotionStore } from '../store/index.ts'
import { type ChatParts, chatFacts, trainingFacts } from './runs/facts.ts'
import { parityDifferences, parityError } from './runs/parity.ts'
import type { Runs } from './runs/runs.ts'

/** Who answers for a library that was taught a model, or why that one cannot. */
export type TaughtPlayer = { taught: Taught; model: Model; adapter: string | null } | { problem: ErrorValue }

/** What was learned, as the default of libraries. */
export interface Promotions {
  /** Newest first. */
  list(): Promise<Promotion[]>
  /**
   * Makes what a run learned the default of a library (the one that it was trained on), with a copy of its own.
   *
   * @throws {AppError} NOT_FOUND; INVALID_INPUT (not finished); NO_IMPROVEMENT unless `force`; PARITY_MISMATCH; MODEL_*;
   *   ADAPTER_MISSING; DISK_FULL: nothing has changed then
   */
  promote(input: { runId: string; libraryId?: string | undefined; force: boolean }): Promise<Promotion[]>
  /** Goes back to what answered before. @throws {AppError} NOT_FOUND when nothing was promoted */
  rollBack(libraryId: string): Promise<Promotion[]>
  /** Null: nothing was promoted for the library. */
  playerFor(libraryId: string): Promise<TaughtPlayer | null>
}

export interface PromotionsOptions extends ChatParts {
  store: PromotionStore
  runs: Runs
  /** Folder that the copies are kept in. */
  dir: string
  changed(change: Change): void
}

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => null))?.isFile() === true

/** Why an improvement cannot be claimed; null when it can. */
function doubt(report: RunReport): AppError | null {
  const { improved, headline } = resultOf(report)
  if (improved === true) return null
  const reason =
    improved === null
      ? 'This training was not tested on questions that were held back, so nobody knows whether it helped.'
      : `What was learned does not answer more of the questions that were held back. ${headline}`
  return appError('NO_IMPROVEMENT', reason, 'Train longer or with more questions, or promote it all the same.')
}

/** Creates the promotions of a service. */
export function createPromotions(options: PromotionsOptions): Promotions {
  const { store, runs, dir, libraries, registry, changed } = options

  /** The file of what was learned, copied where deleting the run does not reach. */
  async function keep(run: Run, report: RunReport): Promise<string> {
    const source = join(run.dir, report.weights.best)
    const target = join(dir, `${run.id}.gguf`)
    if (!(await exists(source))) {
      if (await exists(target)) return target
      throw appError('ADAPTER_MISSING', `${source} is no longer there.`, 'Train again, or bring the file back.')
    }
    await mkdir(dir, { recursive: true })
    const beside = `${target}.partial`
    try {
      await copyFile(source, beside, constants.COPYFILE_FICLONE)
      await rename(beside, target)
    } catch (error) {
      await rm(beside, { force: true })
      throw error
    }
    return target
  }

  /** The run that an adapter came from: out of its folder, or out of ours. */
  async function runOf(adapter: string): Promise<string | null> {
    const known = (await runs.list()).find((run) => adapter.startsWith(join(run.dir, 'weights')))
    return known?.id ?? store.list().find(({ lineage }) => lineage.path === adapter)?.lineage.runId ?? null
  }

  async function lineageOf(run: Run, report: RunReport): Promise<Omit<Lineage, 'path'>> {
    const { manifest } = run
    const { student, teacher, environment, questions, config } = manifest
    const { test, testBefore } = report
    return {
      runId: run.id,
      runName: manifest.name,
      method: config.method,
      kind: report.weights.kind,
      base: { name: student.name, path: student.path, fingerprint: student.fingerprint },
      prompt: environment.prompt,
      teacher: teacher?.name ?? null,
      parent: student.adapter === null ? null : { path: student.adapter, runId: await runOf(student.adapter) },
      questions,
      trainedAt: report.endedAt,
      headline: resultOf(report).headline,
      test: test && testBefore && { before: testBefore.em, after: test.em, questions: test.episodes },
    }
  }

  /** Why what was learned cannot answer; null when it can. */
  async function problemOf({ kind, base, path, runName }: Lineage): Promise<ErrorValue | null> {
    const action = 'Bring the file back to its place, or roll back under Teach.'
    if (!(await exists(path))) {
      return appError('ADAPTER_MISSING', `What was learned in “${runName}” is no longer at ${path}.`, action).value
    }
    if (kind === 'model') return null
    const now = await modelFingerprint(base.path).catch(() => null)
    if (now === base.fingerprint) return null
    return now === null
      ? appError('MODEL_MISSING', `${base.name}, which “${runName}” taught, is no longer at ${base.path}.`, action)
          .value
      : appError('MODEL_CHANGED', `The file of ${base.name} is no longer the one that “${runName}” taught.`, action)
          .value
  }

  /** What Ask would do differently on a library from how a run plays. */
  async function parityOf(run: Run, libraryId: string): Promise<ParityDifference[]> {
    return parityDifferences(
      trainingFacts(run.manifest),
      await chatFacts(options, run.manifest.student.path, libraryId),
    )
  }

  async function describe(row: PromotionRow, current: boolean): Promise<Promotion> {
    const { id, libraryId, libraryName, at, rolledBackAt, lineage } = row
    const problem = current ? await problemOf(lineage) : null
    // A run that was deleted, or a base that is gone, cannot be compared: the problem says the latter.
    const run = current && problem === null ? await runs.get(lineage.runId).catch(() => null) : null
    const parity = run ? await parityOf(run, libraryId).catch(() => []) : []
    return { id, library: { id: libraryId, name: libraryName }, at, rolledBackAt, current, lineage, problem, parity }
  }

  async function list(): Promise<Promotion[]> {
    return Promise.all(store.list().map((row) => describe(row, store.current(row.libraryId)?.id === row.id)))
  }

  /** Copies that no promotion names: their library was deleted. */
  async function tidy(): Promise<void> {
    const named = new Set(store.list().map(({ lineage }) => basename(lineage.path)))
    for (const name of await readdir(dir).catch(() => [])) {
      if (!named.has(name)) await rm(join(dir, name), { force: true })
    }
  }

  return {
    list,
    async promote({ runId, libraryId, force }) {
      const run = await runs.get(runId)
      const library = libraries.get(libraryId ?? run.manifest.environment.library.id)
      const report = await runs.report(runId)
      if (!report) {
        throw appError(
          'INVALID_INPUT',
          'This training is not finished yet.',
          'Let it go on to its end, then promote it.',
        )
      }
      const reason = doubt(report)
      if (reason && !force) throw reason
      const lineage = await lineageOf(run, report)
      const student = await modelFingerprint(run.manifest.student.path).catch(() => null)
      if (student !== lineage.base.fingerprint) {
        throw appError(
          student === null ? 'MODEL_MISSING' : 'MODEL_CHANGED',
          `The model that was taught is no longer at ${lineage.base.path}.`,
          'Bring the file back, then promote what was learned.',
        )
      }
      const differences = await parityOf(run, library.id)
      if (differences.length > 0) throw parityError(differences)
      store.add(library.id, { ...lineage, path: await keep(run, report) })
      await tidy()
      changed({ topic: 'promotions', id: library.id })
      return list()
    },
    async rollBack(libraryId) {
      const library = libraries.get(libraryId)
      const current = store.current(libraryId)
      if (!current) {
        throw appError(
          'NOT_FOUND',
          `Nothing was promoted for “${library.name}”.`,
          'Promote what a training learned first.',
        )
      }
      store.rollBack(current.id)
      changed({ topic: 'promotions', id: libraryId })
      return list()
    },
    async playerFor(libraryId) {
      const lineage = store.current(libraryId)?.lineage
      if (!lineage) return null
      const problem = await problemOf(lineage)
      if (problem) return { problem }
      const { kind, path, base, prompt, runId, runName } = lineage
      try {
        const model = await registry.atPath(kind === 'model' ? path : base.path)
        if (model.error) throw new AppError(model.error)
        const taught = { runId, name: runName }
        return kind === 'model'
          ? { taught, model: { ...model, name: base.name, prompt }, adapter: null }
          : { taught, model, adapter: path }
      } catch (error) {
        return { problem: toErrorValue(error) }
      }
    },
  }
}
