import { z } from 'zod'
import { errorValueSchema } from './errors.ts'
import { promptKindSchema } from './model.ts'
import { runManifestSchema, trainingMethodSchema } from './run.ts'
import { parityDifferenceSchema } from './training.ts'

/** Where what was learned comes from. */
export const lineageSchema = z.object({
  runId: z.string(),
  runName: z.string(),
  method: trainingMethodSchema,
  /** `adapter`: over the base model; `model`: all weights were trained, the file stands for itself. */
  kind: z.enum(['adapter', 'model']),
  /** Absolute path of Lagotto's own copy of what was learned. */
  path: z.string(),
  base: z.object({ name: z.string(), path: z.string(), fingerprint: z.string() }),
  prompt: promptKindSchema,
  teacher: z.string().nullable(),
  /** The adapter that the training began with, and the run that it came from where that is known. */
  parent: z.object({ path: z.string(), runId: z.string().nullable() }).nullable(),
  questions: runManifestSchema.shape.questions,
  /** When the training ended, ms since 1970. */
  trainedAt: z.number(),
  /** What came of it, as its report says. */
  headline: z.string(),
  /** Right answers to the test questions; null: not tested. */
  test: z.object({ before: z.number(), after: z.number(), questions: z.number().int() }).nullable(),
})
export type Lineage = z.infer<typeof lineageSchema>

/** What was learned, made a library's default in Ask. */
export const promotionSchema = z.object({
  id: z.string(),
  library: z.object({ id: z.string(), name: z.string() }),
  /** ms since 1970; null: it was not taken back. */
  at: z.number(),
  rolledBackAt: z.number().nullable(),
  /** Whether it answers now: of a library's promotions that were not taken back, the newest does. */
  current: z.boolean(),
  lineage: lineageSchema,
  /** Why it cannot answer at the moment; then the usual model does, and says so. Known of the current one only. */
  problem: errorValueSchema.nullable(),
  /** What Ask would do differently from how it was trained. Known of the current one only. */
  parity: z.array(parityDifferenceSchema),
})
export type Promotion = z.infer<typeof promotionSchema>

/** How the measuring of what student and teacher can do before a training goes on and ends. */
export const baselineSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    who: z.enum(['student', 'teacher']),
    done: z.number().int(),
    total: z.number().int(),
  }),
  z.object({
    type: z.literal('result'),
    questions: z.number().int(),
    /** Right answers. */
    student: z.number().int(),
    /** Null: there is no teacher. */
    teacher: z.number().int().nullable(),
    /** Worth knowing before the start, in sentences: a teacher who is no better, questions that are known already. */
    cautions: z.array(z.string()),
  }),
])
export type Baseline = z.infer<typeof baselineSchema>
