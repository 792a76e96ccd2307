import { open } from 'node:fs/promises'
import { extname } from 'node:path'
import { decodeText } from './encoding.ts'
import { fileErrors, fromSystemError } from './errors.ts'
import type { PdfLook } from './pdf.ts'
import { bytesOf } from './read-file.ts'

const HEAD_BYTES = 8192

/** Whether the name alone does not tell that a file can be read, but a quick look does. */
export function isWorthProbing(path: string): boolean {
  const extension = extname(path).toLowerCase()
  return extension === '.pdf' || extension === ''
}

/**
 * A quick look into a file whose name tells too little: a PDF may be a scan, a name without an extension anything.
 *
 * @returns what a PDF is like; null for another file
 * @throws {AppError} why the file cannot be read
 */
export async function probeDocument(path: string): Promise<PdfLook | null> {
  if (extname(path).toLowerCase() === '.pdf') {
    const { probePdf } = await import('./pdf.ts')
    return probePdf(await bytesOf(path))
  }
  const file = await open(path).catch((error: unknown) => {
    throw fromSystemError(error, path)
  })
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    if (bytesRead === 0) throw fileErrors.empty(null)
    decodeText(buffer.subarray(0, bytesRead))
    return null
  } finally {
    await file.close()
  }
}
