import { oc } from '@orpc/contract'
import { z } from 'zod'
import { errorCodes, errorValueSchema } from './errors.ts'

/** What calls about one thing are given. */
export const id = z.object({ id: z.string() })
/** What calls return that have nothing to say. */
export const done = z.object({})

/** A call whose errors carry an `ErrorValue` as data under its own code. */
export const call = oc.errors(
  Object.fromEntries(errorCodes.map((code) => [code, { data: errorValueSchema }])) as Record<
    (typeof errorCodes)[number],
    { data: typeof errorValueSchema }
  >,
)
