import { access, constants, readdir, stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { appError } from '../contract/index.ts'

/**
 * What lies at a path that is to become a source.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE, INVALID_INPUT
 */
export async function checkSource(path: string): Promise<{ path: string; kind: 'folder' | 'file' }> {
  const absolute = resolve(path)
  const info = await stat(absolute).catch(() => null)
  if (!info) throw appError('PATH_MISSING', `There is nothing at ${absolute}.`, 'Check the path.')
  if (!info.isDirectory() && !info.isFile()) {
    throw appError('INVALID_INPUT', `${absolute} is neither a folder nor a file.`, 'Choose a folder or a document.')
  }
  try {
    await access(absolute, constants.R_OK | (info.isDirectory() ? constants.X_OK : 0))
    if (info.isDirectory()) await readdir(absolute)
  } catch (error) {
    throw appError('PATH_UNREADABLE', `${absolute} cannot be read.`, 'Check the permissions, or choose another one.', {
      detail: String(error),
    })
  }
  return { path: absolute, kind: info.isDirectory() ? 'folder' : 'file' }
}

/** Whether a path lies below a folder. Both are absolute. */
export const inside = (path: string, folder: string): boolean => {
  const way = relative(folder, path)
  return way !== '' && !way.startsWith('..') && resolve(folder, way) === path
}
