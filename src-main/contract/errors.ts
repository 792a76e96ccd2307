import { z } from 'zod'

/**
 * Every way in which a call, a job or a file can fail, as a stable code. The code is what programs and tests look at;
 * people read `message` and `action`.
 */
export const errorCodes = [
  'INVALID_INPUT',
  'NOT_FOUND',
  'EMPTY_QUESTION',
  'EMPTY_LIBRARY',
  'MODEL_MISSING',
  'MODEL_NOT_GGUF',
  'MODEL_TRUNCATED',
  'MODEL_UNSUPPORTED',
  'MODEL_NO_CHAT_TEMPLATE',
  'MODEL_TOO_LARGE',
  'MODEL_FAILED',
  'MODEL_IN_USE',
  'CHECKPOINT_DAMAGED',
  'DOWNLOAD_FAILED',
  'DOWNLOAD_DAMAGED',
  'ACCESS_DENIED',
  'REMOTE_FAILED',
  'REMOTE_UNSUPPORTED',
  'PATH_MISSING',
  'PATH_UNREADABLE',
  'ADAPTER_MISSING',
  'ADAPTER_DAMAGED',
  'ADAPTER_MISMATCH',
  'TRAINING_UNAVAILABLE',
  'TRAINING_MEMORY',
  'TRAINING_NOT_FINITE',
  'TRAINING_FAILED',
  'TOKENIZER_MISMATCH',
  'NO_QUESTIONS',
  'NO_CORRECT_EPISODES',
  'NO_VALID_ACTIONS',
  'NO_IMPROVEMENT',
  'RUN_IN_USE',
  'RUN_DAMAGED',
  'MODEL_CHANGED',
  'PARITY_MISMATCH',
  'ANSWERS_NOT_IN_LIBRARY',
  'LIBRARY_BUSY',
  'FILE_UNSUPPORTED',
  'FILE_TOO_LARGE',
  'FILE_EMPTY',
  'FILE_PROTECTED',
  'FILE_DAMAGED',
  'FILE_TIMEOUT',
  'FILE_TOO_COMPLEX',
  'INDEX_DAMAGED',
  'DISK_FULL',
  'DATA_DIR_IN_USE',
  'DATA_DIR_UNUSABLE',
  'PORT_IN_USE',
  'SERVICE_STOPPED',
  'UNAUTHORIZED',
  'INTERNAL',
] as const

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number]

/** An error as plain data, fit to be stored, sent and shown. */
export const errorValueSchema = z.object({
  code: z.enum(errorCodes),
  /** One sentence: what went wrong, in words a person understands. */
  message: z.string(),
  /** One thing to do about it. */
  action: z.string(),
  /** What still works meanwhile, when that is not obvious. */
  stillWorks: z.string().optional(),
  /** Technical detail to copy into a report; never needed to understand the message. */
  detail: z.string().optional(),
})
export type ErrorValue = z.infer<typeof errorValueSchema>

/** The one error class of the project: an {@link ErrorValue} that can be thrown. */
export class AppError extends Error {
  readonly value: ErrorValue

  constructor(value: ErrorValue, options?: ErrorOptions) {
    super(value.message, options)
    this.name = 'AppError'
    this.value = value
  }

  get code(): ErrorCode {
    return this.value.code
  }
}

/** Makes an {@link AppError}; the short form for the places that raise one. */
export function appError(
  code: ErrorCode,
  message: string,
  action: string,
  extra: { stillWorks?: string; detail?: string; cause?: unknown } = {},
): AppError {
  const { cause, ...rest } = extra
  return new AppError({ code, message, action, ...rest }, cause === undefined ? undefined : { cause })
}

/** A value as text, also one that refuses to be written. */
function written(value: unknown): string {
  try {
    return String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

/** Turns whatever was thrown into an {@link ErrorValue}: known errors as they are, system errors by their `code`. */
export function toErrorValue(thrown: unknown): ErrorValue {
  if (thrown instanceof AppError) return thrown.value
  const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : written(thrown)
  const system = (thrown as { code?: unknown } | null)?.code
  const text = thrown instanceof Error ? thrown.message : written(thrown)
  if (system === 'ENOSPC' || system === 'EDQUOT' || /database or disk is full|no space left/i.test(text)) {
    return {
      code: 'DISK_FULL',
      message: 'The disk is full, so nothing more can be saved.',
      action: 'Free some space and try again.',
      stillWorks: 'What was saved before is intact and can be read and searched.',
      detail,
    }
  }
  return {
    code: 'INTERNAL',
    message: 'Something went wrong inside Lagotto.',
    action: 'Try again; if it happens again, copy the details into a report.',
    detail,
  }
}

/** Closes a `switch` over a union: a new member that is not handled fails to compile. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}
