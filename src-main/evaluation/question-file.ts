import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import Papa from 'papaparse'
import type { z } from 'zod'
import { appError, normalizeAnswer, type QuestionImport, type QuestionProblem } from '../contract/index.ts'
import { unreadable } from './datasets.ts'
import {
  type FileQuestion,
  rowFormat,
  rowSchema,
  rowSchemas,
  squadQuestionSchema,
  squadSchema,
  triviaQuestionSchema,
  triviaSchema,
  unwrapped,
} from './question-formats.ts'

/** A question of a file that can be used, with its place in it: `line 12`, `question 5`. */
type UsableQuestion = FileQuestion & { where: string }

/** What is in a file of questions, and what of it was left out. */
export interface QuestionFile {
  format: QuestionImport['format']
  questions: UsableQuestion[]
  problems: QuestionProblem[]
}

/** One entry of a file, or why it is none. */
type Entry = { where: string } & ({ value: FileQuestion } | { broken: string })

/** `question: Too small` */
const complaint = ({ issues: [first] }: z.ZodError): string =>
  [first?.path.join('.'), first?.message].filter(Boolean).join(': ')

function entry(where: string, schema: z.ZodType<FileQuestion>, value: unknown): Entry {
  const parsed = schema.safeParse(value)
  return parsed.success ? { where, value: parsed.data } : { where, broken: complaint(parsed.error) }
}

/** What a list of objects is called: by the first of them that is more than a question with answers. */
const formatOf = (values: readonly unknown[], plain: 'json' | 'jsonl'): QuestionImport['format'] => {
  const formats = values.map((value) => rowFormat(unwrapped(value)))
  return formats.find((format) => format !== 'row') ?? plain
}

function row(where: string, value: unknown): Entry {
  const inner = unwrapped(value)
  return entry(where, rowSchemas[rowFormat(inner)], inner)
}

function jsonLines(text: string): { format: QuestionImport['format']; entries: Entry[] } {
  const values: unknown[] = []
  const entries = text.split(/\r?\n/).flatMap((line, i): Entry[] => {
    const where = `line ${i + 1}`
    if (line.trim() === '') return []
    try {
      const value: unknown = JSON.parse(line)
      values.push(value)
      return [row(where, value)]
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
 * A header names the columns: question, answer or answers, and if wanted id and gold_passage_ids.
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
  const [question, answers, id, gold] = [
    at('question'),
    at('answers', 'answer', 'possible_answers'),
    at('id'),
    at('gold_passage_ids'),
  ]
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
  return { format: formatOf(value, 'json'), entries: value.map((one, i) => row(`question ${i + 1}`, one)) }
}

function read(text: string, name: string): { format: QuestionImport['format']; entries: Entry[] } {
  if (/\.(csv|tsv)$/i.test(name)) return { format: 'csv', entries: table(text) }
  if (!/\.jsonl$/i.test(name)) {
    try {
      const known = jsonValue(JSON.parse(text))
      if (known) return known
    } catch {
      // More than one JSON value: one a line.
    }
  }
  return jsonLines(text)
}

/** The same question, whatever its case, punctuation and articles. */
export const questionKey = (question: string): string => normalizeAnswer(question)

/**
 * Reads a file of questions: JSON lines {question, answers[]} with optional id and gold_passage_ids[], CSV or TSV with a
 * header, SQuAD, HotpotQA and 2WikiMultihopQA, MuSiQue, NQ-open, TriviaQA, PopQA, Bamboogle, or a JSON list of such rows. What cannot be used is left out and named: broken lines,
 * questions without an answer that could be matched, questions that came before.
 *
 * @param name of the file; its ending decides between the formats
 * @throws {AppError} INVALID_INPUT when a table has no columns to read
 */
export function readQuestionFile(text: string, name: string): QuestionFile {
  const { format, entries } = read(text.replace(/^\uFEFF/, ''), name)
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
    if (answers.length === 0) problems.push({ kind: 'no-answer', where, what: question })
    else if (earlier !== undefined) problems.push({ kind: 'duplicate', where, what: `${question} (as in ${earlier})` })
    else questions.push({ ...one.value, answers, where })
    if (earlier === undefined && answers.length > 0) seen.set(key, where)
  }
  return { format, questions, problems }
}

/**
 * Reads a file as {@link readQuestionFile} does.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE, INVALID_INPUT
 */
export async function loadQuestionFile(path: string): Promise<QuestionFile> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error)
  })
  return readQuestionFile(text, basename(path))
}

/** An id for a question that has none, or one that is taken: from its text, so that it is the same every time. */
export function questionId(
  { id, question }: Pick<FileQuestion, 'id' | 'question'>,
  taken: ReadonlySet<string>,
): string {
  if (id !== null && !taken.has(id)) return id
  return createHash('sha256').update(questionKey(question)).digest('hex').slice(0, 16)
}
