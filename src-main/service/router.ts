import { implement, ORPCError } from '@orpc/server'
import {
  appError,
  contract,
  type ErrorValue,
  type Job,
  type Model,
  type Offers,
  remoteName,
  toErrorValue,
} from '../contract/index.ts'
import { testBackend } from '../inference/index.ts'
import type { ModelRegistry } from '../models/index.ts'
import type { JobStore, NetworkStore, SettingsStore } from '../store/index.ts'
import type { Adapters } from './adapters.ts'
import type { Changes } from './changes.ts'
import type { Comparisons } from './comparisons.ts'
import type { Downloads } from './downloads.ts'
import type { Draftings } from './drafting/drafting.ts'
import { addBenchmark, type BenchmarkOptions } from './evaluating/benchmark.ts'
import type { Evaluations } from './evaluating/evaluations.ts'
import type { Hub } from './hub.ts'
import type { JobRunner } from './jobs.ts'
import type { Libraries } from './libraries.ts'
import type { Models } from './models.ts'
import { openOriginal, originalBytes } from './original.ts'
import type { Promotions } from './promotions.ts'
import type { QuestionSets } from './questions.ts'
import type { Recognition } from './recognition.ts'
import type { Remotes } from './remotes.ts'
import type { Runs } from './runs/runs.ts'
import { browse, hardware, systemInfo } from './system.ts'
import type { Threads } from './threads.ts'
import type { Training } from './training.ts'

/** What the calls of the contract are made of. */
export interface RouterParts {
  version: string
  dataDir: string
  changes: Changes
  settings: SettingsStore
  libraries: Libraries
  models: ModelRegistry
  management: Models
  downloads: Downloads
  adapters: Adapters
  hub: Hub
  remotes: Remotes
  network: NetworkStore
  recognition: Recognition
  modelsChanged(model: Model): Promise<void>
  catalogue(): Promise<Offers>
  /** Path of the small model that back ends are tried with. */
  testModel: string
  threads: Threads
  comparisons: Comparisons
  evaluations: Evaluations
  benchmarks: BenchmarkOptions
  questions: QuestionSets
  draftings: Draftings
  runs: Runs
  promotions: Promotions
  training: Training
  jobs: JobRunner
  jobStore: JobStore
}

/** ` (name: Too big: …)`: where and why the input was refused, when validation says so. */
function firstIssue(data: { issues?: { path?: unknown[]; message?: string }[] } | undefined): string {
  const issue = data?.issues?.[0]
  return issue ? ` (${[issue.path?.join('.'), issue.message].filter(Boolean).join(': ')})` : ''
}

/** The values that were given. */
function defined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

function toCallError(thrown: unknown): ORPCError<string, ErrorValue> {
  if (thrown instanceof ORPCError && thrown.data?.code === thrown.code) return thrown
  const value: ErrorValue =
    thrown instanceof ORPCError && (thrown.code === 'BAD_REQUEST' || thrown.code === 'NOT_FOUND')
      ? {
          code: 'INVALID_INPUT',
          message: `The request does not have the expected form${firstIssue(thrown.data)}.`,
          action: 'Reload the window; if it happens again, copy the details into a report.',
          detail: `${thrown.message} ${JSON.stringify(thrown.data)}`,
        }
      : toErrorValue(thrown)
  return new ORPCError(value.code, { message: value.message, data: value, status: 500 })
}

/** The contract, implemented by the parts of a service. */
export function createRouter(parts: RouterParts) {
  const { changes, settings, libraries, models, management, downloads, hub } = parts
  const { threads, comparisons, evaluations, questions, draftings, runs, promotions, training, jobs, jobStore } = parts
  const os = implement(contract)
    .$config({ initialInputValidationIndex: Number.POSITIVE_INFINITY })
    .use(async ({ next }) => {
      try {
        return await next()
      } catch (error) {
        throw toCallError(error)
      }
    })

  function job(id: string): Job {
    const found = jobStore.get(id)
    if (!found) throw appError('NOT_FOUND', 'This job is not known.', 'Look at the list of jobs again.')
    return found
  }

  return os.router({
    system: {
      info: os.system.info.handler(() => systemInfo(parts.version, parts.dataDir)),
      changes: os.system.changes.handler(({ signal }) => changes.listen(signal)),
      settings: os.system.settings.handler(() => settings.get()),
      updateSettings: os.system.updateSettings.handler(async ({ input }) => {
        const before = settings.get()
        const updated = settings.update(input)
        changes.tell({ topic: 'settings' })
        if (updated.ocr.length > 0 && updated.ocr.join() !== before.ocr.join()) libraries.readScansAgain()
        if (updated.rerank !== before.rerank) await libraries.refreshAll()
        return updated
      }),
      browse: os.system.browse.handler(({ input }) => browse(input.path, input.extensions)),
      network: os.system.network.handler(() => parts.network.list()),
      ocrLanguages: os.system.ocrLanguages.handler(() => parts.recognition.list()),
      fetchOcrLanguage: os.system.fetchOcrLanguage.handler(async ({ input, signal }) => {
        await parts.recognition.fetch(input.code, signal)
        changes.tell({ topic: 'settings' })
        return {}
      }),
      hardware: os.system.hardware.handler(() => hardware(parts.dataDir)),
      testBackend: os.system.testBackend.handler(({ input }) => testBackend(input.backend, parts.testModel)),
    },
    libraries: {
      list: os.libraries.list.handler(() => libraries.list()),
      create: os.libraries.create.handler(({ input }) => libraries.create(input.name)),
      rename: os.libraries.rename.handler(({ input }) => libraries.rename(input.id, input.name)),
      delete: os.libraries.delete.handler(async ({ input }) => {
        await libraries.delete(input.id)
        return {}
      }),
      addSources: os.libraries.addSources.handler(({ input: { id, paths, rules } }) =>
        libraries.addSources(id, paths, defined(rules ?? {})),
      ),
      // Not a generator itself, as `jobs.events`.
      survey: os.libraries.survey.handler(({ input: { id, paths, rules }, signal }) =>
        libraries.survey(paths, { id, rules: rules && defined(rules), signal }),
      ),
      removeSource: os.libraries.removeSource.handler(({ input }) => libraries.removeSource(input.id, input.sourceId)),
      refresh: os.libraries.refresh.handler(({ input }) => libraries.refresh(input.id)),
      retry: os.libraries.retry.handler(({ input }) => libraries.retry(input.id, input.fileIds)),
      setRules: os.libraries.setRules.handler(({ input }) => libraries.setRules(input.id, defined(input.rules))),
      exclude: os.libraries.exclude.handler(({ input }) => libraries.exclude(input.id, input.fileId)),
      pause: os.libraries.pause.handler(({ input }) => libraries.pause(input.id)),
      resume: os.libraries.resume.handler(({ input }) => libraries.unpause(input.id)),
      files: os.libraries.files.handler(({ input: { id, ...query } }) => libraries.files(id, defined(query))),
      search: os.libraries.search.handler(async ({ input, signal }) => {
        const started = performance.now()
        const hits = await libraries.search(input.id, input.query, input.limit, signal, input.filter)
        return { hits, ms: performance.now() - started }
      }),
      explain: os.libraries.explain.handler(({ input, signal }) =>
        libraries.explain(input.id, input.fileId, input, signal),
      ),
      document: os.libraries.document.handler(({ input }) => libraries.document(input.id, input.fileId)),
      bytes: os.libraries.bytes.handler(({ input: { id, fileId, start, end } }) =>
        libraries.file(id, fileId).then((file) => originalBytes(file, start, end)),
      ),
      recognizedWords: os.libraries.recognizedWords.handler(({ input: { id, fileId, page }, signal }) =>
        libraries.recognizedWords(id, fileId, page, signal),
      ),
      open: os.libraries.open.handler(({ input }) => libraries.file(input.id, input.fileId).then(openOriginal)),
    },
    models: {
      list: os.models.list.handler(() => models.list()),
      add: os.models.add.handler(async ({ input }) => {
        const model = await models.add(input.path)
        await parts.modelsChanged(model)
        return model
      }),
      setPrompt: os.models.setPrompt.handler(async ({ input }) => {
        const model =
          remoteName(input.id) === null
            ? await models.setPrompt(input.id, input.prompt)
            : parts.remotes.setPrompt(input.id, input.prompt)
        changes.tell({ topic: 'models' })
        return model
      }),
      rename: os.models.rename.handler(async ({ input }) => {
        const model = await models.rename(input.id, input.name)
        changes.tell({ topic: 'models' })
        return model
      }),
      remove: os.models.remove.handler(async ({ input }) => {
        await management.remove(input.id)
        return {}
      }),
      info: os.models.info.handler(({ input }) => management.info(input.id)),
      catalogue: os.models.catalogue.handler(() => parts.catalogue()),
      fit: os.models.fit.handler(({ input }) => management.fit(input.reference)),
      download: os.models.download.handler(({ input }) => ({
        jobId: downloads.download(input.reference, input.type).id,
      })),
      import: os.models.import.handler(({ input }) => ({ jobId: downloads.import(input.path, input.type).id })),
      verify: os.models.verify.handler(({ input }) => management.verify(input.id)),
      importAdapter: os.models.importAdapter.handler(async ({ input }) => ({
        path: await parts.adapters.import(input.path, input.modelId),
      })),
      export: os.models.export.handler(async ({ input }) => ({ path: await parts.adapters.export(input) })),
      downloads: os.models.downloads.handler(() => downloads.list()),
      pause: os.models.pause.handler(async ({ input }) => {
        await downloads.pause(input.id)
        return {}
      }),
      resume: os.models.resume.handler(({ input }) => ({ jobId: downloads.resume(input.id).id })),
      discard: os.models.discard.handler(async ({ input }) => {
        await downloads.discard(input.id)
        changes.tell({ topic: 'jobs' })
        return {}
      }),
      offered: os.models.offered.handler(({ input }) => parts.remotes.offered(input)),
      connect: os.models.connect.handler(({ input }) => parts.remotes.connect(input)),
      hub: os.models.hub.handler(() => hub.access()),
      setHubToken: os.models.setHubToken.handler(({ input }) => {
        hub.setToken(input.token)
        return hub.access()
      }),
    },
    threads: {
      list: os.threads.list.handler(({ input }) => threads.list(input.query)),
      get: os.threads.get.handler(({ input }) => threads.get(input.id)),
      rename: os.threads.rename.handler(({ input }) => threads.rename(input.id, input.title)),
      delete: os.threads.delete.handler(async ({ input }) => {
        await threads.delete(input.id)
        return {}
      }),
      markdown: os.threads.markdown.handler(({ input }) => ({ markdown: threads.markdown(input.id) })),
      ask: os.threads.ask.handler(({ input }) => threads.ask(input)),
    },
    comparisons: {
      list: os.comparisons.list.handler(() => comparisons.list()),
      get: os.comparisons.get.handler(({ input }) => comparisons.get(input.id)),
      start: os.comparisons.start.handler(({ input }) => comparisons.start(input)),
      vote: os.comparisons.vote.handler(({ input }) => comparisons.vote(input.id, input.entry)),
      delete: os.comparisons.delete.handler(async ({ input }) => {
        await comparisons.delete(input.id)
        return {}
      }),
    },
    evaluations: {
      list: os.evaluations.list.handler(() => evaluations.list()),
      get: os.evaluations.get.handler(({ input }) => evaluations.get(input.id, input.reference)),
      plan: os.evaluations.plan.handler(({ input }) => evaluations.plan(input)),
      start: os.evaluations.start.handler(({ input }) => evaluations.start(input)),
      resume: os.evaluations.resume.handler(({ input }) => evaluations.resume(input.id)),
      delete: os.evaluations.delete.handler(async ({ input }) => {
        await evaluations.delete(input.id)
        return {}
      }),
      results: os.evaluations.results.handler(({ input: { id, filter, ...page } }) =>
        evaluations.results(id, filter, page),
      ),
      question: os.evaluations.question.handler(({ input }) =>
        evaluations.question(input.id, input.position, input.filter),
      ),
      vote: os.evaluations.vote.handler(({ input }) => {
        evaluations.vote(input.id, input.position, input.method)
        return {}
      }),
      reveal: os.evaluations.reveal.handler(({ input }) => {
        evaluations.reveal(input.id)
        return {}
      }),
      report: os.evaluations.report.handler(({ input }) => evaluations.report(input.id, input.format, input.reference)),
      addBenchmark: os.evaluations.addBenchmark.handler(({ input }) => addBenchmark(parts.benchmarks, input)),
    },
    questions: {
      sets: os.questions.sets.handler(() => questions.sets()),
      create: os.questions.create.handler(({ input }) => questions.create(input.name, input.libraryId)),
      update: os.questions.update.handler(({ input: { id, ...changes } }) => questions.update(id, changes)),
      import: os.questions.import.handler(({ input: { path, ...options } }) => questions.import(path, options)),
      list: os.questions.list.handler(({ input: { id, ...options } }) => questions.list(id, options)),
      add: os.questions.add.handler(({ input }) => questions.add(input.id, input.content, input.origin)),
      edit: os.questions.edit.handler(({ input }) => questions.edit(input.id, input.questionId, input.content)),
      remove: os.questions.remove.handler(({ input }) => ({
        questions: questions.remove(input.id, input.questionIds),
      })),
      restore: os.questions.restore.handler(({ input }) => {
        questions.restore(input.id, input.questions)
        return {}
      }),
      tag: os.questions.tag.handler(({ input: { id, questionIds, ...change } }) => {
        questions.tag(id, questionIds, change)
        return {}
      }),
      // Not a generator itself, as with the events of jobs.
      check: os.questions.check.handler(({ input, signal }) => questions.check(input.id, input.libraryId, signal)),
      export: os.questions.export.handler(({ input }) => questions.export(input.id, input.path, input.split)),
      jsonl: os.questions.jsonl.handler(({ input }) => ({ text: questions.jsonl(input.id, input.split) })),
      delete: os.questions.delete.handler(async ({ input }) => {
        await draftings.stopFor(input.id)
        questions.delete(input.id)
        return {}
      }),
    },
    drafts: {
      start: os.drafts.start.handler(({ input }) => draftings.start(input)),
      resume: os.drafts.resume.handler(({ input }) => draftings.resume(input.id)),
      draftings: os.drafts.draftings.handler(({ input }) => draftings.draftings(input.setId)),
      list: os.drafts.list.handler(({ input: { setId, ...wanted } }) => draftings.list(setId, wanted)),
      review: os.drafts.review.handler(({ input }) => draftings.review(input)),
    },
    runs: {
      preflight: os.runs.preflight.handler(({ input }) => training.preflight(input)),
      start: os.runs.start.handler(({ input }) => training.start(input)),
      list: os.runs.list.handler(() => runs.list()),
      get: os.runs.get.handler(({ input }) => training.get(input.id)),
      metrics: os.runs.metrics.handler(async ({ input: { id, since, limit } }) => ({
        lines: await runs.lines(id, since, limit),
      })),
      episodes: os.runs.episodes.handler(({ input: { id, ...wanted } }) => runs.episodes(id, wanted)),
      // Not a generator itself, as with the events of jobs.
      baseline: os.runs.baseline.handler(({ input, signal }) => training.baseline(input, signal)),
      export: os.runs.export.handler(({ input }) => runs.export(input.id, input.format)),
      pause: os.runs.pause.handler(({ input }) => runs.pause(input.id)),
      resume: os.runs.resume.handler(({ input }) => training.resume(input.id)),
      stop: os.runs.stop.handler(({ input }) => runs.stop(input.id)),
      delete: os.runs.delete.handler(async ({ input }) => {
        await runs.delete(input.id)
        changes.tell({ topic: 'runs', id: input.id })
        return {}
      }),
    },
    promotions: {
      list: os.promotions.list.handler(() => promotions.list()),
      promote: os.promotions.promote.handler(({ input }) => promotions.promote(input)),
      rollBack: os.promotions.rollBack.handler(({ input }) => promotions.rollBack(input.libraryId)),
    },
    jobs: {
      list: os.jobs.list.handler(() => jobStore.list()),
      get: os.jobs.get.handler(({ input }) => job(input.id)),
      // Not a generator itself: a stream that fails before its first event would lose the error's code on the way.
      events: os.jobs.events.handler(({ input, signal }) => {
        job(input.id)
        return jobs.follow(input.id, input.since, signal)
      }),
      stop: os.jobs.stop.handler(async ({ input }) => {
        await jobs.stop(input.id)
        return {}
      }),
    },
  })
}

export type ServiceRouter = ReturnType<typeof createRouter>
