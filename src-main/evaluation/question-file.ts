import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import Papa from 'papaparse'
import type { z } from 'zod'
import { appError, normalizeAnswer, type QuestionImport, type QuestionProblem } from '../contract/index.ts'
import { type Question, unreadable } from './datasets.ts'
import {
  type Entry,
  entry,
  type FileQuestion,
  rowEntry,
  rowFormat,
  rowSchema,
  squadQuestionSchema,
  squadSchema,
  triviaQuestionSchema,
  triviaSchema,
  unwrapped,
} from './question-formats.ts'
import { isParquet, parquetEntries } from './question-parquet.ts'

/** A question of a file that can be used, with its place in it: `line 12`, `question 5`. */
type UsableQuestion = FileQuestion & { where: string }

/** What is in a file of questions, and what of it was left out. */
export interface QuestionFile {
  format: QuestionImport['format']
  questions: UsableQuestion[]
  problems: QuestionProblem[]
}

/** What a list of objects is called: by the first of them that is more than a question with answers. */
const formatOf = (values: readonly unknown[], plain: 'json' | 'jsonl'): QuestionImport['format'] => {
  const formats = values.map((value) => rowFormat(unwrapped(value)))
  return formats.find((format) => format !== 'row') ?? plain
}

function jsonLines(text: string): { format: QuestionImport['format']; entries: Entry[] } {
  const values: unknown[] = []
  const entries = text.split(/\r?\n/).flatMap((line, i): Entry[] => {
    const where = `line ${i + 1}`
    if (line.trim() === '') return []
    try {
      const value: unknown = JSON.parse(line)
      values.push(value)
      return [rowEntry(where, value)]
    } catch (error) {
      return [{ where, broken: error instanceof Error ? error.message : String(error) }]
    }
  })
  return { format: formatOf(values, 'jsonl'), entries }
}

/** Several answers in one cell: a JSON list, or separated by `|`. */
function cellAnswers(cell: string): string[] {
  try {
    const list: unknown = JSON.parse(cell)
    if (Array.isArray(list)) return list.map(String)
  } catch {
    // No JSON: the cell is plain text.
  }
  return cell.split('|')
}

/**
 * A header names the columns: question, answer or answers, and if wanted id, gold_passage_ids and tags.
 *
 * @throws {AppError} INVALID_INPUT without the first two
 */
function table(text: string): Entry[] {
  const rows: { line: number; cells: string[] }[] = []
  let line = 1
  let from = 0
  Papa.parse<string[]>(text, {
    skipEmptyLines: 'greedy',
    step({ data, meta }) {
      const raw = text.slice(from, meta.cursor)
      const blank = /^(?:[ \t]*\r?\n)*/.exec(raw)?.[0] ?? ''
      rows.push({ line: line + blank.split('\n').length - 1, cells: data.map((cell) => cell.trim()) })
      line += raw.split('\n').length - 1
      from = meta.cursor
    },
  })
  const [header, ...body] = rows
  const columns = header?.cells.map((name) => name.toLowerCase()) ?? []
  const at = (...names: string[]): number => columns.findIndex((column) => names.includes(column))
  const [question, answers, id] = [at('question'), at('answers', 'answer', 'possible_answers'), at('id')]
  const [gold, tags] = [at('gold_passage_ids'), at('tags')]
  if (question < 0 || answers < 0) {
    throw appError(
      'INVALID_INPUT',
      'The first line does not name the columns "question" and "answer" (or "answers").',
      'Write them into the first line and try again.',
      { detail: columns.join(', ') },
    )
  }
  return body.map(({ line: number, cells }) => {
    const cell = (column: number): string => cells[column] ?? ''
    return entry(`line ${number}`, rowSchema, {
      question: cell(question),
      answers: columns[answers] !== 'answer' ? cellAnswers(cell(answers)) : [cell(answers)],
      ...(cell(id) === '' ? {} : { id: cell(id) }),
      ...(cell(gold) === '' ? {} : { gold_passage_ids: cellAnswers(cell(gold)) }),
      ...(cell(tags) === '' ? {} : { tags: cellAnswers(cell(tags)) }),
    })
  })
}

function squad({ data }: z.infer<typeof squadSchema>): Entry[] {
  const all = data.flatMap(({ title, paragraphs }) =>
    paragraphs.flatMap(({ context, qas }) => qas.map((qa) => ({ title: title.replaceAll('_', ' '), context, qa }))),
  )
  return all.map(({ title, context, qa }, i) => entry(`question ${i + 1}`, squadQuestionSchema(title, context), qa))
}

/** One JSON value: SQuAD, TriviaQA, HotpotQA, MuSiQue, or a list of rows. Null: it is something else. */
function jsonValue(value: unknown): { format: QuestionImport['format']; entries: Entry[] } | null {
  const asSquad = squadSchema.safeParse(value)
  if (asSquad.success) return { format: 'squad', entries: squad(asSquad.data) }
  const asTrivia = triviaSchema.safeParse(value)
  if (asTrivia.success) {
    const entries = asTrivia.data.Data.map((one, i) => entry(`question ${i + 1}`, triviaQuestionSchema, one))
    return { format: 'triviaqa', entries }
  }
  if (!Array.isArray(value)) return null
  return { format: formatOf(value, 'json'), entries: value.map((one, i) => rowEntry(`question ${i + 1}`, one)) }
}

/** What a text is, by what stands in it more than by the ending of its name. */
function read(text: string, name: string): { format: QuestionImport['format']; entries: Entry[] } {
  const isJson = /^\s*[[{]/.test(text)
  if (isJson) {
    try {
      const known = jsonValue(JSON.parse(text))
      if (known) return known
    } catch {
      // More than one JSON value: one a line.
    }
  }
  if (!isJson && /\.(csv|tsv)$/i.test(name)) return { format: 'csv', entries: table(text) }
  return jsonLines(text)
}

interface ReadOptions {
  /** Keeps questions without an answer, too, where they name their passages: a search can be judged by them. */
  searchable?: boolean
}

/** The same question, whatever its case, punctuation and articles. */
export const questionKey = (question: string): string => normalizeAnswer(question)

/** Keeps what can be used of a file's entries, and names what cannot. */
function usable(
  format: QuestionImport['format'],
  entries: readonly Entry[],
  { searchable = false }: ReadOptions,
): QuestionFile {
  const problems: QuestionProblem[] = []
  const questions: UsableQuestion[] = []
  const seen = new Map<string, string>()
  for (const one of entries) {
    const { where } = one
    if ('broken' in one) {
      problems.push({ kind: 'broken', where, what: one.broken })
      continue
    }
    const { question } = one.value
    const answers = one.value.answers.map((answer) => answer.trim()).filter((answer) => normalizeAnswer(answer) !== '')
    const key = questionKey(question)
    const earlier = seen.get(key)
    const useful = answers.length > 0 || (searchable && one.value.goldPassageIds.length > 0)
    if (!useful) problems.push({ kind: 'no-answer', where, what: question })
    else if (earlier !== undefined) problems.push({ kind: 'duplicate', where, what: `${question} (as in ${earlier})` })
    else questions.push({ ...one.value, answers, where })
    if (earlier === undefined && useful) seen.set(key, where)
  }
  return { format, questions, problems }
}

/**
 * Reads questions out of a text: JSON lines {question, answers[]} with optional id, gold_passage_ids[], evidence[] and
 * tags[], CSV or TSV with a header, SQuAD, HotpotQA and 2WikiMultihopQA, MuSiQue, NQ-open, TriviaQA, PopQA, Bamboogle,
 * Search-R1's rows, or a JSON list of such rows. What cannot be used is left out and named: broken lines, questions without an answer that could be matched, questions that came before.
 *
 * @param name of the file; its ending tells a table from JSON lines
 * @throws {AppError} INVALID_INPUT when a table has no columns to read
 */
export function readQuestionFile(text: string, name: string, options: ReadOptions = {}): QuestionFile {
  const { format, entries } = read(text.replace(/^\uFEFF/, ''), name)
  return usable(format, entries, options)
}

/** Bytes that a text may have: as one string it must stay below V8's longest (2^29 - 24 characters). */
const MAX_TEXT_BYTES = 500_000_000

/** Fails with what a file of bytes is, where it is no text. */
function checkText(beginning: Buffer, path: string): void {
  const name = basename(path)
  const other = 'Give a file of questions: JSON lines, JSON, CSV or Parquet.'
  if (/\.parquet$/i.test(path)) {
    throw appError('INVALID_INPUT', `${name} is called .parquet, but it is no Parquet file.`, other)
  }
  if (beginning.subarray(0, 2).toString() === 'PK') {
    const sheet = /\.(csv|tsv|xlsx|ods)$/i.test(path)
    throw appError(
      'INVALID_INPUT',
      `${name} is ${sheet ? 'a spreadsheet or another packed file' : 'a packed file'}, not a text with questions.`,
      sheet ? 'Save the sheet as CSV and import that.' : 'Unpack it first.',
    )
  }
  if (beginning.includes(0)) throw appError('INVALID_INPUT', `${name} is not a text file.`, other)
}

/**
 * Reads a file as {@link readQuestionFile} does, or as Parquet when it is some, whatever its name.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE, INVALID_INPUT, FILE_DAMAGED, FILE_TOO_LARGE
 */
export async function loadQuestionFile(path: string, options: ReadOptions = {}): Promise<QuestionFile> {
  const handle = await open(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  try {
    const { size } = await handle.stat()
    const beginning = Buffer.alloc(Math.min(size, 4096))
    await handle.read(beginning, 0, beginning.length, 0)
    if (isParquet(beginning)) return usable('parquet', await parquetEntries(path), options)
    checkText(beginning, path)
    if (size > MAX_TEXT_BYTES) {
      throw appError(
        'FILE_TOO_LARGE',
        `${basename(path)} has ${Math.round(size / 1e6)} MB; up to ${MAX_TEXT_BYTES / 1e6} MB can be read at once.`,
        'Split it into several files and import them into one set, or convert it to Parquet.',
      )
    }
    return readQuestionFile(await handle.readFile({ encoding: 'utf8' }), basename(path), options)
  } catch (error) {
    throw unreadable(path, error)
  } finally {
    await handle.close()
  }
}

/** An id for a question that has none, or one that is taken: from its text, so that it is the same every time. */
export function questionId(
  { id, question }: Pick<FileQuestion, 'id' | 'question'>,
  taken: ReadonlySet<string>,
): string {
  if (id !== null && !taken.has(id)) return id
  return createHash('sha256').update(questionKey(question)).digest('hex').slice(0, 16)
}

/**
 * Reads questions to evaluate with out of a file of any form that {@link loadQuestionFile} knows; those that name their
 * passages need no answer.
 *
 * @throws {AppError} as {@link loadQuestionFile}
 */
export async function loadQuestions(path: string): Promise<{ questions: Question[]; problems: QuestionProblem[] }> {
  const file = await loadQuestionFile(path, { searchable: true })
  const taken = new Set<string>()
  const questions = file.questions.map((one): Question => {
    const id = questionId(one, taken)
    taken.add(id)
    const { question, answers, goldPassageIds, evidence } = one
    return { id, question, answers, gold: new Map(goldPassageIds.map((passage) => [passage, 1])), evidence }
  })
  return { questions, problems: file.problems }
}
