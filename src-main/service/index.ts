/**
 * service: puts the domain folders behind the contract; the only place that knows them all.
 * May import: every domain folder, store, contract. Must not know: how it is reached (hosts), what shows it (renderer).
 */
import { totalmem } from 'node:os'
import { join } from 'node:path'
import type { Model } from '../contract/index.ts'
import { createModelRegistry, isStudentOf, offersOf, readCatalogue } from '../models/index.ts'
import {
  baselineStore,
  comparisonStore,
  draftStore,
  evaluationStore,
  jobStore,
  libraryStore,
  modelStore,
  networkStore,
  openSecrets,
  openStore,
  paceStore,
  promotionStore,
  questionStore,
  settingsStore,
  threadStore,
} from '../store/index.ts'
import { createAdapters } from './adapters.ts'
import { createAnswer, interrupted } from './answer.ts'
import { createChanges } from './changes.ts'
import { createComparisons } from './comparisons.ts'
import { createDownloads } from './downloads.ts'
import { createDraftings } from './drafting/drafting.ts'
import { createEngine } from './engine.ts'
import { createEvaluations } from './evaluating/evaluations.ts'
import { createHub } from './hub.ts'
import { createJobRunner } from './jobs.ts'
import { createLibraries } from './libraries.ts'
import { createModels } from './models.ts'
import { createPromotions } from './promotions.ts'
import { createQuestionSets } from './questions.ts'
import { createRecognition } from './recognition.ts'
import { createRemotes } from './remotes.ts'
import { recordedNetwork } from './requests.ts'
import { createRouter, type ServiceRouter } from './router.ts'
import { openRuns, type Runs } from './runs/runs.ts'
import { hasGraphicsCard } from './system.ts'
import { createThreads } from './threads.ts'
import { createTraining } from './training.ts'

export { defaultDataDir } from './data-dir.ts'
export { type EvaluateOptions, evaluate, type Measured, measuredReport } from './evaluating/evaluate.ts'
export { type Reading, readOneFile } from './reading.ts'
export { recognitionWith } from './recognition.ts'
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
  /** 32 bytes that the system's keychain keeps, to seal secrets with; null: there is no keychain. */
  secretKey?: Buffer | null
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

/** Jobs of each kind that are kept. Answers are kept with their threads and comparisons. */
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
  secretKey = null,
  onLog = console.error,
}: ServiceOptions): Promise<Service> {
  const store = openStore(dataDir)
  const settings = settingsStore(store)
  const records = jobStore(store)
  const libraryRows = libraryStore(store)
  const changes = createChanges()
  const network = networkStore(store)
  const secrets = openSecrets(dataDir, secretKey)
  const leaving = recordedNetwork(network, settings.get, changes.tell)
  const remotes = createRemotes({ settings, secrets, network: leaving, changed: changes.tell })
  const models = createModelRegistry(
    join(resourcesDir, 'models'),
    modelStore(store),
    () => settings.get().modelsFolder,
    remotes.list,
  )
  const engine = createEngine(models, settings.get, onLog, remotes.open)
  const jobs = createJobRunner(records, changes.tell)
  const recognition = createRecognition(dataDir, () => settings.get().ocr, leaving, paceStore(store))
  const libraries = createLibraries({
    dataDir,
    sampleDir: join(resourcesDir, 'sample-library'),
    store: libraryRows,
    jobs,
    engine,
    changed: changes.tell,
    log: onLog,
    prune: () => records.prune('ingestion', KEPT_JOBS),
    follow,
    recognition,
  })
  const answer = createAnswer({ libraries, engine, settings: settings.get })
  const runs = openTrainingRuns(dataDir)
  const promotions = createPromotions({
    store: promotionStore(store),
    runs,
    dir: join(dataDir, 'promoted'),
    registry: models,
    libraries,
    settings: settings.get,
    changed: changes.tell,
  })
  const threads = createThreads({
    store: threadStore(store),
    jobStore: records,
    jobs,
    libraries,
    models,
    answer,
    taught: promotions.playerFor,
    settings: settings.get,
    changed: changes.tell,
  })

  const comparisons = createComparisons({
    store: comparisonStore(store),
    jobStore: records,
    jobs,
    libraries,
    models,
    answer,
    changed: changes.tell,
  })

  /** An embedding or reranking model that comes or goes changes how every library is searched. */
  async function modelsChanged({ role }: Model): Promise<void> {
    changes.tell({ topic: 'models' })
    if (role !== 'chat') await libraries.refreshAll()
  }
  const catalogue = () => readCatalogue(join(resourcesDir, 'catalogue.json'))
  /** As long as nobody chose a model, the student of a set answers, even when its teacher was here first. */
  async function modelCame(model: Model): Promise<void> {
    const first = settings.get().modelId === null ? await models.firstUsable('chat') : null
    if (first && (await isStudentOf(await catalogue(), model, first))) {
      settings.update({ modelId: model.id })
      changes.tell({ topic: 'settings' })
    }
    await modelsChanged(model)
  }
  const hub = createHub({ secrets, network: leaving, changed: changes.tell })
  const modelsDir = join(dataDir, 'models')
  const downloads = createDownloads({
    modelsDir,
    registry: models,
    jobs,
    jobStore: records,
    hub: hub.options,
    added: modelCame,
  })
  const management = createModels({
    modelsDir,
    registry: models,
    remotes,
    jobStore: records,
    libraryStore: libraryRows,
    runs,
    promotions,
    engine,
    hub: hub.options,
    defaultModel: () => settings.get().modelId,
    contextLength: () => settings.get().contextLength,
    changed: modelsChanged,
  })

  const open = records.open()
  threads.closeInterrupted(open.filter(({ kind }) => kind === 'answer').map(({ subjectId }) => subjectId))
  const unfinished = open.filter(({ kind }) => kind === 'ingestion')
  for (const { id } of open.filter(({ kind }) => kind === 'comparison')) records.append(id, interrupted())
  for (const { id } of open.filter(({ kind }) => kind !== 'answer' && kind !== 'comparison'))
    records.append(id, [{ type: 'state', state: 'interrupted', error: null }])
  for (const kind of ['ingestion', 'download', 'import', 'training', 'drafting'] as const)
    records.prune(kind, KEPT_JOBS)
  downloads.resumeInterrupted()
  await libraries.resume(unfinished.map(({ subjectId }) => subjectId))
  const questions = createQuestionSets({ store, questions: questionStore(store), libraries, changed: changes.tell })
  const draftings = createDraftings({
    store: draftStore(store),
    questions,
    libraries,
    models,
    engine,
    jobs,
    jobStore: records,
    changed: changes.tell,
  })
  draftings.resumeInterrupted()
  const evaluations = createEvaluations({
    store: evaluationStore(store),
    libraryStore: libraryRows,
    registry: models,
    libraries,
    engine,
    settings: settings.get,
    jobs,
    jobStore: records,
    questions,
    changed: changes.tell,
  })
  if (follow) evaluations.resumeInterrupted()
  const training = createTraining({
    questions,
    registry: models,
    remotes,
    network,
    libraries,
    runs,
    settings: settings.get,
    version,
    jobs,
    engine,
    baselines: baselineStore(store),
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
      downloads,
      adapters: createAdapters(join(dataDir, 'adapters'), models),
      hub,
      remotes,
      network,
      recognition,
      modelsChanged,
      catalogue: async () =>
        offersOf(await catalogue(), await models.list(), {
          totalMemoryBytes: totalmem(),
          graphicsCard: await hasGraphicsCard(),
        }),
      testModel: join(resourcesDir, 'models', 'micro-student.gguf'),
      threads,
      comparisons,
      evaluations,
      benchmarks: {
        dir: join(dataDir, 'benchmarks'),
        sampleDir: join(resourcesDir, 'sample-library'),
        questions,
        libraries,
      },
      questions,
      draftings,
      runs,
      promotions,
      training,
      jobs,
      jobStore: records,
    }),
    async close() {
      training.close()
      libraries.unfollow()
      await jobs.close()
      await libraries.close()
      await engine.close()
      store.close()
    },
  }
}
