import { z } from 'zod'
import { normalizeAnswer } from './answers.ts'
import { hashText } from './text.ts'

/** What a question is for: to learn from, to steer a training by, to measure the result on. */
export const splitSchema = z.enum(['train', 'validation', 'test'])
export type Split = z.infer<typeof splitSchema>

/**
 * The split that a question belongs to: 80 % train, 10 % validation, 10 % test by a fixed hash of its normalized text, so
 * that the same question is in the same split in every set, on every computer, in every version.
 */
export function splitOf(question: string): Split {
  const place = hashText(normalizeAnswer(question)) / 2 ** 32
  return place < 0.8 ? 'train' : place < 0.9 ? 'validation' : 'test'
}

/** Text that answers a question, as the set itself brings it. */
export const evidenceTextSchema = z.object({ title: z.string(), text: z.string() })
export type EvidenceText = z.infer<typeof evidenceTextSchema>

/** A question with its accepted answers. */
export const questionSchema = z.object({
  /** Unique in its set. */
  id: z.string(),
  question: z.string(),
  /** At least one of them can be matched. */
  answers: z.array(z.string()),
  /** Passages that answer it, where the set names them; empty otherwise. */
  goldPassageIds: z.array(z.string()),
  evidence: z.array(evidenceTextSchema),
  split: splitSchema,
})
export type Question = z.infer<typeof questionSchema>

/** A named set of questions. */
export const questionSetSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The library that the questions are about, where that is known. */
  libraryId: z.string().nullable(),
  createdAt: z.number(),
  questions: z.number().int(),
  splits: z.record(splitSchema, z.number().int()),
})
export type QuestionSet = z.infer<typeof questionSetSchema>

/** Something in a file of questions that was left out. */
export const questionProblemSchema = z.object({
  kind: z.enum(['broken', 'no-answer', 'duplicate']),
  /** `line 12`, or `question 5` in files that are one JSON value. */
  where: z.string(),
  what: z.string(),
})
export type QuestionProblem = z.infer<typeof questionProblemSchema>

export const questionImportSchema = z.object({
  set: questionSetSchema,
  format: z.enum(['jsonl', 'csv', 'squad', 'hotpotqa', 'musique', 'triviaqa', 'json']),
  imported: z.number().int(),
  /** How many were left out, by reason; `problems` names the first of them. */
  left: z.record(questionProblemSchema.shape.kind, z.number().int()),
  problems: z.array(questionProblemSchema),
})
export type QuestionImport = z.infer<typeof questionImportSchema>

/** How a look at all questions of a set goes on and ends. */
export const questionCheckSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), done: z.number().int(), total: z.number().int() }),
  z.object({
    type: z.literal('result'),
    library: z.object({ id: z.string(), name: z.string() }),
    questions: z.number().int(),
    /** None of their answers is in a passage that a search for the question with its answers finds. */
    notFound: z.array(questionSchema.pick({ id: true, question: true, answers: true, split: true })),
  }),
])
export type QuestionCheck = z.infer<typeof questionCheckSchema>
