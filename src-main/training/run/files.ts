import { open, readFile, rename, rm } from 'node:fs/promises'
import { appError, toErrorValue } from '../../contract/index.ts'

/**
 * Writes a file beside its place, makes sure that it is on the disk, and renames it: whoever reads sees the old file or
 * the new one, whole.
 *
 * @throws {AppError} DISK_FULL, PATH_UNREADABLE; a previous file is intact
 */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const beside = `${path}.partial`
  try {
    const file = await open(beside, 'w')
    try {
      await file.writeFile(data)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined)
    throw diskError(error, path)
  }
}

/** The error of a failed write, as people read it. */
export function diskError(error: unknown, path: string): unknown {
  const { code, detail = '' } = toErrorValue(error)
  if (code === 'DISK_FULL') {
    return appError(
      'DISK_FULL',
      'The disk is full, so training cannot go on.',
      'Free some space and go on with the run.',
      {
        stillWorks: 'What the run saved before is intact.',
        detail,
        cause: error,
      },
    )
  }
  if (code !== 'INTERNAL') return error
  return appError('PATH_UNREADABLE', `${path} cannot be written.`, 'Check that the folder is there and yours.', {
    detail,
    cause: error,
  })
}

/** A text file; null when there is none. */
export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
