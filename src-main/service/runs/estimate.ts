import type { Limits, Preflight, RunConfig, RunLine, TrainingMethod } from '../../contract/index.ts'
import {
  type Engine,
  type MemoryEstimate,
  needsTeacherScores,
  recipe,
  type TrainerOptions,
} from '../../training/index.ts'

/** A model of the run and what llama.cpp needs to play with it, bytes. */
export interface Played {
  path: string
  /** Weights as llama.cpp keeps them, and the room of one episode. */
  weightsBytes: number
  slotBytes: number
  /** Buffers of its computation. */
  workBytes: number
}

export interface EstimateInput {
  engine: Engine
  config: RunConfig
  student: Played & { parameters: number }
  teacher: (Played & { parameters: number }) | null
  /** Tokens of a whole episode, at most. */
  episodeTokens: number
  limits: Limits
  /** Mean length of the library's passages. */
  passageCharacters: number
  slots: number
  /** Questions to train on, to validate with. */
  train: number
  validation: number
}

/** The process itself: Node, the index, the libraries. */
const PROCESS_BYTES = 250 * 2 ** 20
/** A usual episode: so many searches, tokens of the prompt, and tokens that the model writes in a turn. */
const SEARCHES = 1.6
const PROMPT_TOKENS = 120
const TURN_TOKENS = 60
const CHARACTERS_PER_TOKEN = 3.5
/** Share of the processor's peak that a step of training reaches, and that writing a token at a time does. */
const TRAINING_SHARE = 0.5
const WRITING_SHARE = 0.15

const distills = (config: RunConfig): boolean => recipe(config).some(({ kind }) => kind === 'distillation')
const reinforces = (config: RunConfig): boolean => recipe(config).some(({ kind }) => kind === 'reinforcement')
const asksTeacher = (config: RunConfig): boolean => recipe(config).some(needsTeacherScores)

/** Whether a run cannot do without a teacher. */
export const needsTeacher = (config: RunConfig): boolean => distills(config) || asksTeacher(config)

/** Steps of the run, as far as that can be told before it. */
export function plannedSteps(config: RunConfig, train: number): number {
  const { distillation, reinforcement } = config
  const perEpoch = Math.ceil((train * distillation.episodesPerQuestion) / distillation.batch)
  const distilling = Math.min(distillation.epochs * perEpoch, distillation.maxSteps ?? Number.POSITIVE_INFINITY)
  return (distills(config) ? distilling : 0) + (reinforces(config) ? reinforcement.steps : 0)
}

/**
 * Memory at the worst moment of a run: everything of a step of reinforcement (or of distillation), or the teacher at play.
 *
 * @throws {AppError} MODEL_* for models that cannot be trained
 */
export async function estimateMemory(input: EstimateInput): Promise<Pick<Preflight['memory'], 'bytes' | 'parts'>> {
  const { engine, config, student, teacher, episodeTokens, slots } = input
  const { tuning, packTokens } = config
  const tokens = Math.max(packTokens, episodeTokens)
  const step = { lengths: [tokens], rows: Math.ceil(tokens / 2) }
  const full = tuning.mode === 'full'
  const trainer = { ...tuning, activations: 'recompute' } satisfies TrainerOptions
  const options = config.threads === null ? {} : { threads: config.threads }
  const actor = await engine.estimate({ path: student.path }, step, { ...options, full, trainer })
  const critic = await engine.estimate({ path: student.path }, step, {
    ...options,
    full,
    trainer: { ...trainer, valueHead: true },
  })
  const scorer = teacher && asksTeacher(config) ? await engine.estimate({ path: teacher.path }, step, options) : null

  const working = ({ activations, logits, workspace }: MemoryEstimate): number => activations + logits + workspace
  const playing = ({ weightsBytes, slotBytes, workBytes }: Played): number =>
    weightsBytes + slots * slotBytes + workBytes
  const parts = [
    { name: 'the app', bytes: PROCESS_BYTES },
    { name: 'the student at play', bytes: playing(student) },
    { name: 'the student in training', bytes: actor.total },
    ...(reinforces(config) && config.method !== 'grpo'
      ? [{ name: 'the critic', bytes: (full ? critic.weights : 0) + critic.parameters + working(critic) }]
      : []),
    ...(scorer ? [{ name: 'the teacher', bytes: scorer.total }] : []),
    // Where all weights are trained, the policy that PPO and GRPO are held to is a model of its own.
    ...(full && ['ppo', 'grpo'].includes(config.method) ? [{ name: 'the first student', bytes: actor.weights }] : []),
  ]
  const training = parts.reduce((sum, { bytes }) => sum + bytes, 0)
  const collecting = teacher && distills(config) ? PROCESS_BYTES + playing(teacher) : 0
  if (training >= collecting) return { bytes: training, parts }
  return {
    bytes: collecting,
    parts: [
      { name: 'the app', bytes: PROCESS_BYTES },
      { name: 'the teacher at play', bytes: collecting - PROCESS_BYTES },
    ],
  }
}

/** Bytes that the run's folder will take: weights, checkpoints with the optimizer's moments, logs. */
export async function estimateDisk({ engine, config, student }: EstimateInput): Promise<number> {
  const { tuning } = config
  const { parameters } = await engine.estimate(
    { path: student.path },
    { lengths: [1], rows: 1 },
    { full: tuning.mode === 'full', trainer: { ...tuning, valueHead: true } },
  )
  // Two checkpoints of actor and critic exist at once, and the adapters of the best, the last and the current step.
  return 64 * 2 ** 20 + 4 * parameters + (tuning.mode === 'full' ? 3 * student.weightsBytes : parameters)
}

/** Mean seconds of the steps of an earlier run; null when there are too few to tell. */
export function measuredSeconds(lines: readonly RunLine[]): number | null {
  const seconds = lines.flatMap((line) => (line.type === 'step' ? [line.seconds.total] : []))
  return seconds.length < 3 ? null : seconds.reduce((a, b) => a + b, 0) / seconds.length
}

/** Measured once: it takes a while. */
let peak: ReturnType<Engine['measurePeak']> | null = null

/** What a step should take here, from what this processor's matrix products reach. Rough: good for "minutes or days?". */
export async function estimateSeconds(input: EstimateInput, cores: number): Promise<number> {
  const { engine, config, student, teacher, episodeTokens, limits, passageCharacters } = input
  peak ??= engine.measurePeak()
  const { bf16, f32 } = await peak
  const speed = Math.max(bf16, f32) * (config.threads ?? Math.max(1, cores - 1))
  const reinforcing = reinforces(config)
  const batch = reinforcing ? config.reinforcement.batch : config.distillation.batch
  const shown = Math.min(limits.information, (limits.topK * passageCharacters) / CHARACTERS_PER_TOKEN)
  const written = batch * (SEARCHES + 1) * TURN_TOKENS
  const tokens = Math.min(batch * episodeTokens, batch * (PROMPT_TOKENS + SEARCHES * shown) + written)
  const teaching = teacher && asksTeacher(config) ? 2 * teacher.parameters * tokens : 0
  // Forward 2, backward 4 operations a weight and token, and 2 to compute activations again; scoring is forward alone.
  const learning = (reinforcing ? 2 * 8 + 2 * 2 : 8) * student.parameters * tokens
  const writing = reinforcing ? 2 * student.parameters * written : 0
  const reading = reinforcing ? 2 * student.parameters * tokens : 0
  return (teaching + learning + reading) / (speed * TRAINING_SHARE) + writing / (speed * WRITING_SHARE)
}

/** Names of the methods, as people know them. */
export const methodNames: Record<TrainingMethod, string> = {
  dgpo: 'DGPO',
  kd: 'KD',
  seqkd: 'SeqKD',
  gkd: 'GKD',
  distillm: 'DistiLLM',
  taid: 'TAID',
  ppo: 'PPO',
  grpo: 'GRPO',
}
