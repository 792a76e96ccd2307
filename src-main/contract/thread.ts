import { z } from 'zod'
import { traceSchema } from './trace.ts'

/** A list of questions with their answers. Each question is an episode of its own; nothing is carried over. */
export const threadSchema = z.object({
  id: z.string(),
  title: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  questions: z.number().int(),
})
export type Thread = z.infer<typeof threadSchema>

/** One question and its answer. */
export const exchangeSchema = z.object({
  id: z.string(),
  threadId: z.string(),
  jobId: z.string(),
  question: z.string(),
  libraryId: z.string(),
  modelId: z.string(),
  createdAt: z.number(),
  /** Fold of the job's events up to `lastSeq`; follow `jobs.events` from there while the outcome is null. */
  trace: traceSchema,
  lastSeq: z.number().int(),
})
export type Exchange = z.infer<typeof exchangeSchema>
