import { type RunConfig, type RunStage, randomStream, type StepMetrics, seedFor } from '../../contract/index.ts'
import type { Batch, Loss, TeacherDistributions } from '../batch.ts'
import { generatedRows, type LearningEpisode, learningEpisode } from '../objectives/episode.ts'
import { adaptiveSource, type BatchSource, mixedSource, pushReplay } from '../objectives/own-episodes.ts'
import { episodeStatistics } from '../objectives/statistics.ts'
import type { Player, Rollout, TrainingQuestion } from '../ports.ts'
import { shuffled, takeShuffled } from '../random.ts'
import { learningRateAt } from '../schedule.ts'
import { updateBatches } from './batches.ts'
import type { Learner } from './learner.ts'
import { learningRates } from './rates.ts'
import type { DistillationPhase } from './recipe.ts'
import { joinDistributions, massKept } from './scorer.ts'
import { Stopwatch } from './stopwatch.ts'
import type { DistilledEpisode, TeacherMemory } from './teacher-memory.ts'

/** What a step needs. */
export interface DistillationContext {
  config: RunConfig
  phase: DistillationPhase
  learner: Learner
  /** Null where the teacher's words are enough (SeqKD). */
  teacher: TeacherMemory | null
  /** Correct episodes of the teacher. */
  lessons: readonly DistilledEpisode[]
  /** Loads the policy as it is and gives its player, for methods that learn from the student's own episodes. */
  ownPlayer: () => Promise<Player>
  questions: readonly TrainingQuestion[]
  phaseSteps: number
  rateScale: number
  /** TAID's t, DistiLLM's share and the student's own episodes so far. */
  taidT: number | null
  ownShare: number
  replay: readonly LearningEpisode[]
  signal: AbortSignal | undefined
  onStage: (stage: RunStage, done: number, total: number) => void
}

type Metrics = Pick<
  StepMetrics,
  'seconds' | 'loss' | 'learningRate' | 'gradientNorm' | 'lossTokens' | 'tokens' | 'rollouts' | 'distillation'
>

/**
 * One step of distillation: choose whose episodes, ask the teacher for its distributions at the generated tokens, update the
 * student (`dgpo.md` sections 3 and 5).
 *
 * @param phaseStep steps of the phase before this one
 */
export async function distillationStep(
  context: DistillationContext,
  phaseStep: number,
): Promise<{ rollouts: Rollout[]; replay: LearningEpisode[]; metrics: Metrics }> {
  const { config, phase, learner, lessons, phaseSteps, signal, onStage, rateScale } = context
  const { distillation: settings, seed } = config
  const watch = new Stopwatch()
  const progress = phaseStep / phaseSteps

  // Whose episodes: the teacher's, the student's as it plays now, or as it played before.
  const draw = randomStream(seedFor(seed, 'source', phaseStep))()
  const buffer = { size: context.replay.length, capacity: settings.replayCapacity }
  const source: BatchSource =
    phase.episodes === 'mixed'
      ? mixedSource(draw, settings.onPolicyShare)
      : phase.episodes === 'adaptive'
        ? adaptiveSource(draw, { share: context.ownShare, progress, buffer })
        : 'teacher'
  let replay = [...context.replay]
  let rollouts: Rollout[] = []
  if (source === 'play') {
    const asked = takeShuffled(
      context.questions,
      phaseStep * settings.batch,
      settings.batch,
      seedFor(seed, 'own questions'),
    )
    rollouts = await watch.time('rollout', async () =>
      (await context.ownPlayer()).play(asked, {
        temperature: config.reinforcement.temperature,
        seed: seedFor(seed, 'own', phaseStep),
        ...(signal ? { signal } : {}),
        onProgress: (done) => onStage('rollout', done, asked.length),
      }),
    )
    signal?.throwIfAborted()
    if (phase.episodes === 'adaptive') {
      replay = pushReplay(replay, rollouts.map(learningEpisode), settings.replayCapacity)
    }
  }
  const fresh = phase.episodes === 'adaptive' ? null : rollouts.map(learningEpisode)
  const own = fresh ?? shuffled(replay, seedFor(seed, 'replay', phaseStep)).slice(0, settings.batch)
  const chosen: DistilledEpisode[] =
    source === 'teacher'
      ? takeShuffled(lessons, phaseStep * settings.batch, settings.batch, seedFor(seed, 'lessons'))
      : own.map((episode) => ({ key: null, episode }))

  // What the teacher would have said at each of their generated tokens.
  onStage('teacher', 0, 1)
  const distributions = await watch.time('teacher', async () => context.teacher?.of(chosen, signal))

  // Update.
  onStage('actor', 0, 1)
  const items = lessonItems(chosen, distributions)
  const batches = lessonBatches(items, config, phase, context.taidT)
  const learningRate =
    rateScale *
    learningRateAt(
      {
        kind: settings.schedule,
        learningRate: learningRates(config, learner.width).distillation,
        warmupSteps: Math.round(settings.warmupShare * phaseSteps),
        totalSteps: phaseSteps,
      },
      phaseStep,
    )
  const update = await watch.time('actor', async () =>
    batches.length === 0
      ? { loss: 0, terms: [], gradientNorm: 0 }
      : learner.actor.step(batches, { learningRate, maxNorm: config.maxNorm, ...(signal ? { signal } : {}) }),
  )

  const rows = items.reduce((sum, { sequence }) => sum + sequence.rows.length, 0)
  const [first = null, second = null] = update.terms
  const hasCrossEntropy = phase.objective.startsWith('cross-entropy')
  return {
    rollouts,
    replay,
    metrics: {
      seconds: watch.seconds(),
      loss: update.loss,
      learningRate,
      gradientNorm: update.gradientNorm,
      lossTokens: rows,
      tokens: chosen.reduce((sum, { episode }) => sum + episode.tokens.length, 0),
      rollouts: rollouts.length > 0 ? episodeStatistics(rollouts) : null,
      distillation: {
        epoch: ((phaseStep + 1) * settings.batch) / lessons.length,
        crossEntropy: hasCrossEntropy ? first : null,
        divergence: hasCrossEntropy ? second : first,
        teacherMass: distributions ? massKept(distributions) : null,
        ownShare: source === 'teacher' ? 0 : 1,
        taidT: context.taidT,
      },
    },
  }
}

/** The phase's loss on some lessons, without learning from them. */
export async function lessonLoss(
  context: Pick<DistillationContext, 'config' | 'phase' | 'learner' | 'teacher' | 'signal'>,
  lessons: readonly DistilledEpisode[],
): Promise<number> {
  const { config, phase, learner, teacher, signal } = context
  const items = lessonItems(lessons, await teacher?.of(lessons, signal))
  let loss = 0
  for (const batch of lessonBatches(items, config, phase, 1)) {
    loss += (await learner.actor.loss(batch, signal ? { signal } : {})).loss
  }
  return loss
}

interface LessonItem {
  sequence: ReturnType<typeof generatedRows>
  teacher: TeacherDistributions | null
}

const lessonItems = (
  lessons: readonly DistilledEpisode[],
  distributions: readonly TeacherDistributions[] | undefined,
): LessonItem[] =>
  lessons.map(({ episode }, i) => ({ sequence: generatedRows(episode), teacher: distributions?.[i] ?? null }))

function lessonBatches(
  items: readonly LessonItem[],
  { packTokens, distillation: settings }: RunConfig,
  { objective }: DistillationPhase,
  taidT: number | null,
): Batch[] {
  return updateBatches(items, packTokens, (pack): Loss[] => {
    const teacher = joinDistributions(pack.flatMap((item) => item.teacher ?? []))
    switch (objective) {
      case 'cross-entropy':
        return [{ kind: 'cross-entropy' }]
      case 'cross-entropy+kl':
        return [{ kind: 'cross-entropy' }, { kind: 'forward-kl', teacher, coefficient: settings.klWeight }]
      case 'jensen-shannon':
        return [{ kind: 'jensen-shannon', teacher, lambda: settings.jensenShannonWeight }]
      case 'skew-forward-kl':
        return [{ kind: 'skew-forward-kl', teacher, lambda: settings.skew }]
      case 'taid':
        return [{ kind: 'taid', teacher, lambda: taidT ?? settings.taidEnd }]
    }
  })
}
