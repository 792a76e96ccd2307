import { z } from 'zod'
import { traceSchema } from './trace.ts'

/** Who takes part in a comparison: a model file, and perhaps an adapter over it. Paths are absolute. */
export const contestantSchema = z.object({
  /** As it is called in the comparison: "Student", "Student, taught". */
  label: z.string().trim().min(1).max(100),
  model: z.string().min(1),
  adapter: z.string().min(1).nullable().default(null),
})
export type Contestant = z.infer<typeof contestantSchema>

/** One contestant's answer. */
export const comparisonEntrySchema = z.object({
  contestant: contestantSchema,
  jobId: z.string(),
  /** Fold of the job's events up to `lastSeq`; follow `jobs.events` from there while the outcome is null. */
  trace: traceSchema,
  lastSeq: z.number().int(),
  /** Whether the answer is one of the comparison's right ones (exact match); null while unknown. */
  right: z.boolean().nullable(),
})
export type ComparisonEntry = z.infer<typeof comparisonEntrySchema>

/** A question that several contestants answer from the same library, one after the other. */
export const comparisonSchema = z.object({
  id: z.string(),
  question: z.string(),
  /** Right answers, where they are known. */
  answers: z.array(z.string()),
  library: z.object({ id: z.string(), name: z.string() }),
  createdAt: z.number(),
  /** Names are to be hidden until there is a vote. */
  blind: z.boolean(),
  /** The entry that a person found best; -1: none is better. Null before the vote. */
  vote: z.number().int().min(-1).nullable(),
  entries: z.array(comparisonEntrySchema),
})
export type Comparison = z.infer<typeof comparisonSchema>

/** What a comparison begins with. */
export const comparisonInputSchema = z.object({
  question: z.string(),
  answers: z.array(z.string().trim().min(1)).default([]),
  libraryId: z.string(),
  contestants: z.array(contestantSchema).min(2).max(4),
  blind: z.boolean().default(false),
})
export type ComparisonInput = z.infer<typeof comparisonInputSchema>
