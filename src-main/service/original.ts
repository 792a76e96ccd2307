import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { appError, type LibraryFile } from '../contract/index.ts'
import { inside } from './sources.ts'

/** Kinds of file that only show something when they are opened. Of others, such as scripts, the folder is opened. */
const shown = new Set(
  'pdf docx doc pptx ppt xlsx xls odt ods odp epub rtf md markdown txt text log csv tsv eml mbox tex ipynb'.split(' '),
)

/**
 * Makes sure that a document still lies in its source: a link that was put in its place, or in that of a folder above it,
 * is not followed to somewhere else.
 *
 * @param source the absolute path of the source
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE
 */
export async function checkPlace({ path, relativePath }: LibraryFile, source: string): Promise<void> {
  const [place = '', root = ''] = await Promise.all([realpath(path), realpath(source)]).catch((cause: unknown) => {
    throw unreachable(relativePath, cause)
  })
  if (place !== root && !inside(place, root)) throw unreachable(relativePath, new Error(`${path} leads to ${place}`))
}

/**
 * A stretch of a document's file as it lies on the disk, for a viewer in the page. The path is the one that the library
 * knows; a link that was put in its place is not followed.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE
 */
export async function originalBytes(
  { path, relativePath }: LibraryFile,
  start: number,
  end: number,
): Promise<{ base64: string; sizeBytes: number }> {
  try {
    const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      const { size: sizeBytes } = await handle.stat()
      const length = Math.max(0, Math.min(end, sizeBytes) - start)
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start)
      return { base64: buffer.toString('base64', 0, bytesRead), sizeBytes }
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw unreachable(relativePath, cause)
  }
}

/**
 * Opens a document in the application that the system has for it, or, where opening could run something, its folder.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE; NOT_FOUND where the system has nothing to open it with
 */
export async function openOriginal({ path, relativePath }: LibraryFile): Promise<{ opened: 'file' | 'folder' }> {
  await stat(path).catch((cause: unknown) => {
    throw unreachable(relativePath, cause)
  })
  const opened = shown.has(extname(path).slice(1).toLowerCase()) ? 'file' : 'folder'
  const target = opened === 'file' ? path : dirname(path)
  const command = { darwin: 'open', win32: 'explorer.exe' }[process.platform as string] ?? 'xdg-open'
  await new Promise<void>((resolve, reject) => {
    execFile(command, [target], { timeout: 10_000 }, (error) => {
      // explorer.exe ends with 1 whatever it did.
      if (!error || (command === 'explorer.exe' && error.code === 1)) resolve()
      else
        reject(
          appError('NOT_FOUND', `The system could not open ${relativePath}.`, `Open it yourself: ${path}`, {
            detail: error.message,
            cause: error,
          }),
        )
    })
  })
  return { opened }
}

/** Why a document's file cannot be opened. */
export function unreachable(name: string, cause: unknown) {
  return (cause as NodeJS.ErrnoException).code === 'ENOENT'
    ? appError('PATH_MISSING', `${name} is no longer at its place.`, 'Refresh the library.', { cause })
    : appError('PATH_UNREADABLE', `${name} cannot be read.`, 'Check its permissions.', {
        detail: String(cause),
        cause,
      })
}
