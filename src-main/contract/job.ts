import { z } from 'zod'
import { errorValueSchema } from './errors.ts'
import { libraryFileSchema } from './library.ts'
import { modelSchema } from './model.ts'
import { timeRangeSchema } from './run.ts'
import { type AgentEvent, agentEventSchema } from './trace.ts'

/** Long work: answering, comparing, evaluating, reading a library, fetching or converting a model, training, writing questions. */
export const jobKindSchema = z.enum([
  'answer',
  'comparison',
  'ingestion',
  'download',
  'import',
  'training',
  'drafting',
  'evaluation',
])
export type JobKind = z.infer<typeof jobKindSchema>

/**
 * `interrupted`: the service ended in the middle; an ingestion, a download or an evaluation then goes on by itself at the
 * next start.
 * `paused`: the person wants to go on later; a new job does so when they say it.
 */
export const jobStateSchema = z.enum(['queued', 'running', 'succeeded', 'failed', 'stopped', 'interrupted', 'paused'])
export type JobState = z.infer<typeof jobStateSchema>

/** What, how much of how much, how fast, how long still. */
export const progressSchema = z.object({
  /** What is being done, as a short phrase ("Reading report.pdf"). */
  what: z.string(),
  done: z.number().int(),
  total: z.number().int(),
  /** What is counted, in the plural ("files"). */
  unit: z.string(),
  /** Units per second; null until it can be told. */
  rate: z.number().nullable(),
  /** Estimated time left, ms; null until it can be told. */
  leftMs: z.number().nullable(),
  /** Where the work has parts and `leftMs` is of the present one: the time left of all of them; null until it can be told. */
  allLeft: timeRangeSchema.nullable().optional(),
})
export type Progress = z.infer<typeof progressSchema>

export const jobSchema = z.object({
  id: z.string(),
  kind: jobKindSchema,
  /** What the job is about: the exchange of an answer, the library of an ingestion, what a download fetches, a run, an evaluation. */
  subjectId: z.string(),
  title: z.string(),
  state: jobStateSchema,
  progress: progressSchema.nullable(),
  error: errorValueSchema.nullable(),
  createdAt: z.number(),
  endedAt: z.number().nullable(),
  /** Sequence number of the last stored event; 0 before the first. */
  lastSeq: z.number().int(),
})
export type Job = z.infer<typeof jobSchema>

/** What a job can say while it runs. */
export const jobPayloadSchema = z.discriminatedUnion('type', [
  ...agentEventSchema.options,
  z.object({ type: z.literal('progress'), progress: progressSchema }),
  z.object({ type: z.literal('file'), file: libraryFileSchema }),
  /** Files that a download or an import is about to write, absolute paths. */
  z.object({ type: z.literal('targets'), paths: z.array(z.string()) }),
  /** The model that a download or an import brought. */
  z.object({ type: z.literal('model'), model: modelSchema }),
  /** The job's state changed; after a final state nothing follows. */
  z.object({ type: z.literal('state'), state: jobStateSchema, error: errorValueSchema.nullable() }),
])
export type JobPayload = z.infer<typeof jobPayloadSchema>

/** A stored event. Sequence numbers of a job start at 1 and have no gaps. */
export const jobEventSchema = z.object({
  seq: z.number().int(),
  /** ms since 1970 */
  at: z.number(),
  event: jobPayloadSchema,
})
export type JobEvent = z.infer<typeof jobEventSchema>

const own: readonly JobPayload['type'][] = ['progress', 'file', 'targets', 'model', 'state']

/** Whether an event tells about an episode of the agent, and not about the job itself. */
export function isAgentEvent(event: JobPayload): event is AgentEvent {
  return !own.includes(event.type)
}

/** Whether a job in this state is over. An interrupted or paused job is over as well: what continues it is a new run. */
export function isFinal(state: JobState): boolean {
  return state !== 'queued' && state !== 'running'
}
