import { type RunConfig, type RunStage, type StepMetrics, seedFor } from '../../contract/index.ts'
import type { Batch } from '../batch.ts'
import { explainedVariance, generalizedAdvantages, groupAdvantages, moments, whiten } from '../objectives/advantages.ts'
import { generatedRows, learningEpisode, ofGenerated, overResponse } from '../objectives/episode.ts'
import { guidedRewards, isGuided, tokenScores } from '../objectives/rewards.ts'
import { episodeStatistics, scoreOf } from '../objectives/statistics.ts'
import type { Player, Rollout, TeacherScorer, TrainingQuestion } from '../ports.ts'
import { takeShuffled } from '../random.ts'
import { learningRateAt, type Schedule } from '../schedule.ts'
import type { StepResult } from '../trainer.ts'
import { concatenated, updateBatches } from './batches.ts'
import type { Learner } from './learner.ts'
import { learningRates } from './rates.ts'
import type { ReinforcementPhase } from './recipe.ts'
import { Stopwatch } from './stopwatch.ts'

/** What a step needs. */
export interface ReinforcementContext {
  config: RunConfig
  phase: ReinforcementPhase
  learner: Learner
  /** Whom the policy is held to; null with GRPO's or PPO's β at 0, and without guidance. */
  reference: TeacherScorer | null
  /** Loads the policy as it is and gives its player. */
  ownPlayer: () => Promise<Player>
  questions: readonly TrainingQuestion[]
  rateScale: number
  signal: AbortSignal | undefined
  onStage: (stage: RunStage, done: number, total: number) => void
}

type Metrics = Pick<
  StepMetrics,
  'seconds' | 'loss' | 'learningRate' | 'gradientNorm' | 'lossTokens' | 'tokens' | 'rollouts' | 'reinforcement'
>

/** Linear warm-up to a constant rate. */
const schedule = (learningRate: number, warmupShare: number, totalSteps: number): Schedule => ({
  kind: 'constant',
  learningRate,
  warmupSteps: Math.round(warmupShare * totalSteps),
  totalSteps,
})

/**
 * One step of reinforcement: play, score, guide, estimate advantages, update the critic, update the actor (`dgpo.md`
 * section 4; with GRPO no critic).
 *
 * @param phaseStep steps of the phase before this one
 */
export async function reinforcementStep(
  context: ReinforcementContext,
  phaseStep: number,
): Promise<{ rollouts: Rollout[]; metrics: Metrics }> {
  const { config, phase, learner, reference, signal, onStage, rateScale } = context
  const { reinforcement: settings, seed, packTokens, maxNorm } = config
  const ppo = phase.algorithm === 'ppo'
  const watch = new Stopwatch()

  // Play: one episode per question, or a group of them.
  const asked = takeShuffled(context.questions, phaseStep * settings.batch, settings.batch, seedFor(seed, 'questions'))
  const copies = ppo ? 1 : settings.groupSize
  const questions = asked.flatMap((question) => new Array<TrainingQuestion>(copies).fill(question))
  const rollouts = await watch.time('rollout', async () =>
    (await context.ownPlayer()).play(questions, {
      temperature: settings.temperature,
      seed: seedFor(seed, 'play', phaseStep),
      ...(signal ? { signal } : {}),
      onProgress: (done) => onStage('rollout', done, questions.length),
    }),
  )
  signal?.throwIfAborted()

  // Score: the policy's own probabilities, those of the reference, the critic's values, and whether the answer was right.
  const episodes = rollouts.map(learningEpisode)
  const old = await watch.time('scoring', () => learner.logProbabilities(episodes, signal))
  onStage('teacher', 0, 1)
  const references = await watch.time('teacher', async () =>
    reference ? reference.logProbabilities(episodes.map(generatedRows), signal) : null,
  )
  const values = await watch.time('scoring', async () => (ppo ? learner.values(episodes, signal) : null))
  const scores = rollouts.map(scoreOf)

  // Guide: rewards are the scores, and in guided episodes the pull toward the reference.
  const rewards = episodes.map((episode, i) =>
    guidedRewards(
      {
        scores: tokenScores(episode.rows.length, scores[i] ?? 0),
        generated: episode.generated,
        oldLogProbabilities: overResponse(episode, old[i] ?? []),
        referenceLogProbabilities: overResponse(episode, references?.[i] ?? old[i] ?? []),
      },
      { guidance: reference && ppo ? phase.guidance : 'none', beta: settings.beta },
    ),
  )

  // Advantages.
  const estimated = values?.map((value, i) => generalizedAdvantages(rewards[i] ?? [], value, settings))
  const advantages = estimated
    ? whiten(estimated.map((one) => one.advantages))
    : groupAdvantages(
        scores,
        rollouts.map(({ question }) => question.id),
      ).map((advantage, i) => new Float32Array(episodes[i]?.rows.length ?? 0).fill(advantage))

  const miniBatch = settings.miniBatch ?? Math.ceil(episodes.length / 2)
  const inMiniBatches = async <T>(
    stage: 'critic' | 'actor',
    size: number,
    items: readonly T[],
    batchesOf: (part: T[]) => Batch[],
    learningRate: number,
  ): Promise<MeanUpdate> => {
    const updates: StepResult[] = []
    for (let start = 0; start < items.length; start += size) {
      onStage(stage, updates.length, Math.ceil(items.length / size))
      const batches = batchesOf(items.slice(start, start + size))
      if (batches.length === 0) continue
      updates.push(
        await watch.time(stage, () =>
          learner[stage].step(batches, { learningRate, maxNorm, ...(signal ? { signal } : {}) }),
        ),
      )
    }
    return meanUpdate(updates)
  }

  // Update the critic: at every token behind the prompt.
  const peaks = learningRates(config, learner.width)
  const criticRate =
    rateScale * learningRateAt(schedule(peaks.critic, settings.criticWarmupShare, settings.steps), phaseStep)
  const criticItems = episodes.map((sequence, i) => ({
    sequence,
    oldValues: values?.[i] ?? new Float32Array(),
    returns: estimated?.[i]?.returns ?? new Float32Array(),
  }))
  const critic = values
    ? await inMiniBatches(
        'critic',
        settings.criticMiniBatch ?? miniBatch,
        criticItems,
        (part) =>
          updateBatches(part, packTokens, (items) => [
            {
              kind: 'value',
              clip: settings.valueClip,
              oldValues: concatenated(items.map((item) => item.oldValues)),
              returns: concatenated(items.map((item) => item.returns)),
            },
          ]),
        criticRate,
      )
    : null

  // Update the actor: at the tokens that it wrote.
  const rate = rateScale * learningRateAt(schedule(peaks.actor, settings.warmupShare, settings.steps), phaseStep)
  const actorItems = episodes.map((episode, i) => ({
    sequence: generatedRows(episode),
    old: old[i] ?? new Float32Array(),
    advantages: ofGenerated(episode, advantages[i] ?? new Float32Array()),
    reference: references?.[i] ?? new Float32Array(),
  }))
  const learns = phaseStep >= settings.criticOnlySteps
  const actor = await inMiniBatches(
    'actor',
    miniBatch,
    learns ? actorItems : [],
    (part) =>
      updateBatches(part, packTokens, (items) => [
        {
          kind: 'policy',
          clip: settings.clip,
          entropyCoefficient: settings.entropy,
          oldLogProbabilities: concatenated(items.map((item) => item.old)),
          advantages: concatenated(items.map((item) => item.advantages)),
          ...(reference && !ppo
            ? {
                reference: {
                  logProbabilities: concatenated(items.map((item) => item.reference)),
                  coefficient: settings.beta,
                },
              }
            : {}),
        },
      ]),
    rate,
  )

  const statistics = episodeStatistics(rollouts)
  const difference = references?.map((one, i) => one.map((logP, t) => (old[i]?.[t] ?? Number.NaN) - logP))
  return {
    rollouts,
    metrics: {
      seconds: watch.seconds(),
      loss: actor.loss,
      learningRate: rate,
      gradientNorm: actor.gradientNorm,
      lossTokens: episodes.reduce((sum, { generatedTokens }) => sum + generatedTokens, 0),
      tokens: episodes.reduce((sum, { tokens }) => sum + tokens.length, 0),
      rollouts: statistics,
      reinforcement: {
        score: statistics.em,
        guidedShare:
          scores.filter((score) => reference && ppo && isGuided(score, phase.guidance)).length / scores.length,
        referenceKl: difference ? moments(difference).mean : null,
        entropy: learns ? actor.entropy : null,
        stepKl: learns ? actor.approximateKl : null,
        clippedShare: learns ? actor.clippedShare : null,
        criticLoss: critic?.loss ?? null,
        criticLearningRate: critic ? criticRate : null,
        explainedVariance:
          estimated && values
            ? explainedVariance(
                estimated.map((one) => one.returns),
                values,
              )
            : null,
      },
    },
  }
}

type MeanUpdate = Omit<StepResult, 'terms' | 'step'>

/** Means over the updates of a step; zeros when there was none. */
function meanUpdate(updates: readonly StepResult[]): MeanUpdate {
  const mean = (of: (update: StepResult) => number): number =>
    updates.reduce((sum, update) => sum + of(update), 0) / Math.max(1, updates.length)
  return {
    loss: mean(({ loss }) => loss),
    gradientNorm: mean(({ gradientNorm }) => gradientNorm),
    entropy: mean(({ entropy }) => entropy),
    approximateKl: mean(({ approximateKl }) => approximateKl),
    clippedShare: mean(({ clippedShare }) => clippedShare),
  }
}
