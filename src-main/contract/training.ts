import { z } from 'zod'
import { errorValueSchema } from './errors.ts'
import { progressSchema } from './job.ts'

/** How a student is taught (`dgpo.md` sections 3 to 5). */
export const trainingMethodSchema = z.enum(['dgpo', 'kd', 'seqkd', 'gkd', 'distillm', 'taid', 'ppo', 'grpo'])
export type TrainingMethod = z.infer<typeof trainingMethodSchema>

/**
 * `running`: its process works. `paused`, `stopped`: ended after a step, memory freed, as somebody asked. `interrupted`: its
 * process ended without a word: killed, or the computer was turned off. `failed`: see its error. All four can be resumed.
 */
export const runStateSchema = z.enum(['running', 'paused', 'stopped', 'interrupted', 'failed', 'finished'])
export type RunState = z.infer<typeof runStateSchema>

/** What a run is made of. Paths are absolute. */
export const runInputSchema = z.object({
  method: trainingMethodSchema,
  /** A GGUF file. Its weights stay as they are; what is learned becomes an adapter or a new file. */
  student: z.string().min(1),
  /** A GGUF file with the student's tokenizer; null for methods without a teacher. */
  teacher: z.string().min(1).nullable(),
  libraryId: z.string(),
  /** A file of questions with answers. */
  questions: z.string().min(1),
  /** Settings that differ from the defaults, by their names in the run's configuration. */
  config: z.record(z.string(), z.unknown()).default({}),
  /** Where the run's folder is made; by default below the data folder. */
  out: z.string().min(1).optional(),
  /** Shown in lists; made of method and models by default. */
  name: z.string().trim().min(1).max(200).optional(),
})
export type RunInput = z.input<typeof runInputSchema>

/** A model as a run recorded it. */
const runModelSchema = z.object({ path: z.string(), name: z.string() })

/** Number of questions in each split. */
const splitCountsSchema = z.object({
  train: z.number().int(),
  validation: z.number().int(),
  test: z.number().int(),
})

/** Why an adapter would not play in chat as it was trained: one thing that differs. */
export const parityDifferenceSchema = z.object({
  what: z.enum(['prompt', 'retriever', 'top-k', 'limits', 'tokenizer']),
  training: z.string(),
  chat: z.string(),
})
export type ParityDifference = z.infer<typeof parityDifferenceSchema>

/** A training run. Its folder is the truth; it can be read while it runs and long after. */
export const runSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Absolute path of its folder. */
  dir: z.string(),
  method: trainingMethodSchema,
  state: runStateSchema,
  /** What was asked of a running one and will happen after its current step. */
  request: z.enum(['pause', 'stop']).nullable(),
  error: errorValueSchema.nullable(),
  /** What it does now, as a short phrase ("Cold start", "Validation"); null before it began. */
  phase: z.string().nullable(),
  /** Of the whole run. */
  progress: progressSchema.nullable(),
  student: runModelSchema,
  teacher: runModelSchema.nullable(),
  library: z.object({ id: z.string(), name: z.string() }),
  questions: splitCountsSchema.extend({ path: z.string() }),
  /** Every setting, with its value. */
  config: z.record(z.string(), z.unknown()),
  /** Lines in the metrics log so far. */
  metrics: z.number().int(),
  /** Of the best weights so far, on the validation split. */
  best: z.object({ step: z.number().int(), exactMatch: z.number() }).nullable(),
  /** Sentences of the collapse guard and other things worth knowing, oldest first. */
  notices: z.array(z.string()),
  createdAt: z.number(),
  /** When its last process ended; null while one runs. */
  endedAt: z.number().nullable(),
  /** Process id while it runs. */
  pid: z.number().int().nullable(),
  /** Resident memory of the process, bytes, while it runs. */
  memoryBytes: z.number().nullable(),
})
export type Run = z.infer<typeof runSchema>

/** One line of the metrics log: figures by name. Names are explained in the run's documentation. */
export const metricsRecordSchema = z.record(
  z.string(),
  z.union([z.number(), z.string(), z.boolean(), z.null(), z.array(z.number()), z.record(z.string(), z.number())]),
)
export type MetricsRecord = z.infer<typeof metricsRecordSchema>

/** An episode that was kept for people to read. */
export const sampleEpisodeSchema = z.object({
  step: z.number().int(),
  phase: z.string(),
  question: z.string(),
  answers: z.array(z.string()),
  answer: z.string().nullable(),
  /** Exact match. */
  score: z.number(),
  queries: z.array(z.string()),
  hit: z.boolean(),
  turns: z.number().int(),
  validTurns: z.number().int(),
  generatedTokens: z.number().int(),
  transcript: z.string(),
})
export type SampleEpisode = z.infer<typeof sampleEpisodeSchema>

/** What a run would need and mean, told before it starts. */
export const preflightSchema = z.object({
  questions: splitCountsSchema.extend({
    /** Questions without a usable answer, and duplicates: left out. */
    unusable: z.number().int(),
    /** Of the training questions that were looked up in the library, those of which no answer was found. */
    notFound: z.object({ looked: z.number().int(), missing: z.number().int() }),
  }),
  memory: z.object({
    /** At the worst moment, with its parts. */
    bytes: z.number(),
    parts: z.array(z.object({ name: z.string(), bytes: z.number() })),
    availableBytes: z.number(),
  }),
  time: z.object({
    steps: z.number().int(),
    secondsPerStep: z.number(),
    ms: z.number(),
    /** `measured`: in an earlier run of the same method and models; else from what this computer's processor reaches. */
    basis: z.enum(['measured', 'estimated']),
  }),
  disk: z.object({ bytes: z.number(), freeBytes: z.number() }),
  parity: z.array(parityDifferenceSchema),
  /** Why it would be refused; empty when it can start. */
  refusals: z.array(errorValueSchema),
  /** Worth knowing before the start, in sentences. */
  notices: z.array(z.string()),
})
export type Preflight = z.infer<typeof preflightSchema>
