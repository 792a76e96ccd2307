import { randomInt } from 'node:crypto'
import { answerSpans } from '../../agent/index.ts'
import {
  AppError,
  appError,
  type Change,
  type Draft,
  type Drafting,
  type DraftingInput,
  type DraftReview,
  type DraftState,
  type Job,
  type Model,
  type Passage,
  passageEvidence,
  usualWriter,
} from '../../contract/index.ts'
import {
  checkDraft,
  findPair,
  isSound,
  isTelling,
  placeInWalk,
  questionKey,
  type WriteQuestion,
  type WrittenQuestion,
} from '../../evaluation/index.ts'
import type { ModelRegistry } from '../../models/index.ts'
import type { DraftingRow, DraftStore, JobStore } from '../../store/index.ts'
import { emptyLibrary } from '../answer.ts'
import type { Engine } from '../engine.ts'
import type { JobContext, JobResult, JobRunner } from '../jobs.ts'
import type { Libraries } from '../libraries.ts'
import type { QuestionSets } from '../questions.ts'
import { createPace } from './pace.ts'
import { cannotWrite, trialOf, writerOf } from './ports.ts'

/** Questions that models write about the passages of a library, and what people think of them. */
export interface Draftings {
  /** @throws {AppError} NOT_FOUND, EMPTY_LIBRARY, INVALID_INPUT (a model that cannot write), what makes a model unusable */
  start(input: DraftingInput): Promise<{ drafting: Drafting; jobId: string }>
  /** @throws {AppError} NOT_FOUND */
  resume(id: string): { drafting: Drafting; jobId: string }
  /** @throws {AppError} NOT_FOUND */
  draftings(setId: string): Drafting[]
  list(
    setId: string,
    options: { state?: DraftState | undefined; offset: number; limit: number },
  ): { drafts: Draft[]; total: number }
  /** @throws {AppError} NOT_FOUND; what `QuestionSets.add` throws */
  review(review: DraftReview): Promise<Draft>
  /** Goes on with the draftings that the end of the service interrupted. */
  resumeInterrupted(): void
  /** Stops the work that writes for a set. */
  stopFor(setId: string): Promise<void>
}

export interface DraftingsOptions {
  store: DraftStore
  questions: QuestionSets
  libraries: Libraries
  models: ModelRegistry
  engine: Engine
  jobs: JobRunner
  jobStore: JobStore
  changed(change: Change): void
}

/** Draftings work one after the other. */
const QUEUE = 'drafting'
/** Questions that one model writes before another one tries them: between the two, models are loaded. */
const BATCH = 8
/** Passages that are tried for each question that is wanted, before the work gives up, and at least. */
const TRIES = 10
const LEAST_TRIES = 20

/** A question with the passages that it was written about. */
interface Candidate {
  passages: readonly Passage[]
  written: WrittenQuestion | null
}

/** Creates the draftings of a service. */
export function createDraftings(options: DraftingsOptions): Draftings {
  const { store, questions, libraries, models, engine, jobs, jobStore, changed } = options

  function row(id: string): DraftingRow {
    const found = store.drafting(id)
    if (!found) throw appError('NOT_FOUND', 'This work is no longer known.', 'Start it anew.')
    return found
  }

  const newestJob = (id: string): Job | undefined =>
    jobStore.ofKind('drafting').find(({ subjectId }) => subjectId === id)

  function describe(drafting: DraftingRow): Drafting {
    const { id, setId, count, tried, unreadable, createdAt } = drafting
    const { passed, dropped } = store.outcome(id)
    const none = { 'in-passage': 0, new: 0, 'closed-book': 0, 'with-library': 0, 'needs-both': 0 }
    return {
      id,
      setId,
      jobId: newestJob(id)?.id ?? null,
      passed,
      count,
      tried,
      dropped: { ...none, ...Object.fromEntries(dropped), unreadable },
      createdAt,
    }
  }

  async function usable(path: string): Promise<Model> {
    const model = await models.atPath(path)
    if (model.error) throw new AppError(model.error)
    if (model.role !== 'chat')
      throw appError('INVALID_INPUT', `${model.name} is a model for ${model.role}.`, 'Choose a chat model.')
    return model
  }

  /** The passages of one try: one, or a pair that a question can lead through. */
  async function choose(drafting: DraftingRow, n: number, signal: AbortSignal): Promise<readonly Passage[]> {
    const { libraryId, seed, twoPassages } = drafting
    const { passages } = libraries.get(libraryId)
    const passage = await libraries.passageAt(libraryId, placeInWalk(n, passages, seed))
    if (!passage || !isTelling(passage)) return []
    // Spreads the pairs evenly over the tries.
    const wantsTwo = Math.floor((n + 1) * twoPassages) > Math.floor(n * twoPassages)
    if (!wantsTwo) return [passage]
    const search = (query: string, limit: number, stop?: AbortSignal) => libraries.search(libraryId, query, limit, stop)
    return (await findPair(passage, search, seed + n, signal)) ?? [passage]
  }

  async function write(
    drafting: DraftingRow,
    n: number,
    writer: WriteQuestion,
    signal: AbortSignal,
  ): Promise<Candidate> {
    const passages = await choose(drafting, n, signal)
    const written = passages.length === 0 ? null : await writer(passages, drafting.seed + n, signal)
    return { passages, written }
  }

  /** A question of the set, or a draft that waits for a person, that asks the same. */
  function sameAs(setId: string): (written: WrittenQuestion) => string | null {
    const { drafts } = store.list(setId, { state: 'waiting', offset: 0, limit: Number.MAX_SAFE_INTEGER })
    return ({ question }) => {
      const key = questionKey(question)
      return (
        questions.same(setId, question)?.question ??
        drafts.find((draft) => questionKey(draft.question) === key)?.question ??
        null
      )
    }
  }

  async function work(id: string, { signal, emit }: JobContext): Promise<JobResult | undefined> {
    const begun = row(id)
    const { setId, libraryId, count } = begun
    const library = await libraries.whenSearchable(libraryId, signal)
    if (library.passages === 0) throw emptyLibrary(library.name)
    const [writerModel, checkerModel] = [await usable(begun.writer), await usable(begun.checker)]
    const writer = writerOf(engine, writerModel)
    const trial = trialOf(engine, checkerModel, libraries, libraryId)
    const batch = begun.writer === begun.checker ? 1 : BATCH
    const most = Math.max(LEAST_TRIES, TRIES * count)
    const pace = createPace(store.outcome(id).passed)
    const tell = (): void => {
      const { passed } = store.outcome(id)
      emit({ type: 'progress', progress: pace('Writing and trying questions', passed, count) })
      changed({ topic: 'questions', id: setId })
    }
    tell()
    for (;;) {
      const drafting = row(id)
      if (store.outcome(id).passed >= count || drafting.tried >= most) return undefined
      const candidates: Candidate[] = []
      while (candidates.length < batch) {
        signal.throwIfAborted()
        candidates.push(await write(drafting, drafting.tried + candidates.length, writer, signal))
      }
      for (const { passages, written } of candidates) {
        signal.throwIfAborted()
        if (store.outcome(id).passed >= count) return undefined
        if (written === null) store.keep(id, null)
        else {
          const { question, answer } = written
          const checks = await checkDraft(written, passages, { ...trial, same: sameAs(setId) }, signal)
          store.keep(id, {
            setId,
            hops: passages.length > 1 ? 2 : 1,
            question,
            answers: [answer],
            evidence: passages.map((passage, i) =>
              passageEvidence(passage, i === passages.length - 1 ? answerSpans(answer, passage.text) : []),
            ),
            writer: writerModel.name,
            checker: checkerModel.name,
            checks,
            state: isSound(checks) ? 'waiting' : 'dropped',
          })
        }
        tell()
      }
    }
  }

  function run(id: string): { drafting: Drafting; jobId: string } {
    const { setId } = row(id)
    const running = jobStore.open().find(({ kind, subjectId }) => kind === 'drafting' && subjectId === id)
    const { name } = questions.get(setId)
    const job = running ?? jobs.start('drafting', id, name, (context) => work(id, context), QUEUE)
    if (!running) void jobs.finished(job.id).then(() => changed({ topic: 'questions', id: setId }))
    changed({ topic: 'questions', id: setId })
    return { drafting: describe(row(id)), jobId: job.id }
  }

  function draft(id: string): Draft {
    const found = store.get(id)
    if (!found) throw appError('NOT_FOUND', 'This draft no longer exists.', 'Look at the queue again.')
    return found
  }

  return {
    async start({ setId, libraryId, writer, checker, count, twoPassages }) {
      const set = questions.get(setId)
      const library = libraries.get(libraryId ?? set.libraryId ?? libraries.list()[0]?.id ?? '')
      if (library.passages === 0 && !library.jobId) throw emptyLibrary(library.name)
      const usual = writer === undefined ? usualWriter(await models.list()) : null
      const writing = usual?.writer ?? (writer === undefined ? null : await usable(writer))
      if (!writing) {
        throw appError(
          'MODEL_MISSING',
          'No model that is installed can write questions.',
          'Get a chat model that follows instructions in Models.',
        )
      }
      if (writing.writes === null) throw cannotWrite(writing)
      const { path } = checker === undefined ? (usual?.checker ?? writing) : await usable(checker)
      if (set.libraryId === null) questions.update(setId, { libraryId: library.id })
      const seed = randomInt(2 ** 26)
      return run(
        store.begin({ setId, libraryId: library.id, writer: writing.path, checker: path, count, twoPassages, seed }),
      )
    },
    resume: run,
    draftings(setId) {
      questions.get(setId)
      return store.draftings(setId).map(describe)
    },
    list(setId, wanted) {
      questions.get(setId)
      return store.list(setId, wanted)
    },
    async review({ id, decision, content }) {
      const { setId, question, answers, evidence, questionId } = draft(id)
      if (questionId !== null && decision !== 'accept') questions.remove(setId, [questionId])
      if (decision === 'accept') {
        const put = content ?? { question, answers, tags: [], evidence }
        const made =
          questionId === null
            ? await questions.add(setId, put, 'drafted')
            : await questions.edit(setId, questionId, put)
        store.setState(id, 'accepted', made.id)
      } else {
        store.setState(id, decision === 'reject' ? 'rejected' : 'waiting', null)
      }
      changed({ topic: 'questions', id: setId })
      return draft(id)
    },
    resumeInterrupted() {
      const seen = new Set<string>()
      for (const { subjectId, state } of jobStore.ofKind('drafting')) {
        if (!seen.has(subjectId) && state === 'interrupted' && store.drafting(subjectId)) run(subjectId)
        seen.add(subjectId)
      }
    },
    async stopFor(setId) {
      const mine = new Set(store.draftings(setId).map(({ id }) => id))
      for (const { id, kind, subjectId } of jobStore.open())
        if (kind === 'drafting' && mine.has(subjectId)) await jobs.stop(id)
    },
  }
}
