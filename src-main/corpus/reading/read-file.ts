import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { largestFileBytes } from '../../contract/library.ts'
import { checkLength, type ReadDocument } from './document.ts'
import { fileErrors, fromSystemError } from './errors.ts'
import { readerFor } from './formats.ts'
import type { RecognitionOptions } from './recognition.ts'

/** Why a file with such a name is not read. */
export function unsupportedType(path: string) {
  return fileErrors.unsupported(`Files of the type ${extname(path)} cannot be read.`)
}

/** The whole file. @throws {AppError} FILE_TOO_LARGE, PATH_MISSING, PATH_UNREADABLE */
export async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path)
    if (size > largestFileBytes) throw fileErrors.tooLarge(largestFileBytes)
    const buffer = await readFile(path)
    // a view of exactly the file's bytes with a buffer of its own: pdf.js refuses Node's Buffer
    return buffer.byteLength === buffer.buffer.byteLength ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer)
  } catch (error) {
    throw fromSystemError(error, path)
  }
}

/**
 * Reads a document in this thread. Only for workers: hostile files can hang it or exhaust its memory.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE and the FILE_ codes
 */
export async function readDocument(
  path: string,
  onPart: () => void,
  recognition: RecognitionOptions | null,
): Promise<ReadDocument> {
  const bytes = await bytesOf(path)
  if (bytes.length === 0) throw fileErrors.empty(null)
  try {
    const reader = await readerFor(bytes, path)
    if (!reader) throw unsupportedType(path)
    const document = await reader(bytes, path, onPart, recognition)
    checkLength(document.text.length)
    if (!/\S/.test(document.text)) throw fileErrors.empty(null)
    return document
  } catch (error) {
    // the stack overflows on what is nested too deeply; strings and arrays hit their limits
    if (error instanceof RangeError) throw fileErrors.tooComplex(error.message)
    // what a parser throws at a file that it does not understand
    throw error instanceof AppError ? error : fileErrors.damaged(error)
  }
}
