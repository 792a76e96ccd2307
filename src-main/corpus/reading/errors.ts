import { type AppError, appError } from '../../contract/errors.ts'
import { largestFileBytes } from '../../contract/library.ts'

/** Why a file could not be read, each with what a person can do about it. */
export const fileErrors = {
  unsupported: (what: string, detail?: string): AppError =>
    appError('FILE_UNSUPPORTED', what, 'Convert it to PDF, DOCX, HTML, Markdown or plain text.', withDetail(detail)),
  /** `unread`: its pictures were not looked at; `unrecognized`: they were; null: it has no pages that could be a scan's. */
  empty: (pictures: 'unread' | 'unrecognized' | null): AppError =>
    pictures === 'unread'
      ? appError(
          'FILE_EMPTY',
          'There is no text in this file: perhaps it is a scan.',
          'Switch on text recognition (OCR) under Settings, or use a version with text.',
        )
      : appError(
          'FILE_EMPTY',
          pictures === null ? 'There is no text in this file.' : 'No text could be recognized in this file.',
          'Check the file, or remove it from its folder.',
        ),
  protected: (): AppError =>
    appError('FILE_PROTECTED', 'This file is protected with a password.', 'Save a copy without a password.'),
  damaged: (cause?: unknown): AppError =>
    appError('FILE_DAMAGED', 'This file is damaged and cannot be opened.', 'Replace it with an intact copy.', {
      ...withDetail(cause === undefined ? undefined : String(cause)),
      cause,
    }),
  tooLarge: (limitBytes: number): AppError =>
    appError(
      'FILE_TOO_LARGE',
      `This file is larger than ${Number((limitBytes / 1_000_000).toPrecision(3))} MB.`,
      limitBytes < largestFileBytes
        ? 'Let the library read larger files (“Which files are read”), or split it.'
        : 'Split it into smaller files.',
    ),
  timeout: (ms: number): AppError =>
    appError(
      'FILE_TIMEOUT',
      `Reading this file took more than ${Math.round(ms / 1000)} seconds and was given up.`,
      'Split it, or save it in a simpler format such as plain text.',
    ),
  tooComplex: (detail?: string): AppError =>
    appError(
      'FILE_TOO_COMPLEX',
      'This file is built in so complex a way that reading it takes too much memory.',
      'Split it, or save it in a simpler format such as plain text.',
      withDetail(detail),
    ),
  link: (): AppError =>
    appError(
      'FILE_UNSUPPORTED',
      'This is a link to something else; links are not followed.',
      'Add what it points to to the library.',
    ),
  badName: (): AppError =>
    appError('PATH_UNREADABLE', 'The name of this file is not valid Unicode.', 'Rename it and refresh the library.'),
  missing: (path: string): AppError =>
    appError('PATH_MISSING', 'This file is no longer there.', 'Put it back, or refresh the library.', { detail: path }),
  unreadable: (path: string, cause?: unknown): AppError =>
    appError(
      'PATH_UNREADABLE',
      'Lagotto is not allowed to read this.',
      'Change its permissions, or close the program that keeps it locked, and refresh the library.',
      { detail: cause === undefined ? path : String(cause), cause },
    ),
}

const withDetail = (detail: string | undefined): { detail?: string } => (detail === undefined ? {} : { detail })

/** Turns an error of the file system into one of {@link fileErrors}; other errors pass unchanged. */
export function fromSystemError(error: unknown, path: string): unknown {
  switch ((error as { code?: unknown } | null)?.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return fileErrors.missing(path)
    case 'EACCES':
    case 'EPERM':
    case 'EBUSY':
    case 'EIO':
    case 'ELOOP':
      return fileErrors.unreadable(path, error)
    case 'EISDIR':
      return fileErrors.unsupported('This is a folder, not a document.')
    default:
      return error
  }
}
