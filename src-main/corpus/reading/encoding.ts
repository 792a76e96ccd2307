import { isUtf8 } from 'node:buffer'
import { analyse } from 'chardet'
import iconv from 'iconv-lite'
import { fileErrors } from './errors.ts'

/** Enough for a statistical guess; more only costs time. */
const SAMPLE_BYTES = 256 * 1024

/** Confidence (of 100) below which statistics are doubted. */
const UNSURE = 90

function byteOrderMark(bytes: Uint8Array): string | null {
  const [a, b, c, d] = bytes
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32le' : 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'utf-32be'
  return null
}

/**
 * UTF-16 without a byte order mark shows by its NULs: most text has characters below U+0100, whose high byte is 0, so
 * the NULs stand nearly all at even or nearly all at odd places. Null: there are NULs, but it is not that.
 */
function utf16ByNuls(sample: Uint8Array): string | null {
  let even = 0
  let odd = 0
  for (const [i, byte] of sample.entries()) {
    if (byte === 0) i % 2 === 0 ? even++ : odd++
  }
  const many = sample.length / 8
  if (odd > many && even * 20 < odd) return 'utf-16le'
  if (even > many && odd * 20 < even) return 'utf-16be'
  return null
}

/** The encoding that the bytes show by themselves, or null where only a guess is left. */
function evident(bytes: Uint8Array): string | null {
  const marked = byteOrderMark(bytes)
  if (marked) return marked
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  if (sample.includes(0)) {
    const utf16 = utf16ByNuls(sample)
    if (utf16) return utf16
    throw fileErrors.unsupported('This file holds binary data, not text.')
  }
  return isUtf8(bytes) ? 'utf-8' : null
}

/**
 * Whether a few bytes that statistics say little about are Japanese in Shift_JIS: characters of two bytes follow each
 * other (elsewhere, accents and quotation marks mostly stand alone), and their first byte is one of the common ones.
 */
function isShiftJis(sample: Uint8Array): boolean {
  let characters = 0
  let common = 0
  let runs = 0
  let inRun = false
  for (let i = 0; i < sample.length; i++) {
    const lead = sample[i] as number
    const trail = sample[i + 1] ?? 0
    if (lead < 0x80) {
      inRun = false
      continue
    }
    const two = (lead >= 0x81 && lead <= 0x9f) || (lead >= 0xe0 && lead <= 0xfc)
    if (!two || trail < 0x40 || trail === 0x7f || trail > 0xfc) return false
    if (!inRun) runs++
    inRun = true
    characters++
    if (lead <= 0x98 || lead >= 0xfa) common++
    i++
  }
  return characters >= 2 * runs && common >= 0.8 * characters
}

/** What statistics say about bytes without any sign of their encoding. */
function guess(sample: Uint8Array): string {
  const [best] = analyse(sample)
  if ((best?.confidence ?? 0) < UNSURE && isShiftJis(sample)) return 'shift_jis'
  return best?.name ?? 'windows-1252'
}

/**
 * Bytes to text: byte order mark, then NULs, then UTF-8 if valid, then what the file declares, then statistics. Line
 * ends become `\n`.
 *
 * @param declared the encoding that the file itself names, if its format has a place for that
 * @throws {AppError} FILE_UNSUPPORTED when the bytes are not text
 */
export function decodeText(bytes: Uint8Array, declared?: string): string {
  let encoding = evident(bytes)
  if (!encoding && declared && iconv.encodingExists(declared)) encoding = declared
  encoding ??= guess(bytes.subarray(0, SAMPLE_BYTES))
  if (!iconv.encodingExists(encoding)) encoding = 'windows-1252'
  const text =
    encoding === 'utf-8' ? new TextDecoder().decode(bytes) : iconv.decode(Buffer.from(bytes), encoding).toWellFormed()
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}
