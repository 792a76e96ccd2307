import { z } from 'zod'
import { contestantSchema } from './comparison.ts'
import { errorValueSchema } from './errors.ts'
import { jobStateSchema, progressSchema } from './job.ts'
import { questionImportSchema, splitSchema } from './question.ts'
import { traceSchema } from './trace.ts'

/**
 * What became of a question. `contains`: the right answer stands in a longer one. `not-searched`, `not-retrieved`: the
 * right answer was in nothing that it read. `not-used`: it was, and yet the answer is another. `never-answered`: it ended
 * without an answer although it had turns left; `out-of-turns`, `out-of-room`: a limit ended it. `failed`: an error did.
 */
export const fateSchema = z.enum([
  'right',
  'contains',
  'not-searched',
  'not-retrieved',
  'not-used',
  'never-answered',
  'out-of-turns',
  'out-of-room',
  'failed',
])
export type Fate = z.infer<typeof fateSchema>

/** Which score a table shows: exact match, token F1, or whether the right answer occurs in the answer. */
export const scoreNameSchema = z.enum(['em', 'f1', 'coverEm'])
export type ScoreName = z.infer<typeof scoreNameSchema>

/** How one question went for one method. Scores lie between 0 and 1. */
export const scoredSchema = z.object({
  answer: z.string().nullable(),
  em: z.number(),
  f1: z.number(),
  coverEm: z.number(),
  /** A right answer occurs in the text of any search, and of the first one. */
  hit: z.boolean(),
  hitFirst: z.boolean(),
  searches: z.number().int(),
  turns: z.number().int(),
  validTurns: z.number().int(),
  repeatedQueries: z.number().int(),
  emptyQueries: z.number().int(),
  tokens: z.number().int(),
  ms: z.number(),
  fate: fateSchema,
  /** Exact match when the passages that answer it are given, at once and after thinking; null: not measured. */
  given: z.object({ atOnce: z.number(), thinking: z.number(), hops: z.enum(['single', 'multi']) }).nullable(),
})
export type Scored = z.infer<typeof scoredSchema>

/** A mean with the interval that 95 % of bootstrap samples fall into. */
export const intervalSchema = z.object({ mean: z.number(), low: z.number(), high: z.number() })
export type Interval = z.infer<typeof intervalSchema>

/** One method on one set of questions, or on all of them. */
export const cellSchema = z.object({
  /** Questions that were answered or tried. */
  questions: z.number().int(),
  /** Those that are exactly right. */
  right: z.number().int(),
  scores: z.record(scoreNameSchema, intervalSchema),
  /**
   * What it scores more than the reference on the questions that both tried; `p`: how often a difference at least as large
   * comes up when it is left to chance which of the two gave which answer (paired randomization test). Null: it is the
   * reference, or they share no question.
   */
  difference: z.record(scoreNameSchema, intervalSchema.extend({ p: z.number() })).nullable(),
})
export type Cell = z.infer<typeof cellSchema>

/** ARCap (`dgpo.md` section 2): where an agent fails. Shares between 0 and 1, but for the searches. */
export const arcapSchema = z.object({
  questions: z.number().int(),
  /** Of how many the passages that answer them are known; the next two count those. */
  given: z.number().int(),
  sourceReferencing: z.number(),
  thinking: z.number(),
  hitRatio: z.number(),
  hitRatioFirst: z.number(),
  searchSteps: z.number(),
})

/** The behavior of a method over all questions. */
export const behaviorSchema = z.object({
  validActionRate: z.number(),
  answerRate: z.number(),
  repeatedQueryRate: z.number(),
  emptyQueryRate: z.number(),
  tokensPerQuestion: z.number(),
  secondsPerQuestion: z.number(),
})

/** Methods against sets, as results are reported. */
export const resultTableSchema = z.object({
  methods: z.array(
    z.object({
      label: z.string(),
      /** One for each set, in their order. */
      cells: z.array(cellSchema),
      /** Mean over the sets, each counting the same. */
      mean: cellSchema,
      fates: z.record(fateSchema, z.number().int()),
      behavior: behaviorSchema,
      arcap: z.object({ all: arcapSchema, single: arcapSchema.nullable(), multi: arcapSchema.nullable() }),
    }),
  ),
  sets: z.array(z.object({ name: z.string(), questions: z.number().int() })),
  /** Position of the method that the others are compared with. */
  reference: z.number().int(),
})
export type ResultTable = z.infer<typeof resultTableSchema>

/** A set of questions in an evaluation, and the library in which they are asked. */
export const evaluationSetSchema = z.object({
  /** Of the question set; what was asked is kept with the evaluation, whatever becomes of the set. */
  setId: z.string(),
  name: z.string(),
  library: z.object({ id: z.string(), name: z.string() }),
  split: splitSchema.nullable(),
  questions: z.number().int(),
})
export type EvaluationSet = z.infer<typeof evaluationSetSchema>

/** A method of an evaluation: a model, perhaps with an adapter, and why it could not go on. */
export const evaluationMethodSchema = contestantSchema.extend({ error: errorValueSchema.nullable() })
export type EvaluationMethod = z.infer<typeof evaluationMethodSchema>

/** Questions of some sets that several methods answer; each question of each method is kept. */
export const evaluationSchema = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.number(),
  methods: z.array(evaluationMethodSchema),
  sets: z.array(evaluationSetSchema),
  /** Whether questions are also answered from given passages (ARCap). */
  arcap: z.boolean(),
  /** Names are to be hidden until a person wants to know them. */
  blind: z.boolean(),
  revealed: z.boolean(),
  /** Votes for each method, and those for none of them. */
  votes: z.object({ methods: z.array(z.number().int()), none: z.number().int() }),
  jobId: z.string(),
  state: jobStateSchema,
  progress: progressSchema.nullable(),
  error: errorValueSchema.nullable(),
  /** Answers that there are, and that there will be. */
  done: z.number().int(),
  total: z.number().int(),
})
export type Evaluation = z.infer<typeof evaluationSchema>

/** What an evaluation begins with. */
export const evaluationInputSchema = z.object({
  name: z.string().trim().min(1).max(200).optional(),
  methods: z.array(contestantSchema).min(1).max(8),
  sets: z
    .array(
      z.object({
        setId: z.string(),
        /** By default the library that the set is about. */
        libraryId: z.string().optional(),
        split: splitSchema.optional(),
        /** Only the first so many. */
        limit: z.number().int().min(1).optional(),
      }),
    )
    .min(1)
    .max(20),
  arcap: z.boolean().default(false),
  blind: z.boolean().default(false),
})
export type EvaluationInput = z.infer<typeof evaluationInputSchema>

/** What an evaluation would cost: answers that it needs, and those of them that are known from before. */
export const evaluationPlanSchema = z.object({
  questions: z.number().int(),
  answers: z.number().int(),
  known: z.number().int(),
  /** Questions that name the passages that answer them: those ARCap needs. */
  withPassages: z.number().int(),
})
export type EvaluationPlan = z.infer<typeof evaluationPlanSchema>

/** Which questions of an evaluation are wanted. */
export const resultFilterSchema = z.object({
  /** Position of a set. */
  set: z.number().int().min(0).optional(),
  /** Part of the question or of a right answer, case-insensitive. */
  text: z.string().optional(),
  /** Those that had this fate with this method (position). */
  fate: z.object({ method: z.number().int().min(0), fates: z.array(fateSchema).min(1) }).optional(),
  /** Those that one method answered right and another wrong (positions). */
  flipped: z.object({ right: z.number().int().min(0), wrong: z.number().int().min(0) }).optional(),
})
export type ResultFilter = z.infer<typeof resultFilterSchema>

/** One question of an evaluation, with what became of it. */
export const resultRowSchema = z.object({
  /** Its place in the evaluation. */
  position: z.number().int(),
  set: z.number().int(),
  question: z.string(),
  answers: z.array(z.string()),
  /** One for each method, in their order; null: not tried yet. */
  results: z.array(scoredSchema.pick({ answer: true, em: true, f1: true, fate: true }).nullable()),
  /** The method that was found best (-1: none is better); null before a vote. */
  vote: z.number().int().min(-1).nullable(),
})
export type ResultRow = z.infer<typeof resultRowSchema>

/** One question with the whole story of every method. */
export const resultDetailSchema = z.object({
  row: resultRowSchema,
  /** One for each method; null: not tried yet. */
  traces: z.array(traceSchema.nullable()),
  /** Positions of the questions before and after it among those that the filter lets through. */
  previous: z.number().int().nullable(),
  next: z.number().int().nullable(),
})
export type ResultDetail = z.infer<typeof resultDetailSchema>

/** A benchmark as a person brings it: questions, and perhaps the passages that they are to be looked for in. */
export const benchmarkInputSchema = z.discriminatedUnion('kind', [
  /** The questions about the sample library. */
  z.object({ kind: z.literal('sample') }),
  z.object({
    kind: z.literal('file'),
    /** Of the questions. */
    path: z.string().min(1),
    /** JSON lines {id, title, text}; absent: the passages that come with the questions, where there are some. */
    passages: z.string().min(1).optional(),
    /** The set's name; by default the file's. */
    name: z.string().trim().min(1).max(200).optional(),
    /** Search this library; absent: one made of the passages. */
    libraryId: z.string().optional(),
  }),
])
export type BenchmarkInput = z.infer<typeof benchmarkInputSchema>

export const benchmarkSchema = z.object({
  import: questionImportSchema,
  /** Null: the questions bring no passages, and no library was named. */
  library: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** The job that reads the passages of a new library. */
  jobId: z.string().nullable(),
})
export type Benchmark = z.infer<typeof benchmarkSchema>
