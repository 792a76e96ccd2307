import { rename, rm, writeFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import {
  AppError,
  appError,
  type Change,
  normalizeAnswer,
  type Question,
  type QuestionCheck,
  type QuestionContent,
  type QuestionEvidence,
  type QuestionFilter,
  type QuestionImport,
  type QuestionOrigin,
  type QuestionProblem,
  type QuestionSet,
  type Split,
  splitOf,
  toErrorValue,
} from '../contract/index.ts'
import { loadQuestionFile, type QuestionFile, questionId, questionKey } from '../evaluation/index.ts'
import type { KeyedQuestion, QuestionStore, Store } from '../store/index.ts'
import { findEvidence } from './answers.ts'
import type { Libraries } from './libraries.ts'

/** The question sets of a data folder. */
export interface QuestionSets {
  sets(): QuestionSet[]
  /** @throws {AppError} NOT_FOUND */
  get(id: string): QuestionSet
  /** @throws {AppError} INVALID_INPUT when the name is taken; NOT_FOUND (library) */
  create(name: string, libraryId: string | undefined): QuestionSet
  /** @throws {AppError} as `create` */
  update(id: string, changes: { name?: string | undefined; libraryId?: string | undefined }): QuestionSet
  /** @throws {AppError} PATH_MISSING, PATH_UNREADABLE, INVALID_INPUT, FILE_DAMAGED, FILE_TOO_LARGE, NO_QUESTIONS, NOT_FOUND */
  import(path: string, options: { name?: string | undefined; libraryId?: string | undefined }): Promise<QuestionImport>
  /** Adds what was read already, as `import` does. */
  importRead(file: QuestionFile, options: { name: string; libraryId?: string | undefined }): QuestionImport
  /** @throws {AppError} NOT_FOUND */
  list(
    id: string,
    options: { [K in keyof QuestionFilter]: QuestionFilter[K] | undefined } & { offset: number; limit: number },
  ): { questions: Question[]; total: number }
  /** @throws {AppError} NOT_FOUND; INVALID_INPUT without an answer that can be matched, or when it is there already */
  add(id: string, content: QuestionContent, origin: QuestionOrigin): Promise<Question>
  /** @throws {AppError} as `add` */
  edit(id: string, questionId: string, content: QuestionContent): Promise<Question>
  /** Returns what was removed. */
  remove(id: string, questionIds: readonly string[]): Question[]
  restore(id: string, questions: readonly Question[]): void
  tag(id: string, questionIds: readonly string[], change: { add: readonly string[]; remove: readonly string[] }): void
  /** The question of a set that asks the same; null: there is none. */
  same(id: string, question: string): Question | null
  /** @throws {AppError} NOT_FOUND, EMPTY_LIBRARY */
  check(id: string, libraryId: string | undefined, signal?: AbortSignal): AsyncGenerator<QuestionCheck>
  jsonl(id: string, split: Split | undefined): string
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
/** Results of a check that are kept in one write. */
const KEPT_TOGETHER = 50

/** Ids of the passages of a library among pieces of evidence. */
const placesOf = (evidence: readonly QuestionEvidence[]): string[] => evidence.flatMap(({ place }) => place?.id ?? [])

/** A question as a line of JSON, in the form that `import`, `eval` and `train` read. */
function line({ id, question, answers, goldPassageIds, evidence, tags }: Question): string {
  return JSON.stringify({
    id,
    question,
    answers,
    ...(goldPassageIds.length === 0 ? {} : { gold_passage_ids: goldPassageIds }),
    ...(evidence.length === 0 ? {} : { evidence }),
    ...(tags.length === 0 ? {} : { tags }),
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
    let news: { id: string; found: boolean }[] = []
    const keep = (): void => {
      // What is in another library than the set's own says nothing about the set.
      if (news.length > 0 && questions.get(id)?.libraryId === library.id) {
        questions.setFound(id, news)
        changed({ topic: 'questions', id })
      }
      news = []
    }
    try {
      for (const [done, question] of all.entries()) {
        signal?.throwIfAborted()
        yield { type: 'progress', done, total }
        const found = await isFound(question, library.id, signal)
        news.push({ id: question.id, found })
        if (!found) notFound.push(question)
        if (news.length >= KEPT_TOGETHER) keep()
      }
    } finally {
      keep()
    }
    yield { type: 'result', library, questions: all.length, notFound }
  }

  const importRead: QuestionSets['importRead'] = (file, { name, libraryId }) => {
    if (libraryId !== undefined) libraries.get(libraryId)
    const left: Record<QuestionProblem['kind'], number> = { broken: 0, 'no-answer': 0, duplicate: 0 }
    const problems = [...file.problems]
    const added: KeyedQuestion[] = []
    const id = store.transaction(() => {
      const old = questions.byName(name)
      const known = old ? questions.known(old.id) : { ids: new Set<string>(), keys: new Set<string>() }
      for (const one of file.questions) {
        const { question, answers, goldPassageIds, evidence, tags } = one
        const key = questionKey(question)
        if (known.keys.has(key)) {
          problems.push({ kind: 'duplicate', where: one.where, what: `${question} (in the set already)` })
          continue
        }
        const unique = questionId(one, known.ids)
        known.ids.add(unique)
        const rest = { split: splitOf(question), origin: 'imported' as const, found: null }
        added.push({ id: unique, key, question, answers, goldPassageIds, evidence, tags, ...rest })
      }
      if (!old && added.length === 0) {
        throw appError(
          'NO_QUESTIONS',
          `There is no question with a usable answer for “${name}”.`,
          'Give a file with questions and answers: JSON lines, CSV, SQuAD, HotpotQA or Parquet.',
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
  }

  const isFound = (question: Pick<Question, 'question' | 'answers'>, libraryId: string, signal?: AbortSignal) =>
    findEvidence(question, (query, limit) => libraries.search(libraryId, query, limit, signal)).then(
      (passage) => passage !== null,
    )

  /** Whether the answer of one question is in the set's library; null: it has none, or none that could be searched. */
  async function lookedUp({ libraryId }: QuestionSet, content: QuestionContent): Promise<boolean | null> {
    if (libraryId === null) return null
    try {
      return libraries.get(libraryId).passages > 0 ? await isFound(content, libraryId) : null
    } catch {
      // The library is gone or damaged, which is told where it is used; the question is kept all the same.
      return null
    }
  }

  /** What a person wrote, as it can be used. */
  function usable(id: string, content: QuestionContent, self: string | null): QuestionContent & { key: string } {
    const key = questionKey(content.question)
    const answers = [...new Set(content.answers)].filter((answer) => normalizeAnswer(answer) !== '')
    if (key === '') throw appError('INVALID_INPUT', 'This question has no words.', 'Write a question.')
    if (answers.length === 0) {
      throw appError(
        'INVALID_INPUT',
        'There is no answer with a letter or a number in it.',
        'Write at least one answer that could be found in a text.',
      )
    }
    const twin = questions.byKey(id, key)
    if (twin && twin.id !== self) {
      throw appError(
        'INVALID_INPUT',
        `The set has this question already: “${twin.question}”.`,
        'Change that one, or ask something else.',
      )
    }
    return { ...content, answers, tags: [...new Set(content.tags)], key }
  }

  function freeName(name: string, self: string | null): void {
    const other = questions.byName(name)
    if (other && other.id !== self)
      throw appError('INVALID_INPUT', `There is a set “${other.name}” already.`, 'Choose another name.')
  }

  function known(setId: string, questionId: string): Question {
    const found = questions.question(setId, questionId)
    if (!found) throw appError('NOT_FOUND', 'This question is no longer in the set.', 'Look at the set again.')
    return found
  }

  const jsonl = (id: string, split: Split | undefined): { text: string; count: number } => {
    set(id)
    const chosen = questions.questions(id, { offset: 0, limit: ALL, split }).questions
    return { text: chosen.map((question) => `${line(question)}\n`).join(''), count: chosen.length }
  }

  return {
    sets: questions.list,
    get: set,
    create(name, libraryId) {
      freeName(name, null)
      if (libraryId !== undefined) libraries.get(libraryId)
      const id = questions.create(name)
      if (libraryId !== undefined) questions.setLibrary(id, libraryId)
      changed({ topic: 'questions', id })
      return set(id)
    },
    importRead,
    update(id, { name, libraryId }) {
      set(id)
      if (libraryId !== undefined) questions.setLibrary(id, libraries.get(libraryId).id)
      if (name !== undefined) {
        freeName(name, id)
        questions.rename(id, name)
      }
      changed({ topic: 'questions', id })
      return set(id)
    },
    list(id, options) {
      set(id)
      return questions.questions(id, options)
    },
    async add(id, given, origin) {
      const found = await lookedUp(set(id), given)
      const { key, question, answers, tags, evidence } = usable(id, given, null)
      const unique = questionId({ id: null, question }, questions.known(id).ids)
      const goldPassageIds = placesOf(evidence)
      const split = splitOf(question)
      questions.add(id, [{ id: unique, key, question, answers, goldPassageIds, evidence, tags, split, origin, found }])
      changed({ topic: 'questions', id })
      return known(id, unique)
    },
    async edit(id, questionId, given) {
      const old = known(set(id).id, questionId)
      const content = usable(id, given, questionId)
      const found = await lookedUp(set(id), content)
      const chosen = placesOf(old.evidence)
      const goldPassageIds = [
        ...old.goldPassageIds.filter((passage) => !chosen.includes(passage)),
        ...placesOf(content.evidence),
      ]
      questions.update(id, { ...old, ...content, goldPassageIds, split: splitOf(content.question), found })
      changed({ topic: 'questions', id })
      return known(id, questionId)
    },
    remove(id, questionIds) {
      set(id)
      const removed = questionIds.flatMap((one) => questions.question(id, one) ?? [])
      questions.remove(id, questionIds)
      changed({ topic: 'questions', id })
      return removed
    },
    restore(id, removed) {
      set(id)
      const { ids, keys } = questions.known(id)
      const back = removed
        .map((question) => ({ ...question, key: questionKey(question.question) }))
        .filter(({ id: one, key }) => !ids.has(one) && !keys.has(key))
      questions.add(id, back)
      changed({ topic: 'questions', id })
    },
    tag(id, questionIds, { add, remove }) {
      set(id)
      store.transaction(() => {
        for (const one of questionIds) {
          const question = questions.question(id, one)
          if (!question) continue
          const tags = [...new Set([...question.tags, ...add])].filter((tag) => !remove.includes(tag))
          questions.update(id, { ...question, tags, key: questionKey(question.question) })
        }
      })
      changed({ topic: 'questions', id })
    },
    same: (id, question) => questions.byKey(id, questionKey(question)),
    async import(path, { name = basename(path, extname(path)), libraryId }) {
      return importRead(await loadQuestionFile(resolve(path)), { name, libraryId })
    },
    check(id, libraryId, signal) {
      const wanted = set(id)
      const library = libraries.get(libraryId ?? wanted.libraryId ?? libraries.list()[0]?.id ?? '')
      if (library.passages === 0) {
        throw appError('EMPTY_LIBRARY', `“${library.name}” holds no readable documents yet.`, 'Add a folder to it.')
      }
      if (wanted.libraryId === null) questions.setLibrary(id, library.id)
      return check(wanted, { id: library.id, name: library.name }, signal)
    },
    jsonl: (id, split) => jsonl(id, split).text,
    async export(id, path, split) {
      const { text, count } = jsonl(id, split)
      const target = resolve(path)
      const beside = `${target}.partial`
      try {
        await writeFile(beside, text)
        await rename(beside, target)
      } catch (error) {
        await rm(beside, { force: true })
        const value = toErrorValue(error)
        if (value.code !== 'INTERNAL') throw new AppError(value)
        throw appError('PATH_UNREADABLE', `${target} cannot be written.`, 'Choose another place.', { cause: error })
      }
      return { path: target, questions: count }
    },
    delete(id) {
      set(id)
      questions.delete(id)
      changed({ topic: 'questions' })
    },
  }
}
