import { ORPCError } from '@orpc/client'
import {
  AppError,
  type ErrorValue,
  errorValueSchema,
  toErrorValue as fromThrown,
} from '../../src-main/contract/index.ts'

/** Whatever a call has thrown, as the contract's error value. */
export function toErrorValue(thrown: unknown): ErrorValue {
  if (thrown instanceof AppError) return thrown.value
  if (thrown instanceof ORPCError) {
    const value = errorValueSchema.safeParse(thrown.data)
    if (value.success) return value.data
    if (thrown.code === 'BAD_REQUEST')
      return {
        code: 'INVALID_INPUT',
        message: 'That input cannot be used.',
        action: 'Change it and try again.',
        detail: JSON.stringify(thrown.data ?? thrown.message),
      }
  }
  if (isDisconnect(thrown))
    return {
      code: 'SERVICE_STOPPED',
      message: 'Lagotto’s engine stopped in the middle of this.',
      action: 'Try again in a moment.',
      stillWorks: 'Your threads and libraries are safe on disk.',
    }
  return fromThrown(thrown)
}

/** Whether a call failed because its channel closed. */
export function isDisconnect(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    !(thrown instanceof ORPCError) &&
    !(thrown instanceof AppError) &&
    (thrown.name === 'AbortError' || /queue|closed|not open|channel/i.test(thrown.message))
  )
}
