import { AppError, appError } from '../contract/errors.ts'

/** Waits for LanceDB and says in our words what it says when it fails. */
export async function guarded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw indexError(error)
  }
}

/** What LanceDB or the file system said, in our words: disk full, no permission, else a damaged index. */
function indexError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  if (/no space left|os error 28|os error 122|ENOSPC|EDQUOT|quota exceeded/i.test(detail)) {
    return appError(
      'DISK_FULL',
      'The disk is full, so the index cannot be written.',
      'Free some space and try again.',
      {
        stillWorks: 'What was indexed before is intact and can be searched.',
        detail,
        cause: thrown,
      },
    )
  }
  if (/permission denied|os error 13|os error 30|EACCES|EPERM|EROFS|EEXIST|ENOTDIR/i.test(detail)) {
    return appError(
      'DATA_DIR_UNUSABLE',
      'The folder of the search index cannot be used.',
      'Check the data folder and its permissions.',
      {
        detail,
        cause: thrown,
      },
    )
  }
  return damagedIndex(detail, thrown)
}

/** The index cannot be read; nothing but building it anew helps. */
export function damagedIndex(detail: string, cause?: unknown): AppError {
  return appError('INDEX_DAMAGED', 'The search index of this library is damaged.', 'Index the library again.', {
    stillWorks: 'The documents themselves are untouched.',
    detail,
    cause,
  })
}
