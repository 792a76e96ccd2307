import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type AsyncBuffer, type Compressors, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { AppError, appError } from '../contract/index.ts'
import { type Entry, rowEntry } from './question-formats.ts'

/** Columns that say something about a question; the others (long contexts of retrieval, mostly) are not even read. */
const COLUMNS = [
  'id',
  '_id',
  'question_id',
  'question',
  'answer',
  'answers',
  'golden_answers',
  'possible_answers',
  'gold_passage_ids',
  'evidence',
  'tags',
  'title',
  'context',
  'supporting_facts',
  'paragraphs',
  'answer_aliases',
  'answerable',
  'metadata',
  'data_source',
  'prompt',
  'reward_model',
]

const compressors: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  ZSTD: (input) => zstdDecompressSync(input),
}

/** Whether a file begins as Parquet does, whatever its name. */
export const isParquet = (beginning: Uint8Array): boolean => Buffer.from(beginning.subarray(0, 4)).equals(MAGIC)
const MAGIC = Buffer.from('PAR1')

/** Values as JSON would have them: 64-bit numbers become numbers, and columns without a value are left out. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, inner]) => inner !== null && inner !== undefined)
        .map(([key, inner]) => [key, plain(inner)]),
    )
  }
  return value
}

/**
 * Reads questions out of a Parquet file, row group by row group: Search-R1's training data, HotpotQA and SQuAD as they are
 * on the hub, or columns of our own names.
 *
 * @throws {AppError} INVALID_INPUT without columns to read, FILE_DAMAGED
 */
export async function parquetEntries(path: string): Promise<Entry[]> {
  const handle = await open(path)
  try {
    const { size } = await handle.stat()
    const file: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        const from = start < 0 ? Math.max(0, size + start) : start
        const bytes = new Uint8Array(Math.max(0, end - from))
        await handle.read(bytes, 0, bytes.length, from)
        return bytes.buffer
      },
    }
    const metadata = await parquetMetadataAsync(file)
    const present = parquetSchema(metadata).children.map(({ element }) => element.name)
    const columns = COLUMNS.filter((name) => present.includes(name))
    const asks = columns.includes('question') && columns.some((name) => /answer/.test(name))
    if (!asks && !columns.includes('reward_model')) {
      throw appError(
        'INVALID_INPUT',
        `${basename(path)} has no columns with questions and answers.`,
        'Give a file with the columns "question" and "answers", or "prompt" and "reward_model" as Search-R1 has them.',
        { detail: present.join(', ') },
      )
    }
    const entries: Entry[] = []
    for (const { num_rows } of metadata.row_groups) {
      const rowStart = entries.length
      const rowEnd = rowStart + Number(num_rows)
      const rows = await parquetReadObjects({ file, metadata, columns, rowStart, rowEnd, compressors })
      for (const row of rows) entries.push(rowEntry(`row ${entries.length + 1}`, plain(row)))
    }
    return entries
  } catch (error) {
    if (error instanceof AppError) throw error
    throw appError(
      'FILE_DAMAGED',
      `${basename(path)} is damaged or not a whole Parquet file.`,
      'Fetch or write the file again.',
      { detail: String(error), cause: error },
    )
  } finally {
    await handle.close()
  }
}
