import { z } from 'zod'
import type { Model, WritingKind } from './model.ts'
import { questionContentSchema, questionEvidenceSchema } from './question.ts'

/**
 * Looks at a draft before a person sees it: its answer stands in its passage; nobody asked the same before; the model does
 * not know the answer by heart; with the library it answers right; and without one of two passages it does not.
 */
export const draftCheckKindSchema = z.enum(['in-passage', 'new', 'closed-book', 'with-library', 'needs-both'])
export type DraftCheckKind = z.infer<typeof draftCheckKindSchema>

export const draftCheckSchema = z.object({
  kind: draftCheckKindSchema,
  passed: z.boolean(),
  /** What the model answered, or the question that is the same; null where there is nothing to quote. */
  said: z.string().nullable(),
})
export type DraftCheck = z.infer<typeof draftCheckSchema>

/** `dropped`: a check failed, or nothing could be read out of what the model wrote; no person is asked about it. */
export const draftStateSchema = z.enum(['waiting', 'accepted', 'rejected', 'dropped'])
export type DraftState = z.infer<typeof draftStateSchema>

/** A question that a model wrote about one passage of a library, or about two. */
export const draftSchema = z.object({
  id: z.string(),
  /** The set that it is meant for. */
  setId: z.string(),
  /** The work that it came from. */
  draftingId: z.string(),
  hops: z.union([z.literal(1), z.literal(2)]),
  question: z.string(),
  answers: z.array(z.string()),
  /** The passages, in the order in which they are needed, with the answer marked. */
  evidence: z.array(questionEvidenceSchema),
  /** Names of the models that wrote it and that tried it. */
  writer: z.string(),
  checker: z.string(),
  /** In the order in which they were made; the first that fails is the last. */
  checks: z.array(draftCheckSchema),
  state: draftStateSchema,
  /** The question that it became. */
  questionId: z.string().nullable(),
  createdAt: z.number(),
})
export type Draft = z.infer<typeof draftSchema>

/**
 * Who writes and who tries where nobody chose: the largest model that follows instructions does both; without one, the
 * largest that takes notes writes, and the first other one tries.
 */
export function usualWriter(models: readonly Model[]): { writer: Model; checker: Model } | null {
  // A model on a server reads what it writes about: that is for a person to choose.
  const usable = models.filter(({ role, error, remote }) => role === 'chat' && error === null && remote === null)
  const largest = (kind: WritingKind): Model | undefined =>
    usable.filter(({ writes }) => writes === kind).toSorted((a, b) => b.parameters - a.parameters)[0]
  const instructed = largest('instructions')
  if (instructed) return { writer: instructed, checker: instructed }
  const writer = largest('notes')
  return writer ? { writer, checker: usable.find(({ id }) => id !== writer.id) ?? writer } : null
}

/** What a drafting begins with. */
export const draftingInputSchema = z.object({
  setId: z.string(),
  /** Absent: the set's library. */
  libraryId: z.string().optional(),
  /** Path of the model that writes; absent: as {@link usualWriter} says. */
  writer: z.string().min(1).optional(),
  /** Path of the model that tries what was written; absent: the writer itself, or the usual one with the usual writer. */
  checker: z.string().min(1).optional(),
  /** Drafts that are to pass all checks. */
  count: z.number().int().min(1).max(1000).default(20),
  /** Share of them that needs two passages. */
  twoPassages: z.number().min(0).max(1).default(0.3),
})
export type DraftingInput = z.infer<typeof draftingInputSchema>

/** Work that writes questions. */
export const draftingSchema = z.object({
  id: z.string(),
  setId: z.string(),
  jobId: z.string().nullable(),
  /** Drafts that passed, and that are wanted. */
  passed: z.number().int(),
  count: z.number().int(),
  /** Passages, or pairs of them, that were tried. */
  tried: z.number().int(),
  /** How many were dropped, by the check that failed; `unreadable`: no question could be read out of what was written. */
  dropped: z.record(z.union([draftCheckKindSchema, z.literal('unreadable')]), z.number().int()),
  createdAt: z.number(),
})
export type Drafting = z.infer<typeof draftingSchema>

/** A person's word on a draft; `waiting` takes the last one back. */
export const draftReviewSchema = z.object({
  id: z.string(),
  decision: z.enum(['accept', 'reject', 'waiting']),
  /** How the question is to be put instead. */
  content: questionContentSchema.optional(),
})
export type DraftReview = z.infer<typeof draftReviewSchema>
