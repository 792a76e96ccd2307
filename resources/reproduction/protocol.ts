import { type RunConfig, runConfigSchema } from '../../src-main/contract/index.ts'

/** Settings of a run as a person writes them: what is left out has its default. */
export interface MethodConfig {
  method: RunConfig['method']
  coldStart?: boolean
  guidance?: RunConfig['guidance']
  order?: RunConfig['order']
  tuning?: Partial<RunConfig['tuning']>
  distillation?: Partial<Pick<RunConfig['distillation'], 'learningRate'>>
  reinforcement?: Partial<
    Pick<RunConfig['reinforcement'], 'steps' | 'batch' | 'miniBatch' | 'groupSize' | 'learningRate' | 'beta'>
  >
  validation?: { every: number }
}

/** One line of the table. */
export interface Method {
  name: string
  title: string
  config: MethodConfig
  /** Begins with what this method came to: the cold start is the same for all, so it is made once. */
  startsFrom: string | null
  /** Which questions it learns from: those that the teacher plays, those of reinforcement, or both. */
  questions?: 'distillation' | 'reinforcement' | 'all'
  /** EM in the paper, averaged over its seven question sets; null: not in it. */
  paper: number | null
}

/** As many episodes a step as PPO plays, in groups over the same question. */
const groups = { batch: 16, groupSize: 6 } as const

export const methods: readonly Method[] = [
  { name: 'ppo', title: 'PPO', config: { method: 'ppo' }, startsFrom: null, paper: 0.238 },
  { name: 'grpo', title: 'GRPO', config: { method: 'grpo', reinforcement: groups }, startsFrom: null, paper: null },
  { name: 'gkd', title: 'GKD', config: { method: 'gkd' }, startsFrom: null, paper: 0.24 },
  { name: 'seqkd', title: 'SeqKD', config: { method: 'seqkd' }, startsFrom: null, paper: 0.275 },
  { name: 'taid', title: 'TAID', config: { method: 'taid' }, startsFrom: null, paper: 0.282 },
  { name: 'distillm', title: 'DistiLLM', config: { method: 'distillm' }, startsFrom: null, paper: 0.287 },
  {
    name: 'sft-ppo',
    title: 'SFT, then PPO',
    config: { method: 'ppo', coldStart: false },
    startsFrom: 'seqkd',
    paper: 0.289,
  },
  {
    name: 'kd-grpo',
    title: 'KD, then GRPO',
    config: { method: 'grpo', coldStart: false, reinforcement: groups },
    startsFrom: 'kd',
    paper: null,
  },
  { name: 'kd', title: 'KD', config: { method: 'kd' }, startsFrom: null, paper: 0.298 },
  {
    name: 'dgpo',
    title: '**DGPO**',
    config: { method: 'dgpo', coldStart: false },
    startsFrom: 'kd',
    paper: 0.329,
  },
  {
    name: 'dgpo-no-cold-start',
    title: 'DGPO without cold start',
    config: { method: 'dgpo', coldStart: false },
    startsFrom: null,
    paper: 0.32,
  },
  {
    name: 'dgpo-uniform',
    title: 'DGPO, all episodes guided',
    config: { method: 'dgpo', coldStart: false, guidance: 'uniform' },
    startsFrom: 'kd',
    paper: 0.314,
  },
  {
    name: 'dgpo-no-guidance',
    title: 'DGPO, none guided',
    config: { method: 'dgpo', coldStart: false, guidance: 'none' },
    startsFrom: 'kd',
    paper: 0.306,
  },
  {
    name: 'dgpo-reversed',
    title: 'DGPO in reversed order',
    config: { method: 'dgpo', coldStart: true, order: 'reversed' },
    startsFrom: null,
    paper: 0.286,
  },
]

/** These get further seeds: it is their difference that the paper is about. */
export const repeated: readonly string[] = ['kd', 'dgpo']

const dgpo = { method: 'dgpo', coldStart: false } as const

/** Runs that explain the table, and are not lines of it. */
export const extras: readonly Method[] = [
  {
    name: 'dgpo-long',
    title: 'DGPO, 1,000 steps',
    config: {
      ...dgpo,
      reinforcement: { steps: 1000, batch: 8, miniBatch: 8, learningRate: 2e-5 },
      validation: { every: 100 },
    },
    startsFrom: 'kd',
    paper: 0.329,
  },
  {
    name: 'dgpo-300',
    title: 'DGPO, 300 steps',
    config: { ...dgpo, reinforcement: { steps: 300 } },
    startsFrom: 'kd',
    paper: 0.329,
  },
  {
    name: 'kd-all',
    title: 'KD, the teacher plays all questions',
    config: { method: 'kd' },
    startsFrom: null,
    questions: 'all',
    paper: null,
  },
  ...[0.001, 0.02, 0.2].map((beta) => ({
    name: `dgpo-beta-${beta}`,
    title: `DGPO, β = ${beta}`,
    config: { ...dgpo, reinforcement: { beta, steps: 100 } },
    startsFrom: 'kd',
    paper: null,
  })),
  ...[1e-4, 3e-4, 1e-3, 3e-3].map((learningRate) => ({
    name: `dgpo-adapter-${learningRate}`,
    title: `DGPO, an adapter at ${learningRate}`,
    config: { ...dgpo, tuning: { mode: 'lora' as const }, reinforcement: { learningRate, steps: 50 } },
    startsFrom: 'kd',
    paper: null,
  })),
  ...[3e-3, 1e-2].map((learningRate) => ({
    name: `kd-adapter-${learningRate}`,
    title: `KD, an adapter at ${learningRate}`,
    config: { method: 'kd' as const, tuning: { mode: 'lora' as const }, distillation: { learningRate } },
    startsFrom: null,
    paper: null,
  })),
]

/** The paper's student and teacher (`Qwen2.5` 0.5B and 3B). */
export const paperEnds = { student: 0.006, teacher: 0.353 } as const

/**
 * Questions of the training world: those that the teacher plays, those that reinforcement asks (it needs no teacher's episodes),
 * and those of validation; of the test world for each number of articles; and how many of them the untrained student gets.
 */
export const counts = {
  distillation: 480,
  reinforcement: 1200,
  validation: 100,
  testPerHop: 200,
  untrained: 40,
} as const

/** Tokens of a turn and of an episode: a good turn needs 60, and the untrained student fills whatever it is given. */
export const limits = { turn: 100, episode: 2048 } as const

/** What all methods share: none is tuned more than another. */
export const common = {
  threads: 1,
  products: 'bf16',
  tuning: { mode: 'full' },
  distillation: { epochs: 5, batch: 16, learningRate: 1e-3, teacherTemperature: 0 },
  reinforcement: {
    steps: 125,
    batch: 96,
    miniBatch: 96,
    criticMiniBatch: 16,
    learningRate: 1e-4,
    criticLearningRate: 1e-3,
    criticOnlySteps: 10,
    warmupShare: 0.05,
  },
  validation: { every: 25, questions: counts.validation, testQuestions: 0 },
} as const

/** Which questions a method learns from: what begins with a cold start learned from the teacher's already. */
export const questionsOf = ({ questions, startsFrom }: Method): NonNullable<Method['questions']> =>
  questions ?? (startsFrom === null ? 'distillation' : 'reinforcement')

/** The settings of a method's run. The untrained student is tested once, and not before each method's first step. */
export const configOf = ({ config, startsFrom }: Method, seed: number): RunConfig =>
  runConfigSchema.parse({
    ...common,
    ...config,
    distillation: { ...common.distillation, ...config.distillation },
    reinforcement: { ...common.reinforcement, ...config.reinforcement },
    validation: { ...common.validation, ...config.validation, atStart: startsFrom !== null },
    seed,
  })
