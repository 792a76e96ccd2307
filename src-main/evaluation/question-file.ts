import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import Papa from 'papaparse'
import { z } from 'zod'
import {
  appError,
  type EvidenceText,
  evidenceTextSchema,
  normalizeAnswer,
  type QuestionImport,
  type QuestionProblem,
} from '../contract/index.ts'
import { unreadable } from './datasets.ts'

/** A question as a file brings it. */
export interface FileQuestion {
  /** Null: the file gives it none. */
  id: string | null
  question: string
  answers: string[]
  goldPassageIds: string[]
  evidence: EvidenceText[]
}

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

const idSchema = z.union([z.string().min(1), z.number().transform(String)])
const textSchema = z.string().trim().min(1)
/** Answers as one text or as several; numbers and truth values as they are written. */
const answersSchema = z
  .union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number(), z.boolean()]))])
  .transform((value) => [value].flat().map(String))

const rowSchema = z
  .object({
    id: idSchema.optional(),
    _id: idSchema.optional(),
    question: textSchema,
    answers: answersSchema.optional(),
    answer: answersSchema.optional(),
    gold_passage_ids: z.array(idSchema).default([]),
    evidence: z.array(evidenceTextSchema).default([]),
  })
  .transform(
    ({ id, _id, question, answers, answer, gold_passage_ids, evidence }): FileQuestion => ({
      id: id ?? _id ?? null,
      question,
      answers: answers ?? answer ?? [],
      goldPassageIds: gold_passage_ids,
      evidence,
    }),
  )

/** SQuAD 1.1 and 2.0 (https://rajpurkar.github.io/SQuAD-explorer): articles, paragraphs, questions on them. */
const squadSchema = z.object({
  data: z.array(
    z.object({
      title: z.string().default(''),
      paragraphs: z.array(z.object({ context: z.string(), qas: z.array(z.unknown()) })),
    }),
  ),
})
const squadQuestionSchema = z.object({
  id: idSchema.optional(),
  question: textSchema,
  answers: z.array(z.object({ text: z.string() })).default([]),
})

/** HotpotQA's own files, and the columns that the same data has on the hub. */
const hotpotSchema = z
  .object({
    _id: idSchema.optional(),
    id: idSchema.optional(),
    question: textSchema,
    answer: z.string(),
    supporting_facts: z.union([
      z.array(z.tuple([z.string(), z.number()])).transform((facts) => facts.map(([title]) => title)),
      z.object({ title: z.array(z.string()) }).transform(({ title }) => title),
    ]),
    context: z.union([
      z.array(z.tuple([z.string(), z.array(z.string())])),
      z
        .object({ title: z.array(z.string()), sentences: z.array(z.array(z.string())) })
        .transform(({ title, sentences }) => title.map((name, i): [string, string[]] => [name, sentences[i] ?? []])),
    ]),
  })
  .transform(
    ({ id, _id, question, answer, supporting_facts, context }): FileQuestion => ({
      id: id ?? _id ?? null,
      question,
      answers: [answer],
      goldPassageIds: [],
      evidence: context
        .filter(([title]) => supporting_facts.includes(title))
        .map(([title, sentences]) => ({ title, text: sentences.join('').trim() })),
    }),
  )

/** `question: Too small` */
const complaint = ({ issues: [first] }: z.ZodError): string =>
  [first?.path.join('.'), first?.message].filter(Boolean).join(': ')

function entry(where: string, schema: z.ZodType<FileQuestion>, value: unknown): Entry {
  const parsed = schema.safeParse(value)
  return parsed.success ? { where, value: parsed.data } : { where, broken: complaint(parsed.error) }
}

function jsonLines(text: string): Entry[] {
  return text.split(/\r?\n/).flatMap((line, i): Entry[] => {
    const where = `line ${i + 1}`
    if (line.trim() === '') return []
    try {
      return [entry(where, rowSchema, JSON.parse(line))]
    } catch (error) {
      return [{ where, broken: error instanceof Error ? error.message : String(error) }]
    }
  })
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
  const [question, answers, id, gold] = [at('question'), at('answers', 'answer'), at('id'), at('gold_passage_ids')]
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
      answers: columns[answers] === 'answers' ? cellAnswers(cell(answers)) : [cell(answers)],
      ...(cell(id) === '' ? {} : { id: cell(id) }),
      ...(cell(gold) === '' ? {} : { gold_passage_ids: cellAnswers(cell(gold)) }),
    })
  })
}

function squad({ data }: z.infer<typeof squadSchema>): Entry[] {
  const all = data.flatMap(({ title, paragraphs }) =>
    paragraphs.flatMap(({ context, qas }) => qas.map((qa) => ({ title: title.replaceAll('_', ' '), context, qa }))),
  )
  return all.map(({ title, context, qa }, i) => {
    const schema = squadQuestionSchema.transform(
      ({ id, question, answers }): FileQuestion => ({
        id: id ?? null,
        question,
        answers: [...new Set(answers.map(({ text }) => text))],
        goldPassageIds: [],
        evidence: [{ title, text: context }],
      }),
    )
    return entry(`question ${i + 1}`, schema, qa)
  })
}

/** One JSON value: SQuAD, HotpotQA, or a list of rows. Null: it is something else. */
function jsonValue(value: unknown): { format: QuestionImport['format']; entries: Entry[] } | null {
  const asSquad = squadSchema.safeParse(value)
  if (asSquad.success) return { format: 'squad', entries: squad(asSquad.data) }
  if (!Array.isArray(value)) return null
  const isHotpot = value.some((one) => typeof one === 'object' && one !== null && 'supporting_facts' in one)
  const schema = isHotpot ? hotpotSchema : rowSchema
  return {
    format: isHotpot ? 'hotpotqa' : 'json',
    entries: value.map((one, i) => entry(`question ${i + 1}`, schema, one)),
  }
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
  return { format: 'jsonl', entries: jsonLines(text) }
}

/** The same question, whatever its case, punctuation and articles. */
export const questionKey = (question: string): string => normalizeAnswer(question)

/**
 * Reads a file of questions: JSON lines {question, answers[]} with optional id and gold_passage_ids[], CSV or TSV with a
 * header, SQuAD 1.1 or 2.0, HotpotQA, or a JSON list of such rows. What cannot be used is left out and named: broken lines,
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
