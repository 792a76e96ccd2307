import { rm, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import {
  appError,
  isFinal,
  type Job,
  type JobKind,
  type Model,
  type Progress,
  type WeightType,
} from '../contract/index.ts'
import {
  downloadModel,
  type HubOptions,
  hashFile,
  importCheckpoint,
  type ModelRegistry,
  removePartial,
  resolveModel,
  writeSource,
} from '../models/index.ts'
import type { JobStore } from '../store/index.ts'
import type { JobContext, JobRunner } from './jobs.ts'

/** Models on their way: one at a time is fetched or converted, the others wait in a queue. */
export interface Downloads {
  /** Starts to fetch a model, goes on with it, or finds the job that does so already. */
  download(reference: string, type: WeightType): Job
  /** Starts to convert the checkpoint in a folder. */
  import(path: string, type: WeightType): Job
  /** The newest job of each model that is not here yet: what runs, waits, was paused, interrupted or failed. */
  list(): Job[]
  pause(id: string): Promise<void>
  /** Goes on with what was paused or failed. */
  resume(id: string): Job
  /** Stops it, and deletes what was fetched. */
  discard(id: string): Promise<void>
  /** Goes on with the downloads that the end of the service interrupted. */
  resumeInterrupted(): void
}

export interface DownloadsOptions {
  /** Folder that fetched and converted models are kept in. */
  modelsDir: string
  registry: ModelRegistry
  jobs: JobRunner
  jobStore: JobStore
  hub(): HubOptions
  /** Called when a model came. */
  added(model: Model): Promise<void>
}

const QUEUE = 'models'
const KINDS: readonly JobKind[] = ['download', 'import']
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

/** What a job brings is its subject: two jobs with the same one would do the same. */
const subjectOf = (reference: string, type: WeightType): string => `${type} ${reference}`

function partsOf(subject: string): { reference: string; type: WeightType } {
  const [type = ''] = subject.split(' ', 1)
  return { type: type as WeightType, reference: subject.slice(type.length + 1) }
}

/** Creates the downloads and conversions of a service. */
export function createDownloads(options: DownloadsOptions): Downloads {
  const { modelsDir, registry, jobs, jobStore } = options

  const running = (subject: string): Job | undefined =>
    jobStore.open().find((job) => job.subjectId === subject && !isFinal(job.state))

  function known(id: string): Job {
    const job = jobStore.get(id)
    if (job && KINDS.includes(job.kind)) return job
    throw appError('NOT_FOUND', 'This download is not known.', 'Look at the list of downloads again.')
  }

  async function finish(path: string, { emit }: JobContext): Promise<undefined> {
    const model = await registry.add(path)
    await options.added(model)
    emit({ type: 'model', model })
    return undefined
  }

  /** @param file name of the new file, without its type */
  async function convert(
    folder: string,
    { file, name }: { file: string; name: string },
    type: WeightType,
    context: JobContext,
  ): Promise<string> {
    const path = join(modelsDir, `${file}-${type}.gguf`)
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
    const hub = options.hub()
    const remote = await resolveModel(reference, hub, signal)
    const tell = createMeter(emit)
    const name = basename(remote.reference).replace(/@.*$/, '')
    const fetched = await downloadModel(remote, modelsDir, {
      hub,
      signal,
      onFiles: (paths) => emit({ type: 'targets', paths }),
      onProgress: ({ what, doneBytes, totalBytes }) =>
        tell(`${what === 'fetching' ? 'Fetching' : 'Checking'} ${name}`, doneBytes, totalBytes),
    })
    if (remote.format === 'gguf') return finish(fetched, context)
    const path = await convert(fetched, { file: remote.folder, name }, type, context)
    await writeSource(path, {
      reference: remote.reference,
      sha256: await hashFile(path, signal),
      fetchedAt: Date.now(),
    })
    await rm(fetched, { recursive: true, force: true })
    return finish(path, context)
  }

  function download(reference: string, type: WeightType): Job {
    const subject = subjectOf(reference, type)
    return (
      running(subject) ??
      jobs.start('download', subject, reference, (context) => fetchModel(reference, type, context), QUEUE)
    )
  }

  function convertFolder(path: string, type: WeightType): Job {
    const folder = resolve(path)
    const subject = subjectOf(folder, type)
    return (
      running(subject) ??
      jobs.start(
        'import',
        subject,
        basename(folder),
        async (context) => {
          const name = basename(folder)
          const made = await convert(folder, { file: name, name }, type, context)
          const sha256 = await hashFile(made, context.signal)
          await writeSource(made, { reference: folder, sha256, fetchedAt: Date.now() })
          return finish(made, context)
        },
        QUEUE,
      )
    )
  }

  function restart({ kind, subjectId }: Job): Job {
    const { reference, type } = partsOf(subjectId)
    return kind === 'import' ? convertFolder(reference, type) : download(reference, type)
  }

  function newest(kind: JobKind): Job[] {
    const found = new Map<string, Job>()
    for (const job of jobStore.ofKind(kind)) if (!found.has(job.subjectId)) found.set(job.subjectId, job)
    return [...found.values()]
  }

  /** Files that the jobs of a subject began and that belong to no model in the list. */
  async function strays({ kind, subjectId }: Job): Promise<string[]> {
    const begun = jobStore
      .ofKind(kind)
      .filter((job) => job.subjectId === subjectId)
      .flatMap(({ id }) => jobStore.events(id, 0))
      .flatMap(({ event }) => (event.type === 'targets' ? event.paths : []))
    const models = await registry.list()
    const taken = new Set(models.map(({ path }) => path))
    return [...new Set(begun)].filter((path) => path.startsWith(modelsDir + sep) && !taken.has(path))
  }

  return {
    download,
    import: convertFolder,
    list: () =>
      KINDS.flatMap(newest)
        .filter(({ kind, state }) => state !== 'succeeded' && (kind === 'download' || state !== 'stopped'))
        .sort((a, b) => a.createdAt - b.createdAt),
    pause: (id) => jobs.pause(known(id).id),
    resume: (id) => restart(known(id)),
    async discard(id) {
      const job = known(id)
      const working = running(job.subjectId)
      if (working) await jobs.stop(working.id)
      for (const path of await strays(job)) {
        removePartial(path)
        await rm(path, { force: true })
        if ((await stat(dirname(path)).catch(() => null)) && dirname(path) !== modelsDir)
          await rmdir(dirname(path)).catch(() => undefined)
      }
      jobStore.forget(job.kind, job.subjectId)
    },
    resumeInterrupted() {
      for (const job of newest('download')) if (job.state === 'interrupted') restart(job)
    },
  }
}
