import {
  appError,
  type Change,
  type Evaluation,
  type EvaluationInput,
  type EvaluationPlan,
  isFinal,
  type ResultDetail,
  type ResultFilter,
  type ResultRow,
  type ResultTable,
  type Trace,
} from '../../contract/index.ts'
import { reportHtml, tabulate } from '../../evaluation/index.ts'
import type { EvaluationRow, JobStore, StoredQuestion } from '../../store/index.ts'
import { emptyLibrary } from '../answer.ts'
import type { QuestionSets } from '../questions.ts'
import { chatLimits } from '../runs/facts.ts'
import { libraryFingerprint, readyMethod } from './keys.ts'
import { isKnown, keysOf, playEvaluation, type SittingParts } from './sitting.ts'

/** Sets of questions that methods answer, and what came of it. */
export interface Evaluations {
  list(): Evaluation[]
  /** @throws {AppError} NOT_FOUND, as all that follow */
  get(id: string, reference: number): { evaluation: Evaluation; table: ResultTable }
  /** @throws {AppError} NOT_FOUND, NO_QUESTIONS, INVALID_INPUT, EMPTY_LIBRARY */
  plan(input: EvaluationInput): Promise<EvaluationPlan>
  /** @throws {AppError} as `plan` */
  start(input: EvaluationInput): Evaluation
  /** Goes on with one that was stopped, interrupted or failed; what was played before is not played again. */
  resume(id: string): Evaluation
  delete(id: string): Promise<void>
  results(
    id: string,
    filter: ResultFilter,
    page: { offset: number; limit: number },
  ): { rows: ResultRow[]; total: number }
  question(id: string, position: number, filter: ResultFilter): ResultDetail
  vote(id: string, position: number, method: number | null): void
  reveal(id: string): void
  report(id: string, format: 'html' | 'json', reference: number): { name: string; text: string }
  /** Goes on with what the end of the service interrupted, unless that got nowhere the last time. */
  resumeInterrupted(): void
}

export interface EvaluationsOptions extends SittingParts {
  questions: QuestionSets
  jobStore: JobStore
  changed(change: Change): void
}

/** Evaluations run one after the other. */
const QUEUE = 'evaluation'
/** Changes are told at most this often while an evaluation runs, ms. */
const TELL_MS = 1000
/** While it runs, its table is made anew only after so many times the time that this takes. */
const REST = 20
const ALL = 1_000_000_000

type Chosen = Pick<EvaluationRow, 'methods' | 'sets' | 'arcap' | 'blind' | 'name'>
type Asked = Omit<StoredQuestion, 'position'>

/** Creates the evaluations of a service. */
export function createEvaluations(options: EvaluationsOptions): Evaluations {
  const { store, jobs, jobStore, libraries, questions, changed } = options
  const tables = new Map<string, { version: string; reference: number; table: ResultTable; at: number; took: number }>()

  function row(id: string): EvaluationRow {
    const found = store.get(id)
    if (!found) throw appError('NOT_FOUND', 'This evaluation no longer exists.', 'Choose another one.')
    return found
  }

  function describe({ resumedWith: _, ...found }: EvaluationRow): Evaluation {
    const job = jobStore.get(found.jobId)
    const { done, questions: count } = store.counts(found.id)
    const votes = store.votes(found.id)
    return {
      ...found,
      votes: { methods: found.methods.map((_, at) => votes.get(at) ?? 0), none: votes.get(-1) ?? 0 },
      state: job?.state ?? 'interrupted',
      progress: job?.progress ?? null,
      error: job?.error ?? null,
      done,
      total: found.methods.length * count,
    }
  }

  /** The questions of the sets, and the libraries that they are asked in. */
  function choose(input: EvaluationInput): { chosen: Chosen; asked: Asked[] } {
    const known = new Map(questions.sets().map((set) => [set.id, set]))
    const sets: Chosen['sets'] = []
    const asked: Asked[] = []
    for (const [at, { setId, libraryId, split, limit }] of input.sets.entries()) {
      const set = known.get(setId)
      if (!set) throw appError('NOT_FOUND', 'This question set no longer exists.', 'Look at the list of sets again.')
      const { questions: some } = questions.list(setId, { split, offset: 0, limit: limit ?? ALL })
      if (some.length === 0) {
        const which = split === undefined ? 'no questions' : `no questions for ${split}`
        throw appError('NO_QUESTIONS', `“${set.name}” holds ${which}.`, 'Choose another set, or all of its questions.')
      }
      const wanted = libraryId ?? set.libraryId
      if (wanted === null) {
        throw appError(
          'INVALID_INPUT',
          `It is not known in which library the answers to “${set.name}” are to be found.`,
          'Choose a library.',
        )
      }
      const library = libraries.get(wanted)
      if (library.passages === 0 && !library.jobId) throw emptyLibrary(library.name)
      sets.push({
        setId,
        name: set.name,
        library: { id: library.id, name: library.name },
        split: split ?? null,
        questions: some.length,
      })
      for (const { question, answers, evidence } of some) {
        const texts = evidence.map(({ title, text }) => ({ title, text }))
        asked.push({ set: at, question, answers, evidence: texts })
      }
    }
    const name =
      input.name ?? `${input.methods.map(({ label }) => label).join(', ')} on ${sets.map((s) => s.name).join(', ')}`
    const methods = input.methods.map((method) => ({ ...method, error: null }))
    return { chosen: { name, methods, sets, arcap: input.arcap, blind: input.blind }, asked }
  }

  /** Tells that an evaluation changed: now and then while it runs, and surely at its end. */
  function createTeller(id: string): () => void {
    let last = 0
    return () => {
      if (performance.now() - last < TELL_MS) return
      last = performance.now()
      changed({ topic: 'evaluations', id })
    }
  }

  function begin(id: string, unasked: boolean): Evaluation {
    const { name } = row(id)
    const work: Parameters<typeof jobs.start>[3] = (context) => {
      void jobs.finished(context.id).then(() => changed({ topic: 'evaluations', id }))
      return playEvaluation(options, id, context, createTeller(id))
    }
    const job = jobs.start('evaluation', id, name, work, QUEUE)
    store.setJob(id, job.id, unasked ? store.counts(id).done : null)
    changed({ topic: 'evaluations', id })
    return describe(row(id))
  }

  function tableOf(evaluation: Evaluation, reference: number): ResultTable {
    const { id, methods, sets, done, jobId } = evaluation
    const wanted = Math.min(reference, methods.length - 1)
    const version = `${jobId} ${done} ${wanted}`
    const known = tables.get(id)
    const resting = known && !isFinal(evaluation.state) && performance.now() < known.at + REST * known.took
    if (known && (known.version === version || (resting && known.reference === wanted))) return known.table
    const began = performance.now()
    const table = tabulate(
      {
        methods: methods.map(({ label }) => label),
        sets: sets.map(({ name, split, questions: count }) => ({
          name: split === null ? name : `${name} (${split})`,
          questions: count,
        })),
        results: store.scores(id, methods.length),
      },
      wanted,
    )
    const at = performance.now()
    tables.set(id, { version, reference: wanted, table, at, took: at - began })
    return table
  }

  const everything = (id: string): ResultRow[] =>
    store.rows(id, row(id).methods.length, {}, { offset: 0, limit: ALL }).rows

  return {
    list: () => store.list().map(describe),
    get(id, reference) {
      const evaluation = describe(row(id))
      return { evaluation, table: tableOf(evaluation, reference) }
    },
    async plan(input) {
      const { chosen, asked } = choose(input)
      const limits = chatLimits(options.settings())
      const prints = new Map<string, string>()
      for (const { library } of chosen.sets)
        prints.set(library.id, await libraryFingerprint(options, options.libraryStore, library.id))
      let known = 0
      for (const method of chosen.methods) {
        const ready = await readyMethod(options, method, limits).catch(() => null)
        for (const question of ready ? asked : []) {
          const library = prints.get(chosen.sets[question.set]?.library.id ?? '') ?? ''
          if (ready && isKnown(store, keysOf(ready, library, question, chosen.arcap))) known++
        }
      }
      return {
        questions: asked.length,
        answers: asked.length * chosen.methods.length,
        known,
        withPassages: asked.filter(({ evidence }) => evidence.length > 0).length,
      }
    },
    start(input) {
      const { chosen, asked } = choose(input)
      if (input.arcap && !asked.some(({ evidence }) => evidence.length > 0)) {
        throw appError(
          'INVALID_INPUT',
          'No question names the passages that answer it, which is what reading from given passages needs.',
          'Leave that out, or bring the passages with the questions.',
        )
      }
      return begin(store.create(chosen, asked), false)
    },
    resume(id) {
      const evaluation = describe(row(id))
      return isFinal(evaluation.state) ? begin(id, false) : evaluation
    },
    async delete(id) {
      await jobs.stop(row(id).jobId)
      store.delete(id)
      tables.delete(id)
      changed({ topic: 'evaluations', id })
    },
    results: (id, filter, page) => store.rows(id, row(id).methods.length, filter, page),
    question(id, position, filter) {
      const { methods } = row(id)
      const found = store.question(id, methods.length, position)
      if (!found) throw appError('NOT_FOUND', 'There is no such question.', 'Look at the list of questions again.')
      return {
        row: found,
        traces: methods.map((_, method) => store.resultEpisode(id, method, position) as Trace | null),
        previous: store.neighbor(id, filter, position, 'before'),
        next: store.neighbor(id, filter, position, 'after'),
      }
    },
    vote(id, position, method) {
      const { methods } = row(id)
      if (method !== null && method >= methods.length)
        throw appError('INVALID_INPUT', 'There is no such method.', 'Choose one of those that are shown.')
      store.vote(id, position, method)
      changed({ topic: 'evaluations', id })
    },
    reveal(id) {
      store.reveal(row(id).id)
      changed({ topic: 'evaluations', id })
    },
    report(id, format, reference) {
      const evaluation = describe(row(id))
      const content = { evaluation, table: tableOf(evaluation, reference), rows: everything(id) }
      const name = `${evaluation.name.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60)}.${format}`
      return { name, text: format === 'json' ? `${JSON.stringify(content, null, 2)}\n` : reportHtml(content) }
    },
    resumeInterrupted() {
      for (const evaluation of store.list()) {
        const { state, done } = describe(evaluation)
        if (state === 'interrupted' && evaluation.resumedWith !== done) begin(evaluation.id, true)
      }
    },
  }
}
