import { z } from 'zod'
import { errorCodes } from './errors.ts'

const counted = z.object({ files: z.number().int(), bytes: z.number() })

/** What adding folders to a library would bring, before anything is read. */
export const surveySchema = z.object({
  /** The last word; before it the counts still grow. */
  done: z.boolean(),
  found: counted,
  /** Files that can be read, as far as names, sizes and first looks tell. */
  readable: counted,
  /** By extension, most files first; `''` has none. */
  types: z.array(counted.extend({ extension: z.string(), readable: z.boolean() })),
  /** PDF files without text. Of many only some are `checked`; `files` is then what they let expect of all. */
  scans: z.object({ files: z.number().int(), checked: z.number().int(), of: z.number().int() }),
  /** Files that would not be read, by reason, most files first. */
  skipped: z.array(
    z.object({
      code: z.enum(errorCodes),
      message: z.string(),
      files: z.number().int(),
      /** A few of their paths, relative to their folder. */
      examples: z.array(z.string()),
    }),
  ),
  /** Files and folders that were not looked at: hidden ones, programs' own, those that ignore files or rules name. */
  leftOut: z.object({
    hidden: z.number().int(),
    system: z.number().int(),
    ignored: z.number().int(),
    excluded: z.number().int(),
  }),
  /** How long reading will take, roughly; vectors not included. Null until all is counted. */
  estimateMs: z.number().nullable(),
})
export type Survey = z.infer<typeof surveySchema>
