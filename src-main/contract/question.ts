import { z } from 'zod'
import { normalizeAnswer } from './answers.ts'
import { type Passage, passageSchema, type Span, spanSchema } from './library.ts'
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

/** Evidence of a question, with where it stands when it is a passage of a library. */
export const questionEvidenceSchema = evidenceTextSchema.extend({
  /** The passage as it was when it was chosen; absent: the text came with the question from elsewhere. */
  place: passageSchema.omit({ title: true, text: true }).optional(),
  /** What a person or a check marked as the telling part; offsets in `text`. Absent: all of it. */
  marks: z.array(spanSchema).optional(),
})
export type QuestionEvidence = z.infer<typeof questionEvidenceSchema>

/** A passage of a library as evidence. */
export function passageEvidence(
  { id, libraryId, fileId, title, headings, path, page, start, end, text }: Passage,
  marks: readonly Span[] = [],
): QuestionEvidence {
  const place = { id, libraryId, fileId, headings, path, page, start, end }
  return { title, text, place, ...(marks.length === 0 ? {} : { marks: [...marks] }) }
}

/**
 * How a question came into its set: out of a file, written by a person, drafted by a model and accepted by a person, put
 * right after a wrong answer in Ask, or taken over from a contestant that was right.
 */
export const questionOriginSchema = z.enum(['imported', 'written', 'drafted', 'corrected', 'taken-over'])
export type QuestionOrigin = z.infer<typeof questionOriginSchema>

/** A word that groups questions. */
export const tagSchema = z.string().trim().min(1).max(50)

/** A question with its accepted answers. */
export const questionSchema = z.object({
  /** Unique in its set. */
  id: z.string(),
  /** Its place in the set's order. */
  position: z.number().int(),
  question: z.string(),
  /** At least one of them can be matched. */
  answers: z.array(z.string()),
  /** Passages that answer it, where the set names them; empty otherwise. */
  goldPassageIds: z.array(z.string()),
  evidence: z.array(questionEvidenceSchema),
  split: splitSchema,
  tags: z.array(tagSchema),
  origin: questionOriginSchema,
  /** Whether an answer was found in the set's library, near the question; null: nobody looked. */
  found: z.boolean().nullable(),
})
export type Question = z.infer<typeof questionSchema>

/** What a person says about a question: everything but what follows from it. */
export const questionContentSchema = z.object({
  question: z.string().trim().min(1).max(10_000),
  answers: z.array(z.string().trim().min(1).max(10_000)).min(1).max(100),
  tags: z.array(tagSchema).max(50).default([]),
  evidence: z.array(questionEvidenceSchema).max(50).default([]),
})
export type QuestionContent = z.infer<typeof questionContentSchema>

/** Which questions of a set are wanted; all conditions hold together. */
export const questionFilterSchema = z.object({
  split: splitSchema.optional(),
  /** Part of a question or an answer, case-insensitive. */
  filter: z.string().optional(),
  tag: z.string().optional(),
  /** `not-found`: no answer is in the library; `unchecked`: nobody looked; `no-evidence`: nobody said where it stands. */
  problem: z.enum(['not-found', 'unchecked', 'no-evidence']).optional(),
})
export type QuestionFilter = z.infer<typeof questionFilterSchema>

/** A named set of questions. */
export const questionSetSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The library that the questions are about, where that is known. */
  libraryId: z.string().nullable(),
  createdAt: z.number(),
  questions: z.number().int(),
  splits: z.record(splitSchema, z.number().int()),
  /** Questions whose answer a person wrote, accepted or put right. */
  checked: z.number().int(),
  /** Questions whose answers were looked up and not found. */
  notFound: z.number().int(),
  /** Tags in use, with how many questions have them. */
  tags: z.array(z.object({ tag: tagSchema, questions: z.number().int() })),
  /** Drafts that wait for a person. */
  drafts: z.number().int(),
})
export type QuestionSet = z.infer<typeof questionSetSchema>

/** Something in a file of questions that was left out. */
export const questionProblemSchema = z.object({
  kind: z.enum(['broken', 'no-answer', 'duplicate']),
  /** `line 12`, `row 12` of a table of Parquet, or `question 5` in files that are one JSON value. */
  where: z.string(),
  what: z.string(),
})
export type QuestionProblem = z.infer<typeof questionProblemSchema>

export const questionImportSchema = z.object({
  set: questionSetSchema,
  format: z.enum(['jsonl', 'csv', 'squad', 'hotpotqa', 'musique', 'triviaqa', 'search-r1', 'json', 'parquet']),
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
