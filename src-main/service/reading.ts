import { type ErrorCode, toErrorValue } from '../contract/index.ts'
import { createReaderPool, type RecognitionOptions } from '../corpus/index.ts'

/** What came of reading one file. */
export interface Reading {
  status: 'text' | 'empty' | 'error'
  /** Null where text was read. */
  code: ErrorCode | null
  /** What is wrong and what to do about it; what could not be read of a file that was read otherwise. */
  message: string
  text: string
  /** Pages, slides or sheets; null where the format has none. */
  pages: number | null
  seconds: number
}

/** So long may one file take: with the start of the program, half a minute. */
const LIMIT_MS = 28_000

/**
 * Reads one file in the way in which ingestion does; needs no data folder, and never fails but by the signal.
 *
 * @param recognition what text in pictures is recognized with; null: it is not
 */
export async function readOneFile(
  path: string,
  recognition: RecognitionOptions | null,
  signal: AbortSignal,
): Promise<Reading> {
  const limits = { timeoutMs: LIMIT_MS, longestMs: LIMIT_MS }
  const reader = createReaderPool({ workers: 1, ...limits, recognition: () => recognition })
  const startedAt = performance.now()
  const seconds = (): number => Math.round(performance.now() - startedAt) / 1000
  try {
    const { text, pages, warnings } = await reader.read(path, signal)
    return { status: 'text', code: null, message: warnings.join(' '), text, pages, seconds: seconds() }
  } catch (error) {
    signal.throwIfAborted()
    const { code, message, action } = toErrorValue(error)
    const status = code === 'FILE_EMPTY' ? 'empty' : 'error'
    return { status, code, message: `${message} ${action}`, text: '', pages: null, seconds: seconds() }
  } finally {
    await reader.close()
  }
}
