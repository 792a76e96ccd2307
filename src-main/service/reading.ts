import { type ErrorCode, toErrorValue } from '../contract/index.ts'
import { createReaderPool } from '../corpus/index.ts'

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

/** Reads one file in the way in which ingestion does; needs no data folder, and never fails but by the signal. */
export async function readOneFile(path: string, signal: AbortSignal): Promise<Reading> {
  const reader = createReaderPool({ workers: 1, timeoutMs: LIMIT_MS, longestMs: LIMIT_MS })
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
