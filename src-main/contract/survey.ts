import { z } from 'zod'
import { errorCodes } from './errors.ts'
import { estimateWords } from './time.ts'

const counted = z.object({ files: z.number().int(), bytes: z.number() })

/** A part of the work and how long it will take, roughly; null: that cannot be measured here. */
const estimatedPartSchema = z.object({
  what: z.enum(['reading', 'recognition', 'embedding']),
  ms: z.number().nullable(),
})
export type EstimatedPart = z.infer<typeof estimatedPartSchema>

/** What adding folders to a library would bring, before anything is read. */
export const surveySchema = z.object({
  /** The last word; before it the counts still grow. */
  done: z.boolean(),
  found: counted,
  /** Files that can be read, as far as names, sizes and first looks tell. */
  readable: counted,
  /** By extension, most files first; `''` has none. */
  types: z.array(counted.extend({ extension: z.string(), readable: z.boolean() })),
  /**
   * PDF files without text, and pages without text in all PDF files. Of many only some are `checked`; `files` and `pages`
   * are then what they let expect of all.
   */
  scans: z.object({
    files: z.number().int(),
    pages: z.number().int(),
    checked: z.number().int(),
    of: z.number().int(),
  }),
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
  /**
   * What the work consists of, in its order: reading always; recognizing the text of scans and embedding where they will
   * be done. Null until all is counted.
   */
  estimate: z.array(estimatedPartSchema).nullable(),
})
export type Survey = z.infer<typeof surveySchema>

const partNames: Readonly<Record<EstimatedPart['what'], string>> = {
  reading: 'reading',
  recognition: 'text recognition',
  embedding: 'embedding',
}

const partWords = ({ what, ms }: EstimatedPart): string =>
  `${partNames[what]} ${ms === null ? 'not counted' : ms < 1000 ? 'under 1 s' : estimateWords(ms)}`

/**
 * How long the work will take, in words: "about 20 s to read"; with more parts "about 7 min: reading about 20 s, text
 * recognition about 5 min, embedding about 2 min".
 */
export function takesWords(estimate: readonly EstimatedPart[]): string {
  const [first] = estimate
  if (first && first.ms !== null && estimate.length === 1) return `${estimateWords(first.ms)} to read`
  const known = estimate.every(({ ms }) => ms !== null)
  const total = estimateWords(estimate.reduce((sum, { ms }) => sum + (ms ?? 0), 0))
  return `${known ? `${total}: ` : ''}${estimate.map(partWords).join(', ')}`
}
