import { z } from 'zod'
import { call, done, id } from './call.ts'
import {
  benchmarkInputSchema,
  benchmarkSchema,
  evaluationInputSchema,
  evaluationPlanSchema,
  evaluationSchema,
  resultDetailSchema,
  resultFilterSchema,
  resultRowSchema,
  resultTableSchema,
} from './evaluation.ts'

/** What can be asked about evaluations: see `contract`. */
export const evaluationCalls = {
  /** Newest first. */
  list: call.output(z.array(evaluationSchema)),
  /** With its results so far; `reference`: position of the method that the others are compared with. */
  get: call
    .input(id.extend({ reference: z.number().int().min(0).default(0) }))
    .output(z.object({ evaluation: evaluationSchema, table: resultTableSchema })),
  /** How many answers it would take, and how many of them are known from earlier evaluations. */
  plan: call.input(evaluationInputSchema).output(evaluationPlanSchema),
  /** Starts a job that asks every question of every method; a method that cannot play is told and passed over. */
  start: call.input(evaluationInputSchema).output(evaluationSchema),
  /** Goes on with one that is not finished. Stop it with `jobs.stop`. */
  resume: call.input(id).output(evaluationSchema),
  delete: call.input(id).output(done),
  results: call
    .input(
      id.extend({
        filter: resultFilterSchema.default({}),
        offset: z.number().int().min(0).default(0),
        limit: z.number().int().min(1).max(10_000).default(200),
      }),
    )
    .output(z.object({ rows: z.array(resultRowSchema), total: z.number().int() })),
  /** One question with the traces of all methods. */
  question: call
    .input(id.extend({ position: z.number().int().min(0), filter: resultFilterSchema.default({}) }))
    .output(resultDetailSchema),
  /** Keeps which method was found best for a question (-1: none is better; null: forget the vote). */
  vote: call
    .input(id.extend({ position: z.number().int().min(0), method: z.number().int().min(-1).nullable() }))
    .output(done),
  /** Ends blind mode: names and votes are shown from now on. */
  reveal: call.input(id).output(done),
  /** All of it as one file. */
  report: call
    .input(id.extend({ format: z.enum(['html', 'json']), reference: z.number().int().min(0).default(0) }))
    .output(z.object({ name: z.string(), text: z.string() })),
  /** Brings questions of a published set, and the passages that come with them as a library. */
  addBenchmark: call.input(benchmarkInputSchema).output(benchmarkSchema),
}
