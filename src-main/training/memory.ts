import { type AppError, appError } from '../contract/index.ts'

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`

/** What would have been allocated is more than there is. Sizes in bytes. */
export function outOfMemory(facts: { needed: number; limit: number; fits?: number; detail?: string }): AppError {
  const { needed, limit, fits, detail } = facts
  return appError(
    'TRAINING_MEMORY',
    `This needs ${gib(needed)} of memory, and only ${gib(limit)} may be used.`,
    fits === undefined || fits === 0
      ? 'Close other programs, or choose a smaller model.'
      : `Train on sequences of at most ${fits} tokens, close other programs, or choose a smaller model.`,
    detail === undefined ? {} : { detail },
  )
}
