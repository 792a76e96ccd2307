import { isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import { fileErrors } from './errors.ts'
import { decodeSevenBit, guessEncoding } from './legacy.ts'
import { unmarkedUnicode } from './unmarked.ts'

/** Enough for a statistical guess; more only costs time. */
const SAMPLE_BYTES = 256 * 1024

function byteOrderMark(bytes: Uint8Array): string | null {
  const [a, b, c, d] = bytes
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32le' : 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'utf-32be'
  return null
}

/** The encoding that the bytes show by themselves, or null where only a guess is left. */
function evident(bytes: Uint8Array): string | null {
  const marked = byteOrderMark(bytes)
  if (marked) return marked
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  if (sample.includes(0)) {
    const unmarked = unmarkedUnicode(bytes)
    if (unmarked) return unmarked
    throw fileErrors.unsupported('This file holds binary data, not text.')
  }
  return isUtf8(bytes) ? 'utf-8' : null
}

/**
 * Bytes to text: byte order mark, then NULs, then escape sequences, then UTF-8 if valid, then what the file declares,
 * then statistics. Line ends become `\n`.
 *
 * @param declared the encoding that the file itself names, if its format has a place for that
 * @throws {AppError} FILE_UNSUPPORTED when the bytes are not text
 */
export function decodeText(bytes: Uint8Array, declared?: string): string {
  let encoding = evident(bytes)
  if (!encoding && declared && iconv.encodingExists(declared)) encoding = declared
  encoding ??= guessEncoding(bytes.subarray(0, SAMPLE_BYTES))
  if (!iconv.encodingExists(encoding)) encoding = 'windows-1252'
  const text =
    encoding === 'utf-8'
      ? (decodeSevenBit(bytes) ?? new TextDecoder().decode(bytes))
      : iconv.decode(Buffer.from(bytes), encoding).toWellFormed()
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}
