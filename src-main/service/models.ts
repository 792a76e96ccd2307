import { sep } from 'node:path'
import { AppError, appError, type Model, type ModelDetails, type Run, type Verification } from '../contract/index.ts'
import {
  fitModel,
  type HubOptions,
  type ModelRegistry,
  modelDetails,
  modelFingerprint,
  readSource,
  removeModelFiles,
  verifyModel,
} from '../models/index.ts'
import type { JobStore, LibraryStore } from '../store/index.ts'
import { CHAT_SLOTS, DEFAULT_CONTEXT, type Engine } from './engine.ts'
import type { Promotions } from './promotions.ts'
import type { Remotes } from './remotes.ts'
import type { Runs } from './runs/runs.ts'
import { tokensPerSecond } from './speed.ts'
import { stepBytes } from './training-memory.ts'

/** What can be asked about models, and how they leave this computer again. */
export interface Models {
  fit(reference: string): ReturnType<typeof fitModel>
  info(id: string): Promise<ModelDetails>
  verify(id: string): Promise<Verification>
  /** @throws {AppError} MODEL_IN_USE */
  remove(id: string): Promise<Model>
}

export interface ModelsOptions {
  /** Folder that fetched and converted models are kept in. */
  modelsDir: string
  registry: ModelRegistry
  remotes: Remotes
  jobStore: JobStore
  libraryStore: LibraryStore
  runs: Pick<Runs, 'list'>
  promotions: Pick<Promotions, 'list'>
  engine: Engine
  hub(): HubOptions
  /** The model that answers by default; null: the first that can. */
  defaultModel(): string | null
  contextLength(): number | null
  /** Called when a model went. */
  changed(model: Model): Promise<void>
}

/** Creates the manager of a service's models. */
export function createModels(options: ModelsOptions): Models {
  const { modelsDir, registry, engine, jobStore, libraryStore } = options

  /** The training runs that a model is part of. */
  async function runsWith({ path }: Model): Promise<Run[]> {
    const all = await options.runs.list()
    return all.filter(({ manifest: { student, teacher } }) => student.path === path || teacher?.path === path)
  }

  /** What depends on a model, in sentences. */
  async function usesOf(model: Model): Promise<string[]> {
    const trained = (await runsWith(model)).map(({ manifest: { name, student } }) =>
      student.path === model.path
        ? `What the training “${name}” learned lies over it.`
        : `It is the teacher of the training “${name}”.`,
    )
    const answering = (await options.promotions.list())
      .filter(({ current, lineage }) => current && lineage.base.path === model.path)
      .map(({ library, lineage }) => `In “${library.name}” it answers with what it learned in “${lineage.runName}”.`)
    return [...(await usesNow(model)), ...answering, ...trained]
  }

  async function usesNow(model: Model): Promise<string[]> {
    const first = (await registry.firstUsable(model.role))?.id === model.id
    if (model.role === 'chat') {
      const chosen = options.defaultModel()
      return chosen === model.id || (chosen === null && first) ? ['It answers your questions.'] : []
    }
    if (model.role === 'reranking') return first ? ['It puts the passages of every search into order.'] : []
    const fingerprint = await modelFingerprint(model.path).catch(() => null)
    return libraryStore
      .list()
      .filter(({ indexFingerprint }) => fingerprint !== null && indexFingerprint?.includes(fingerprint))
      .map(({ name }) => `The library “${name}” is searched with it.`)
  }

  /** What a model is doing at this moment; null: nothing. */
  async function work(model: Model): Promise<string | null> {
    if (engine.isInUse(model)) return `${model.name} is answering a question.`
    const training = (await runsWith(model)).find(({ state }) => state === 'running')
    if (training) return `${model.name} is part of the training “${training.manifest.name}”, which is going on.`
    if (model.role !== 'embedding' || (await registry.firstUsable(model.role))?.id !== model.id) return null
    const [job] = jobStore.open().filter(({ kind }) => kind === 'ingestion')
    return job ? `${model.name} is reading the library “${job.title}”.` : null
  }

  return {
    fit: (reference) =>
      fitModel(reference, {
        modelsDir,
        slots: CHAT_SLOTS,
        contextLength: options.contextLength() ?? DEFAULT_CONTEXT,
        hub: options.hub(),
        trainingBytes: stepBytes,
        tokensPerSecond,
      }),
    async info(id) {
      const model = await registry.get(id)
      if (model.remote) return remoteDetails(model, await usesOf(model))
      if (model.error && model.sizeBytes === 0) throw new AppError(model.error)
      return { ...(await modelDetails(model)), uses: await usesOf(model) }
    },
    async verify(id) {
      const model = await registry.get(id)
      if (model.remote)
        throw appError('INVALID_INPUT', `“${model.name}” has no file here to check.`, 'Ask whoever runs its server.')
      return verifyModel(model.path)
    },
    async remove(id) {
      const model = await registry.get(id)
      const doing = await work(model)
      if (doing !== null) throw appError('MODEL_IN_USE', doing, 'Wait until it is done, or stop it.')
      if (model.remote) {
        options.remotes.remove(id)
        return model
      }
      await registry.remove(id)
      if (model.path.startsWith(modelsDir + sep) && (await readSource(model.path))) {
        await engine.release(model)
        await removeModelFiles(model.path)
      }
      await options.changed(model)
      return model
    },
  }
}

/** What is known about a model on a server. */
function remoteDetails(model: Model, uses: string[]): ModelDetails {
  const { remote } = model
  const facts = remote
    ? { host: remote.host, model: remote.model, speaks: remote.speaks, scores: remote.scores.how }
    : {}
  return {
    model,
    source: null,
    uses,
    layers: null,
    embeddingLength: null,
    vocabulary: null,
    tokenizer: null,
    chatTemplate: null,
    metadata: Object.entries(facts).map(([key, value]) => ({ key, value })),
  }
}
