import { rename, rm, writeFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import {
  AppError,
  appError,
  type Change,
  type Question,
  type QuestionCheck,
  type QuestionImport,
  type QuestionProblem,
  type QuestionSet,
  type Split,
  splitOf,
  toErrorValue,
} from '../contract/index.ts'
import { loadQuestionFile, questionId, questionKey } from '../evaluation/index.ts'
import type { QuestionStore, Store } from '../store/index.ts'
import { findEvidence } from './answers.ts'
import type { Libraries } from './libraries.ts'

/** The question sets of a data folder. */
export interface QuestionSets {
  sets(): QuestionSet[]
  /** @throws {AppError} PATH_MISSING, PATH_UNREADABLE, INVALID_INPUT, NO_QUESTIONS, NOT_FOUND */
  import(path: string, options: { name?: string | undefined; libraryId?: string | undefined }): Promise<QuestionImport>
  /** @throws {AppError} NOT_FOUND */
  list(
    id: string,
    options: { split?: Split | undefined; filter?: string | undefined; offset: number; limit: number },
  ): { questions: Question[]; total: number }
  /** @throws {AppError} NOT_FOUND, EMPTY_LIBRARY */
  check(id: string, libraryId: string | undefined, signal?: AbortSignal): AsyncGenerator<QuestionCheck>
  /** @throws {AppError} NOT_FOUND, PATH_UNREADABLE, DISK_FULL */
  export(id: string, path: string, split: Split | undefined): Promise<{ path: string; questions: number }>
  /** @throws {AppError} NOT_FOUND */
  delete(id: string): void
}

export interface QuestionSetsOptions {
  store: Store
  questions: QuestionStore
  libraries: Libraries
  changed(change: Change): void
}

/** Problems of an import that are named; all are counted. */
const NAMED_PROBLEMS = 1000
const ALL = 1_000_000_000

/** A question as a line of JSON, in the form that `import`, `eval` and `train` read. */
function line({ id, question, answers, goldPassageIds, evidence }: Question): string {
  return JSON.stringify({
    id,
    question,
    answers,
    ...(goldPassageIds.length === 0 ? {} : { gold_passage_ids: goldPassageIds }),
    ...(evidence.length === 0 ? {} : { evidence }),
  })
}

/** Creates the question sets of a service. */
export function createQuestionSets({ store, questions, libraries, changed }: QuestionSetsOptions): QuestionSets {
  function set(id: string): QuestionSet {
    const found = questions.get(id)
    if (!found) throw appError('NOT_FOUND', 'This question set no longer exists.', 'Look at the list of sets again.')
    return found
  }

  async function* check(
    { id, questions: total }: QuestionSet,
    library: { id: string; name: string },
    signal?: AbortSignal,
  ): AsyncGenerator<QuestionCheck> {
    const all = questions.questions(id, { offset: 0, limit: ALL }).questions
    const notFound: Question[] = []
    for (const [done, question] of all.entries()) {
      signal?.throwIfAborted()
      yield { type: 'progress', done, total }
      const found = await findEvidence(question, (query, limit) => libraries.search(library.id, query, limit, signal))
      if (found === null) notFound.push(question)
    }
    yield { type: 'result', library, questions: all.length, notFound }
  }

  return {
    sets: questions.list,
    list(id, { split, filter, offset, limit }) {
      set(id)
      return questions.questions(id, { offset, limit, ...(split ? { split } : {}), ...(filter ? { filter } : {}) })
    },
    async import(path, { name = basename(path, extname(path)), libraryId }) {
      const file = await loadQuestionFile(resolve(path))
      if (libraryId !== undefined) libraries.get(libraryId)
      const left: Record<QuestionProblem['kind'], number> = { broken: 0, 'no-answer': 0, duplicate: 0 }
      const problems = [...file.problems]
      const added: (Question & { key: string })[] = []
      const id = store.transaction(() => {
        const old = questions.byName(name)
        const known = old ? questions.known(old.id) : { ids: new Set<string>(), keys: new Set<string>() }
        for (const one of file.questions) {
          const { question, answers, goldPassageIds, evidence } = one
          const key = questionKey(question)
          if (known.keys.has(key)) {
            problems.push({ kind: 'duplicate', where: one.where, what: `${question} (in the set already)` })
            continue
          }
          const unique = questionId(one, known.ids)
          known.ids.add(unique)
          added.push({ id: unique, key, question, answers, goldPassageIds, evidence, split: splitOf(question) })
        }
        if (!old && added.length === 0) {
          throw appError(
            'NO_QUESTIONS',
            `There is no question with a usable answer in ${basename(path)}.`,
            'Give a file with questions and answers: JSON lines, CSV, SQuAD or HotpotQA.',
            {
              detail: problems
                .slice(0, 20)
                .map(({ where, kind, what }) => `${where}: ${kind}: ${what}`)
                .join('\n'),
            },
          )
        }
        const setId = old?.id ?? questions.create(name)
        if (libraryId !== undefined) questions.setLibrary(setId, libraryId)
        questions.add(setId, added)
        return setId
      })
      for (const { kind } of problems) left[kind]++
      changed({ topic: 'questions', id })
      return {
        set: set(id),
        format: file.format,
        imported: added.length,
        left,
        problems: problems.slice(0, NAMED_PROBLEMS),
      }
    },
    check(id, libraryId, signal) {
      const wanted = set(id)
      const library = libraries.get(libraryId ?? wanted.libraryId ?? libraries.list()[0]?.id ?? '')
      if (library.passages === 0) {
        throw appError('EMPTY_LIBRARY', `“${library.name}” holds no readable documents yet.`, 'Add a folder to it.')
      }
      return check(wanted, { id: library.id, name: library.name }, signal)
    },
    async export(id, path, split) {
      set(id)
      const chosen = questions.questions(id, { offset: 0, limit: ALL, ...(split ? { split } : {}) }).questions
      const target = resolve(path)
      const beside = `${target}.partial`
      try {
        await writeFile(beside, chosen.map((question) => `${line(question)}\n`).join(''))
        await rename(beside, target)
      } catch (error) {
        await rm(beside, { force: true })
        const value = toErrorValue(error)
        if (value.code !== 'INTERNAL') throw new AppError(value)
        throw appError('PATH_UNREADABLE', `${target} cannot be written.`, 'Choose another place.', { cause: error })
      }
      return { path: target, questions: chosen.length }
    },
    delete(id) {
      set(id)
      questions.delete(id)
      changed({ topic: 'questions' })
    },
  }
}
