/**
 * service: puts the domain folders behind the contract; the only place that knows them all.
 * May import: every domain folder, store, contract. Must not know: how it is reached (hosts), what shows it (renderer).
 */
import { join } from 'node:path'
import type { Model } from '../contract/index.ts'
import { createModelRegistry, readCatalogue } from '../models/index.ts'
import { jobStore, libraryStore, modelStore, openStore, settingsStore, threadStore } from '../store/index.ts'
import { createChanges } from './changes.ts'
import { createEngine } from './engine.ts'
import { createJobRunner } from './jobs.ts'
import { createLibraries } from './libraries.ts'
import { createModels } from './models.ts'
import { createRouter, type ServiceRouter } from './router.ts'
import { openRuns, type Runs } from './runs/runs.ts'
import { createThreads } from './threads.ts'
import { createTraining } from './training.ts'

export { defaultDataDir } from './data-dir.ts'
export { type EvaluateOptions, type Evaluation, evaluate } from './evaluate.ts'
export { type Reading, readOneFile } from './reading.ts'
export type { ServiceRouter } from './router.ts'
export type { Runs } from './runs/runs.ts'

/** Where a service lives. */
export interface ServiceOptions {
  /** Absolute path of the data folder; made when missing. */
  dataDir: string
  /** Absolute path of the folder with the bundled models and the sample library. */
  resourcesDir: string
  version: string
  /** Watch the files of the libraries while the service runs: for hosts that stay, not for a single command. */
  follow?: boolean
  /** Hears about trouble that nobody asked about. */
  onLog?: (line: string) => void
}

/** A running service. */
export interface Service {
  /** Implements `contract`; hosts put it behind a transport. */
  readonly router: ServiceRouter
  /** Stops all jobs, closes indexes and database. What was acknowledged is on disk. */
  close(): Promise<void>
}

/** The training runs of a data folder, without a service: they can be looked at and asked to end beside one that runs. */
export const openTrainingRuns = (dataDir: string): Runs => openRuns(join(dataDir, 'runs'))

/** Jobs of each kind that are kept. Answers belong to their threads and are kept with them. */
const KEPT_JOBS = 50

/**
 * Opens the data folder and starts the service on it. No model and no index is opened before it is needed.
 *
 * @throws {AppError} DATA_DIR_IN_USE, DATA_DIR_UNUSABLE, DISK_FULL
 */
export async function startService({
  dataDir,
  resourcesDir,
  version,
  follow = false,
  onLog = console.error,
}: ServiceOptions): Promise<Service> {
  const store = openStore(dataDir)
  const settings = settingsStore(store)
  const records = jobStore(store)
  const changes = createChanges()
  const models = createModelRegistry(join(resourcesDir, 'models'), modelStore(store))
  const engine = createEngine(models, settings.get, onLog)
  const jobs = createJobRunner(records, changes.tell)
  const libraries = createLibraries({
    dataDir,
    sampleDir: join(resourcesDir, 'sample-library'),
    store: libraryStore(store),
    jobs,
    engine,
    changed: changes.tell,
    log: onLog,
    follow,
  })
  const threads = createThreads({
    store: threadStore(store),
    jobStore: records,
    jobs,
    libraries,
    models,
    engine,
    settings: settings.get,
    changed: changes.tell,
  })

  /** An embedding or reranking model that comes or goes changes how every library is searched. */
  async function modelsChanged({ role }: Model): Promise<void> {
    changes.tell({ topic: 'models' })
    if (role !== 'chat') await libraries.refreshAll()
  }
  const management = createModels({
    modelsDir: join(dataDir, 'models'),
    registry: models,
    jobs,
    jobStore: records,
    engine,
    contextLength: () => settings.get().contextLength,
    changed: modelsChanged,
  })

  const runs = openTrainingRuns(dataDir)

  const open = records.open()
  threads.closeInterrupted(open.filter(({ kind }) => kind === 'answer').map(({ subjectId }) => subjectId))
  const interrupted = open.filter(({ kind }) => kind === 'ingestion')
  for (const { id } of open.filter(({ kind }) => kind !== 'answer'))
    records.append(id, [{ type: 'state', state: 'interrupted', error: null }])
  for (const kind of ['ingestion', 'download', 'import', 'training'] as const) records.prune(kind, KEPT_JOBS)
  management.resume()
  await libraries.resume(interrupted.map(({ subjectId }) => subjectId))
  const training = createTraining({
    registry: models,
    libraries,
    runs,
    settings: settings.get,
    version,
    jobs,
    changed: changes.tell,
  })

  return {
    router: createRouter({
      version,
      dataDir,
      changes,
      settings,
      libraries,
      models,
      management,
      modelsChanged,
      catalogue: () => readCatalogue(join(resourcesDir, 'catalogue.json')),
      threads,
      runs,
      training,
      jobs,
      jobStore: records,
    }),
    async close() {
      training.close()
      await jobs.close()
      await libraries.close()
      await engine.close()
      store.close()
    },
  }
}
