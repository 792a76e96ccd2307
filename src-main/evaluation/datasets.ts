import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { AppError, appError, type EvidenceText, toErrorValue } from '../contract/index.ts'
import type { Judgments } from './ranking.ts'

/** A passage of a corpus file. */
export interface CorpusDocument {
  id: string
  title: string
  text: string
}

/** A question with what is known about its answer. */
export interface Question {
  id: string
  question: string
  /** Every accepted answer; empty where the set has none. */
  answers: string[]
  /** Passages that answer it; empty where the set names none. */
  gold: Judgments
  /** Text that answers it, where the set itself brings it. */
  evidence?: readonly EvidenceText[]
}

interface Identified {
  id?: string | undefined
  _id?: string | undefined
}

const idSchema = z.union([z.string().min(1), z.number().transform(String)])
const identified = { id: idSchema.optional(), _id: idSchema.optional() }
const hasId = [(row: Identified) => (row.id ?? row._id) !== undefined, 'id or _id is missing'] as const
const documentRow = z.object({ ...identified, title: z.string().default(''), text: z.string() }).refine(...hasId)
const queryRow = z.object({ ...identified, text: z.string().trim().min(1) }).refine(...hasId)

/**
 * Reads a corpus line by line: JSON objects {id or _id, title, text}.
 *
 * @throws AppError PATH_MISSING, PATH_UNREADABLE, INVALID_INPUT naming the line
 */
export async function* loadCorpus(path: string): AsyncGenerator<CorpusDocument> {
  for await (const { id, title, text } of jsonLines(path, documentRow)) yield { id, title, text }
}

/**
 * Reads the queries of a BEIR set: JSON lines {_id, text}.
 *
 * @throws AppError as {@link loadCorpus}
 */
export async function loadQueries(path: string): Promise<{ id: string; text: string }[]> {
  const queries: { id: string; text: string }[] = []
  for await (const { id, text } of jsonLines(path, queryRow)) queries.push({ id, text })
  return queries
}

/**
 * Reads BEIR judgments: a header, then `query-id corpus-id score`, separated by tabs.
 *
 * @returns for each query the judged passages with their grade
 * @throws AppError as {@link loadCorpus}
 */
export async function loadQrels(path: string): Promise<Map<string, Map<string, number>>> {
  const qrels = new Map<string, Map<string, number>>()
  for await (const { number, line } of lines(path)) {
    const [query, passage, score, ...more] = line.trim().split('\t')
    const grade = Number(score)
    if (!query || !passage || !score?.trim() || more.length > 0 || (Number.isNaN(grade) && number > 1)) {
      throw brokenLine(path, number, 'expected query-id, corpus-id and score, separated by tabs')
    }
    if (Number.isNaN(grade)) continue
    const judged = qrels.get(query) ?? new Map<string, number>()
    qrels.set(query, judged.set(passage, grade))
  }
  return qrels
}

/** Joins the queries and judgments of a BEIR set; queries without a judgment are left out. */
export function judgedQuestions(
  queries: readonly { id: string; text: string }[],
  qrels: ReadonlyMap<string, Judgments>,
): Question[] {
  return queries.flatMap(({ id, text }) => {
    const gold = qrels.get(id)
    return gold ? [{ id, question: text, answers: [], gold }] : []
  })
}

/** Checked rows of a JSON lines file, each with its id; an id that comes twice is an error. */
async function* jsonLines<T extends Identified>(
  path: string,
  schema: z.ZodType<T>,
): AsyncGenerator<T & { id: string }> {
  const seen = new Set<string>()
  for await (const { number, line } of lines(path)) {
    const parsed = schema.safeParse(parseJson(path, number, line))
    if (!parsed.success) throw brokenLine(path, number, complaint(parsed.error))
    const id = parsed.data.id ?? parsed.data._id ?? ''
    if (seen.has(id)) throw brokenLine(path, number, `the id ${id} comes a second time`)
    seen.add(id)
    yield { ...parsed.data, id }
  }
}

/** `question: Too small` */
function complaint({ issues: [first] }: z.ZodError): string {
  return [first?.path.join('.'), first?.message].filter(Boolean).join(': ')
}

function parseJson(path: string, number: number, line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw brokenLine(path, number, error instanceof Error ? error.message : String(error))
  }
}

/** Lines with their 1-based numbers, without blank ones and without a byte order mark. */
async function* lines(path: string): AsyncGenerator<{ number: number; line: string }> {
  let number = 0
  try {
    const input = createReadStream(path, 'utf8')
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1
      const text = number === 1 ? line.replace(/^\uFEFF/, '') : line
      if (text.trim() !== '') yield { number, line: text }
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Says why a file cannot be read: PATH_MISSING or PATH_UNREADABLE. */
export function unreadable(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error
  const { detail = '' } = toErrorValue(error)
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? appError('PATH_MISSING', `There is no file ${path}.`, 'Check the path.', { detail, cause: error })
    : appError('PATH_UNREADABLE', `The file ${path} cannot be read.`, 'Check that it is a file you may read.', {
        detail,
        cause: error,
      })
}

function brokenLine(path: string, number: number, detail: string): AppError {
  return appError(
    'INVALID_INPUT',
    `Line ${number} of ${path} is not as expected: ${detail}.`,
    'Correct the line and try again.',
  )
}
