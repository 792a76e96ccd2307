import { z } from 'zod'
import { limitsSchema, promptKindSchema } from './model.ts'

/** The methods of the paper's table. */
export const trainingMethodSchema = z.enum(['dgpo', 'kd', 'seqkd', 'gkd', 'distillm', 'taid', 'ppo', 'grpo'])
export type TrainingMethod = z.infer<typeof trainingMethodSchema>

const count = z.number().int().positive()
const share = z.number().min(0).max(1)
const positive = z.number().positive()

/**
 * What is trained: an adapter over the student, or all of its weights. Where a run is begun without any of these settings, all
 * weights of a micro model (up to 50 million).
 */
const tuningSchema = z.object({
  mode: z.enum(['lora', 'full']).default('lora'),
  rank: count.default(16),
  alpha: positive.default(32),
  dropout: z.number().min(0).lt(1).default(0),
})

/** The cold start and the other distillations: learning from what the teacher wrote and from its distributions. */
const distillationSchema = z.object({
  epochs: count.default(5),
  /** Ends the phase early, whatever `epochs` says. */
  maxSteps: count.nullable().default(null),
  /** Episodes per update. */
  batch: count.default(16),
  /** The peak; null: by the student's width and by what is trained. */
  learningRate: positive.nullable().default(null),
  warmupShare: share.default(0.05),
  schedule: z.enum(['constant', 'cosine']).default('cosine'),
  /** λ: how much KL(teacher ‖ student) counts beside the cross-entropy. */
  klWeight: z.number().min(0).default(1),
  /** Probabilities of the teacher that are kept per token; null: all of them. */
  teacherTopK: count.nullable().default(64),
  /** Episodes that the teacher plays per training question, and how it draws its tokens. */
  episodesPerQuestion: count.default(1),
  teacherTemperature: z.number().min(0).max(5).default(1),
  /** The phase ends when validation EM has not risen for this many validations; null: never early. */
  patience: count.nullable().default(null),
  /** GKD: share of the student's own episodes, and the teacher's weight in the Jensen-Shannon mixture. */
  onPolicyShare: share.default(0.5),
  jensenShannonWeight: share.default(0.1),
  /** DistiLLM: the skew, the replay buffer's episodes, and by how much the share rises when the validation loss does. */
  skew: share.default(0.1),
  replayCapacity: count.default(1000),
  adaptiveStep: share.default(0.1),
  /** TAID: where t begins and ends, how fast it adapts, and how slowly its change of the loss is averaged. */
  taidStart: share.default(0.4),
  taidEnd: share.default(1),
  taidRate: z.number().min(0).default(5e-4),
  taidMomentum: share.default(0.99),
})

/** Reinforcement: PPO with a critic, or GRPO without. */
const reinforcementSchema = z.object({
  steps: count.default(200),
  /** Questions per step. */
  batch: count.default(64),
  /** Episodes per update; null: half of the step's. */
  miniBatch: count.nullable().default(null),
  /** Episodes per update of the critic; null: as the actor's. */
  criticMiniBatch: count.nullable().default(null),
  /** GRPO: episodes per question. */
  groupSize: z.number().int().min(2).default(5),
  temperature: z.number().min(0).max(5).default(1),
  /** The actor's peak; null: by the student's width and by what is trained. */
  learningRate: positive.nullable().default(null),
  /** The critic's peak; null: by the student's width. */
  criticLearningRate: positive.nullable().default(null),
  warmupShare: share.default(0.285),
  criticWarmupShare: share.default(0.015),
  /** Steps in which only the critic learns. */
  criticOnlySteps: z.number().int().min(0).default(0),
  clip: positive.default(0.2),
  valueClip: positive.default(0.5),
  entropy: z.number().min(0).default(0.001),
  /** β: how much the guidance counts in the reward, or GRPO's KL in the loss. */
  beta: z.number().min(0).default(0.001),
  gamma: share.default(1),
  lambda: share.default(1),
})

/** When a run counts as collapsing, and what happens then. */
const guardSchema = z.object({
  action: z.enum(['stop', 'rollback', 'off']).default('rollback'),
  maxRollbacks: z.number().int().min(0).default(2),
  /** Validation EM may fall by this share of its best, and by at least `minDrop`, this often in a row. */
  maxDropShare: share.default(0.35),
  minDrop: share.default(0.08),
  drops: count.default(2),
  /** Steps over which the following are averaged. */
  window: count.default(8),
  /** Nats per token. */
  minEntropy: z.number().min(0).default(0.002),
  /** Times the phase's first entropy. */
  maxEntropyGrowth: positive.default(4),
  minValidActionRate: share.default(0.4),
  maxRepeatedQueryRate: share.default(0.6),
  maxEmptyQueryRate: share.default(0.5),
  /** Nats per token, between the policy and its reference or teacher; and between before and after one step. */
  maxReferenceKl: positive.default(5),
  maxStepKl: positive.default(0.5),
})

/** Every setting of a training run. An empty object is the paper's method at the size of a personal computer. */
export const runConfigSchema = z.object({
  method: trainingMethodSchema.default('dgpo'),
  /** Whether distillation comes before reinforcement; null: as the method has it (only DGPO has it). */
  coldStart: z.boolean().nullable().default(null),
  /** DGPO: which episodes the teacher guides: the wrong ones, all, none. */
  guidance: z.enum(['selective', 'uniform', 'none']).default('selective'),
  /** `reversed`: reinforcement first, then distillation. */
  order: z.enum(['normal', 'reversed']).default('normal'),
  seed: z.number().int().min(0).max(0xffffffff).default(1),
  tuning: tuningSchema.prefault({}),
  distillation: distillationSchema.prefault({}),
  reinforcement: reinforcementSchema.prefault({}),
  validation: z
    .object({
      /** Whether the student plays them before its first step, too: what it could do before, and costly when it only rambles. */
      atStart: z.boolean().default(true),
      /** Steps of reinforcement between two validations. */
      every: count.default(10),
      /** Validations per epoch of distillation. */
      perEpoch: count.default(1),
      /** Questions that are played; null: all of the split. */
      questions: count.nullable().default(100),
      /** Questions of the test split that the best weights answer at the end; null: all; 0: no test. */
      testQuestions: z.number().int().min(0).nullable().default(null),
    })
    .prefault({}),
  guard: guardSchema.prefault({}),
  /** Global norm of gradients. */
  maxNorm: positive.default(1),
  /** Tokens that are computed at once; longer episodes are computed alone. */
  packTokens: count.default(2048),
  /** How the student's matrix products are computed on the CPU: `bf16` is quicker, where the processor has instructions for it. */
  products: z.enum(['exact', 'bf16']).default('exact'),
  /** Whether what a backward pass needs is kept or computed again; `auto` keeps it while memory lasts. */
  activations: z.enum(['auto', 'keep', 'recompute']).default('auto'),
  /** CPU threads; null: one less than there are cores. One makes a run repeatable bit for bit. */
  threads: count.nullable().default(null),
  /** Steps between two checkpoints: what a kill can cost. */
  checkpointEvery: count.default(1),
  /** Episodes of each step that are kept for reading. */
  samples: z.number().int().min(0).default(2),
})
export type RunConfig = z.infer<typeof runConfigSchema>

/** A model of a run, as it was when the run began. */
export const runModelSchema = z.object({
  name: z.string(),
  path: z.string(),
  /** An adapter to begin with. */
  adapter: z.string().nullable().default(null),
  /** Of the model file. */
  fingerprint: z.string(),
  /** Equal for models with the same tokenizer. */
  tokenizer: z.string(),
})
export type RunModel = z.infer<typeof runModelSchema>

/** What a run was begun with; never changed afterwards. */
export const runManifestSchema = z.object({
  /** Of this format. */
  version: z.literal(1).default(1),
  id: z.string(),
  name: z.string(),
  /** ms since 1970 */
  createdAt: z.number(),
  config: runConfigSchema,
  /** Of the app, the engine and Node. */
  versions: z.record(z.string(), z.string()),
  student: runModelSchema,
  teacher: runModelSchema.nullable(),
  /** The environment of the episodes, as chat has it. */
  environment: z.object({
    library: z.object({ id: z.string(), name: z.string(), fingerprint: z.string() }),
    prompt: promptKindSchema,
    limits: limitsSchema,
  }),
  questions: z.object({
    /** Where they came from. */
    source: z.string(),
    fingerprint: z.string(),
    train: z.number().int(),
    validation: z.number().int(),
    test: z.number().int(),
  }),
  /** Seconds of a step as foreseen before the start; absent: they could not be. */
  foreseenStepSeconds: z.number().positive().optional(),
})
export type RunManifest = z.infer<typeof runManifestSchema>

export const runPhaseSchema = z.enum(['distillation', 'reinforcement'])
export type RunPhase = z.infer<typeof runPhaseSchema>

/** How some episodes went, as means. */
export const episodeStatisticsSchema = z.object({
  episodes: z.number().int(),
  em: z.number(),
  f1: z.number(),
  coverEm: z.number(),
  hitRatio: z.number(),
  /** Searches per episode. */
  searches: z.number(),
  /** Turns that held a search or an answer, of all turns. */
  validActionRate: z.number(),
  answerRate: z.number(),
  /** Of all queries. */
  repeatedQueryRate: z.number(),
  emptyQueryRate: z.number(),
  /** Generated tokens per episode. */
  tokens: z.number(),
})
export type EpisodeStatistics = z.infer<typeof episodeStatisticsSchema>

/** Wall time of a step by what it was for, seconds. Rollouts include handing the policy to its player. */
export const stepSecondsSchema = z.object({
  rollout: z.number(),
  /** The trainer's own log-probabilities and values. */
  scoring: z.number(),
  teacher: z.number(),
  critic: z.number(),
  actor: z.number(),
  total: z.number(),
})
export type StepSeconds = z.infer<typeof stepSecondsSchema>

/** One line of metrics.jsonl: a step. Losses are means per token; what a method does not have is null. */
export const stepMetricsSchema = z.object({
  type: z.literal('step'),
  /** Counted from 1 over all phases. */
  step: z.number().int(),
  phase: runPhaseSchema,
  /** Counted from 1 in the phase, and how many it has. */
  phaseStep: z.number().int(),
  phaseSteps: z.number().int(),
  /** ms since 1970 */
  at: z.number(),
  seconds: stepSecondsSchema,
  loss: z.number(),
  learningRate: z.number(),
  gradientNorm: z.number(),
  /** Tokens with a loss, and all tokens computed. */
  lossTokens: z.number().int(),
  tokens: z.number().int(),
  /** Episodes that the student played in this step. */
  rollouts: episodeStatisticsSchema.nullable(),
  distillation: z
    .object({
      epoch: z.number(),
      crossEntropy: z.number().nullable(),
      divergence: z.number().nullable(),
      /** Probability of the teacher that its top k hold. */
      teacherMass: z.number().nullable(),
      /** Share of the student's own episodes in the batch. */
      ownShare: z.number(),
      taidT: z.number().nullable(),
    })
    .nullable(),
  reinforcement: z
    .object({
      /** Mean score of the episodes (EM). */
      score: z.number(),
      /** Episodes that were guided, of all. */
      guidedShare: z.number(),
      /** Mean per token of log π_old − log π_reference over all episodes; null without a reference. */
      referenceKl: z.number().nullable(),
      /** Nats per token; this and the next two are null where only the critic learned. */
      entropy: z.number().nullable(),
      /** Between the policy before the step and at each of its updates. */
      stepKl: z.number().nullable(),
      clippedShare: z.number().nullable(),
      criticLoss: z.number().nullable(),
      criticLearningRate: z.number().nullable(),
      /** Share of the returns' variance that the values explain. */
      explainedVariance: z.number().nullable(),
    })
    .nullable(),
})
export type StepMetrics = z.infer<typeof stepMetricsSchema>

/** A line of metrics.jsonl: greedy answers to validation questions after a step. */
export const validationMetricsSchema = z.object({
  type: z.literal('validation'),
  step: z.number().int(),
  phase: runPhaseSchema,
  phaseStep: z.number().int(),
  at: z.number(),
  seconds: z.number(),
  statistics: episodeStatisticsSchema,
  /** Mean loss on teacher episodes that are held back; null where no method needs it. */
  loss: z.number().nullable(),
  best: z.boolean(),
})
export type ValidationMetrics = z.infer<typeof validationMetricsSchema>

/** A line of metrics.jsonl: the collapse guard did something. */
export const guardMetricsSchema = z.object({
  type: z.literal('guard'),
  step: z.number().int(),
  phase: runPhaseSchema,
  at: z.number(),
  action: z.enum(['stop', 'rollback']),
  /** Plain sentences. */
  reasons: z.array(z.string()),
  /** The step that a rollback returned to. */
  backTo: z.number().int().nullable(),
})
export type GuardMetrics = z.infer<typeof guardMetricsSchema>

export const runLineSchema = z.discriminatedUnion('type', [
  stepMetricsSchema,
  validationMetricsSchema,
  guardMetricsSchema,
])
/** A line of metrics.jsonl. */
export type RunLine = z.infer<typeof runLineSchema>

/** An episode kept for reading. */
export const runEpisodeSchema = z.object({
  step: z.number().int(),
  phase: runPhaseSchema,
  kind: z.enum(['rollout', 'validation', 'test', 'teacher']),
  questionId: z.string(),
  question: z.string(),
  answers: z.array(z.string()),
  answer: z.string().nullable(),
  em: z.number(),
  transcript: z.string(),
})
export type RunEpisode = z.infer<typeof runEpisodeSchema>

/**
 * ARCap: how well a model answers from passages that it is given, at once and after thinking (EM), and how well it searches
 * by itself: shares of episodes whose first search, or any, showed a right answer; searches per episode.
 */
export const capabilitiesSchema = z.object({
  questions: z.number().int(),
  withoutThink: z.number(),
  withThink: z.number(),
  hitRatioFirst: z.number(),
  hitRatio: z.number(),
  searches: z.number(),
})
export type Capabilities = z.infer<typeof capabilitiesSchema>

const givenAnswerSchema = z.object({ answer: z.string().nullable(), right: z.boolean() })

/** A test question with what the student answered before and after the run. */
export const testedQuestionSchema = z.object({
  questionId: z.string(),
  question: z.string(),
  answers: z.array(z.string()),
  before: givenAnswerSchema,
  after: givenAnswerSchema,
})
export type TestedQuestion = z.infer<typeof testedQuestionSchema>

/** How a run ended. */
export const runReportSchema = z.object({
  /** `collapsed`: the guard ended the last phase. */
  outcome: z.enum(['finished', 'collapsed']),
  /** Plain sentences on what was noticed, the guard's reasons first. */
  notes: z.array(z.string()),
  startedAt: z.number(),
  endedAt: z.number(),
  /** Computing time over all sittings. */
  seconds: z.number(),
  steps: z.number().int(),
  /** Before the first step, and of the weights that count as the result. */
  before: episodeStatisticsSchema.nullable(),
  best: z.object({ step: z.number().int(), validation: episodeStatisticsSchema.nullable() }),
  /** The teacher on the same validation questions. */
  teacher: episodeStatisticsSchema.nullable().default(null),
  /** The test questions: with the weights that count as the result, and with those that the run began with. */
  test: episodeStatisticsSchema.nullable(),
  testBefore: episodeStatisticsSchema.nullable().default(null),
  /** Null: no passage was known or found that answers a test question. */
  arcap: z.object({ before: capabilitiesSchema, after: capabilitiesSchema }).nullable().default(null),
  tested: z.array(testedQuestionSchema).default([]),
  phases: z.array(
    z.object({
      phase: runPhaseSchema,
      steps: z.number().int(),
      seconds: z.number(),
      /** Sums over the steps. */
      parts: stepSecondsSchema,
      best: z.object({ step: z.number().int(), em: z.number() }).nullable(),
    }),
  ),
  teacherEpisodes: z.object({ played: z.number().int(), correct: z.number().int(), seconds: z.number() }).nullable(),
  guard: z.array(guardMetricsSchema),
  /** The files that came out, relative to the run's folder. */
  weights: z.object({ kind: z.enum(['adapter', 'model']), best: z.string(), last: z.string() }),
})
export type RunReport = z.infer<typeof runReportSchema>

/** A time that is known within bounds only, ms. */
export const timeRangeSchema = z.object({ least: z.number(), most: z.number() })
export type TimeRange = z.infer<typeof timeRangeSchema>

export const runStageSchema = z.enum([
  'teacher-episodes',
  'rollout',
  'teacher',
  'critic',
  'actor',
  'validation',
  'test',
])
export type RunStage = z.infer<typeof runStageSchema>

/** What a running training tells. */
export const runEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('phase'),
    phase: runPhaseSchema,
    /** Counted from 0. */
    index: z.number().int(),
    phases: z.number().int(),
    steps: z.number().int(),
  }),
  z.object({
    type: z.literal('progress'),
    phase: runPhaseSchema,
    /** Of the phase; steps that are done, and all. */
    step: z.number().int(),
    steps: z.number().int(),
    stage: runStageSchema,
    /** Of the stage. */
    done: z.number().int(),
    total: z.number().int(),
    /** Time left for the phase, ms, as its last steps went; null until one was measured. */
    leftMs: z.number().nullable(),
    /** For the whole run, the test at its end included; null where that cannot be told. */
    runLeft: timeRangeSchema.nullable(),
  }),
  z.object({ type: z.literal('metrics'), metrics: stepMetricsSchema }),
  z.object({ type: z.literal('validation'), validation: validationMetricsSchema }),
  z.object({ type: z.literal('guard'), guard: guardMetricsSchema }),
  /** The teacher's answers to the validation questions. */
  z.object({ type: z.literal('teacher'), statistics: episodeStatisticsSchema }),
  z.object({ type: z.literal('resumed'), step: z.number().int() }),
  z.object({ type: z.literal('ended'), report: runReportSchema }),
])
export type RunEvent = z.infer<typeof runEventSchema>
