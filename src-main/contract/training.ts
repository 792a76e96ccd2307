import { z } from 'zod'
import { errorValueSchema } from './errors.ts'
import { progressSchema } from './job.ts'
import { runManifestSchema, runPhaseSchema, runStageSchema, timeRangeSchema } from './run.ts'

/**
 * `running`: its process works. `paused`, `stopped`: ended because somebody asked, memory freed. `interrupted`: its process
 * ended without a word: killed, or the computer was turned off. `failed`: see its error. All four can be resumed.
 */
export const runStateSchema = z.enum(['running', 'paused', 'stopped', 'interrupted', 'failed', 'finished'])
export type RunState = z.infer<typeof runStateSchema>

/** What was asked of a running process: to end after its current step, or at once. */
export const runRequestSchema = z.enum(['pause', 'stop'])
export type RunRequest = z.infer<typeof runRequestSchema>

/** What a run is to be made of. Paths are absolute. */
export const runInputSchema = z.object({
  /** A GGUF file. It stays as it is: what is learned becomes an adapter or a new file. */
  student: z.string().min(1),
  /** An adapter over the student to begin with. */
  adapter: z.string().min(1).optional(),
  /** A GGUF file with the student's tokenizer; methods without a teacher need none. */
  teacher: z.string().min(1).optional(),
  libraryId: z.string(),
  /** A file of questions with answers; or else a set of them. */
  questions: z.string().min(1).optional(),
  questionSetId: z.string().optional(),
  /** Settings of `runConfigSchema`, the method among them; what is left out has its default. */
  config: z.record(z.string(), z.unknown()).default({}),
  /** The run's folder, new or empty; by default one below the data folder. */
  out: z.string().min(1).optional(),
  /** Shown in lists; made of method and models by default. */
  name: z.string().trim().min(1).max(200).optional(),
})
export type RunInput = z.infer<typeof runInputSchema>

/** One thing that would be different in chat from what an adapter was trained with. */
export const parityDifferenceSchema = z.object({
  /** `gone`: model or library are no longer there; `chat` says which. */
  what: z.enum(['prompt', 'retriever', 'top-k', 'limits', 'tokenizer', 'gone']),
  training: z.string(),
  chat: z.string(),
})
export type ParityDifference = z.infer<typeof parityDifferenceSchema>

/** A training run. Its folder is the truth: it can be read while the run goes on and long after. */
export const runSchema = z.object({
  id: z.string(),
  /** Absolute path of its folder. */
  dir: z.string(),
  manifest: runManifestSchema,
  state: runStateSchema,
  /** What was asked of a running one and has not happened yet. */
  request: runRequestSchema.nullable(),
  /** Why it failed, or what is known about an interruption. */
  error: errorValueSchema.nullable(),
  /** Where it is; null before its process said so. */
  phase: runPhaseSchema.nullable(),
  stage: runStageSchema.nullable(),
  /** Steps of the phase, and its time. */
  progress: progressSchema.nullable(),
  /** Time left for the whole run, while it runs; null where that cannot be told. */
  runLeft: timeRangeSchema.nullable(),
  /** Lines in the metrics log. */
  lines: z.number().int(),
  /** The best validation so far: exact match. */
  best: z.object({ step: z.number().int(), em: z.number() }).nullable(),
  /** The teacher's exact match on the same validation questions; null before it was asked, and where there is none. */
  teacherEm: z.number().nullable(),
  /** When its last process began and ended (null: it runs), ms since 1970. */
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  /** Of the process, while it runs. */
  pid: z.number().int().nullable(),
  /** Resident memory of the process while it runs, bytes. */
  memoryBytes: z.number().nullable(),
  /** Processor cores that the process keeps busy at the moment, while it runs. */
  busyCores: z.number().nullable(),
})
export type Run = z.infer<typeof runSchema>

/** What a run would need and mean, told before it starts. */
export const preflightSchema = z.object({
  questions: z.object({
    train: z.number().int(),
    validation: z.number().int(),
    test: z.number().int(),
    /** Left out: broken lines, no question, no answer, duplicates. */
    unusable: z.number().int(),
    /** Questions that were looked up in the library, and those of them of which no answer was found there. */
    looked: z.number().int(),
    notFound: z.number().int(),
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
    /** `measured`: in an earlier run of the same method and models here; else from what the processor reaches. */
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
