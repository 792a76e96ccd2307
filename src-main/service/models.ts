import { rm, stat } from 'node:fs/promises'
import { basename, join, resolve, sep } from 'node:path'
import { AppError, appError, isFinal, type Job, type Model, type Progress, type WeightType } from '../contract/index.ts'
import {
  downloadModel,
  fitModel,
  hashFile,
  importCheckpoint,
  type ModelRegistry,
  modelDetails,
  readSource,
  removeModelFiles,
  resolveModel,
  writeSource,
} from '../models/index.ts'
import type { JobStore } from '../store/index.ts'
import { CHAT_SLOTS, DEFAULT_CONTEXT, type Engine } from './engine.ts'
import { type JobContext, type JobRunner, serviceClosing } from './jobs.ts'

/** How models come to this computer and leave it again. */
export interface Models {
  /** Starts to fetch a model, or finds the job that does so already. */
  download(reference: string, type: WeightType): Job
  /** Starts to convert the checkpoint in a folder. */
  import(path: string, type: WeightType): Job
  /** Goes on with the downloads that the end of the service interrupted. */
  resume(): void
  fit(reference: string): ReturnType<typeof fitModel>
  info(id: string): ReturnType<typeof modelDetails>
  verify(id: string): Promise<{ sha256: string; expected: string | null; intact: boolean | null }>
  /** @throws {AppError} MODEL_IN_USE */
  remove(id: string): Promise<Model>
}

export interface ModelsOptions {
  /** Folder that fetched and converted models are kept in. */
  modelsDir: string
  registry: ModelRegistry
  jobs: JobRunner
  jobStore: JobStore
  engine: Engine
  contextLength(): number | null
  /** Called when a model came or went. */
  changed(model: Model): Promise<void>
}

const QUEUE = 'models'
/** Progress is told this often, ms. */
const TELL_MS = 500
/** Weight of the newest speed in the running one. */
const SMOOTHING = 0.3

/** Tells how far work is, in bytes, now and then. */
function createMeter(emit: JobContext['emit']): (what: string, done: number, total: number) => void {
  let last: { what: string; at: number; done: number } | null = null
  let rate: number | null = null
  return (what, done, total) => {
    const now = performance.now()
    if (last?.what === what) {
      if (now - last.at < TELL_MS && done < total) return
      const speed = (1000 * (done - last.done)) / Math.max(1, now - last.at)
      rate = rate === null ? speed : SMOOTHING * speed + (1 - SMOOTHING) * rate
    } else {
      rate = null
    }
    last = { what, at: now, done }
    const leftMs = rate === null || rate <= 0 || total === 0 ? null : Math.round((1000 * (total - done)) / rate)
    const progress: Progress = { what, done, total, unit: 'bytes', rate: rate && Math.round(rate), leftMs }
    emit({ type: 'progress', progress })
  }
}

/** What a download has to fetch is its subject: the kind of the weights only matters to checkpoints. */
const subjectOf = (reference: string, type: WeightType): string => `${type} ${reference}`

/** Creates the manager of a service's models. */
export function createModels(options: ModelsOptions): Models {
  const { modelsDir, registry, jobs, jobStore, engine } = options

  const running = (subject: string): Job | undefined =>
    jobStore.open().find((job) => job.subjectId === subject && !isFinal(job.state))

  async function finish(path: string, { emit }: JobContext): Promise<undefined> {
    const model = await registry.add(path)
    await options.changed(model)
    emit({ type: 'model', model })
    return undefined
  }

  async function convert(folder: string, name: string, type: WeightType, context: JobContext): Promise<string> {
    const path = join(modelsDir, `${name}-${type}.gguf`)
    const tell = createMeter(context.emit)
    await importCheckpoint(
      { dir: folder, path, type, name },
      {
        signal: context.signal,
        onProgress: ({ doneBytes, totalBytes }) => tell(`Converting ${name}`, doneBytes, totalBytes),
      },
    )
    return path
  }

  async function fetchModel(reference: string, type: WeightType, context: JobContext): Promise<undefined> {
    const { signal, emit } = context
    const remote = await resolveModel(reference, undefined, signal)
    const tell = createMeter(emit)
    const fetched = await downloadModel(remote, modelsDir, {
      signal,
      onProgress: ({ what, doneBytes, totalBytes }) =>
        tell(`${what === 'fetching' ? 'Fetching' : 'Checking'} ${remote.folder}`, doneBytes, totalBytes),
    })
    if (remote.format === 'gguf') return finish(fetched, context)
    const path = await convert(fetched, remote.folder, type, context)
    await writeSource(path, {
      reference: remote.reference,
      sha256: await hashFile(path, signal),
      fetchedAt: Date.now(),
    })
    await rm(fetched, { recursive: true, force: true })
    return finish(path, context)
  }

  /** A job that the end of the service stops is one to go on with. */
  const resumable = async (work: Promise<undefined>, signal: AbortSignal) => {
    try {
      return await work
    } catch (error) {
      if (signal.reason === serviceClosing) return { state: 'interrupted' as const, error: null }
      throw error
    }
  }

  function download(reference: string, type: WeightType): Job {
    const subject = subjectOf(reference, type)
    return (
      running(subject) ??
      jobs.start(
        'download',
        subject,
        reference,
        (context) => resumable(fetchModel(reference, type, context), context.signal),
        QUEUE,
      )
    )
  }

  return {
    download,
    import(path, type) {
      const folder = resolve(path)
      return (
        running(subjectOf(folder, type)) ??
        jobs.start(
          'import',
          subjectOf(folder, type),
          basename(folder),
          async (context) => {
            const made = await convert(folder, basename(folder), type, context)
            const sha256 = await hashFile(made, context.signal)
            await writeSource(made, { reference: folder, sha256, fetchedAt: Date.now() })
            return finish(made, context)
          },
          QUEUE,
        )
      )
    },
    resume() {
      const newest = new Map<string, Job>()
      for (const job of jobStore.list()) {
        if (job.kind === 'download' && !newest.has(job.subjectId)) newest.set(job.subjectId, job)
      }
      for (const { state, subjectId, title } of newest.values()) {
        if (state === 'interrupted') download(title, subjectId.split(' ')[0] as WeightType)
      }
    },
    fit: (reference) =>
      fitModel(reference, {
        modelsDir,
        slots: CHAT_SLOTS,
        contextLength: options.contextLength() ?? DEFAULT_CONTEXT,
      }),
    async info(id) {
      const model = await registry.get(id)
      if (model.error && model.sizeBytes === 0) throw new AppError(model.error)
      return modelDetails(model)
    },
    async verify(id) {
      const { path } = await registry.get(id)
      await stat(path).catch(() => {
        throw appError('MODEL_MISSING', `There is no model file at ${path}.`, 'Download or add the model again.')
      })
      const sha256 = await hashFile(path)
      const expected = (await readSource(path))?.sha256 ?? null
      return { sha256, expected, intact: expected === null ? null : sha256 === expected }
    },
    async remove(id) {
      const model = await registry.get(id)
      if (engine.isInUse(model)) {
        throw appError(
          'MODEL_IN_USE',
          `${model.name} is answering a question.`,
          'Wait until the answer is there, or stop it.',
        )
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
