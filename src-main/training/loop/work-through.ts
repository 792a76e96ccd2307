import { join } from 'node:path'
import { appError, type GuardMetrics, type RunStage, type StepMetrics } from '../../contract/index.ts'
import type { Rollout, TeacherScorer } from '../ports.ts'
import { checkpointName } from '../run/checkpoint.ts'
import { runFiles } from '../run/run.ts'
import type { TrainOptions } from '../train.ts'
import { distillationPhase } from './distillation-phase.ts'
import { phaseLeft, type RunTime, runLeft } from './estimate.ts'
import { judge } from './guard.ts'
import { type Learner, openLearner } from './learner.ts'
import type { PhaseContext, PhaseWork } from './phase-work.ts'
import { reinforcementPhase } from './reinforcement-phase.ts'
import { fixedChoice, type Sitting, validate } from './sitting.ts'
import { addSeconds, noSeconds } from './stopwatch.ts'

/**
 * Steps or episodes of reinforcement after which a student is given up that was never right and did hardly anything valid: who
 * writes noise hits on a tag now and then.
 */
const HOPELESS = { steps: 3, episodes: 32, validActionRate: 0.02 }

/**
 * Works through the current phase, from its beginning or from the checkpoint, to its end: steps, validations, what the guard
 * says, checkpoints. Its result lies where the best weights are.
 *
 * @param correct the teacher's correct episodes, for a distillation
 */
export async function workThrough(
  sitting: Sitting,
  options: TrainOptions,
  teacher: () => Promise<TeacherScorer>,
  correct: readonly Rollout[],
): Promise<void> {
  const { run, engine, student, questions, signal } = options
  const { cursor, phase } = sitting
  const { manifest } = run
  const { config } = manifest
  const learner = await openLearner({
    engine,
    config,
    start: cursor.start === null ? student : sitting.weightsAt(cursor.start),
    withCritic: phase.kind === 'reinforcement' && phase.algorithm === 'ppo',
    about: { name: manifest.name, base: manifest.student.name, origin: `lagotto training run ${manifest.id}` },
  })
  try {
    const progress = progressTeller(sitting)
    const context: PhaseContext = {
      manifest,
      learner,
      cursor,
      questions: questions.train.filter(({ answers }) => answers.length > 0),
      teacher,
      ownPlayer: () => sitting.ownPlayer(learner),
      signal,
      onStage: progress.stage,
    }
    const work =
      phase.kind === 'distillation'
        ? await distillationPhase(context, phase, correct)
        : await reinforcementPhase(context, phase)
    progress.begin(work)
    sitting.tell({
      type: 'phase',
      phase: phase.kind,
      index: cursor.phase,
      phases: sitting.phases.length,
      steps: work.steps,
    })
    const asked = fixedChoice(questions.validation, config.validation.questions)
    const save = (): Promise<void> =>
      sitting.save(async (folder) => {
        await learner.save(folder)
        await work.save(folder)
      })

    const checkpoint = sitting.takeCheckpoint()
    if (checkpoint === null) {
      // What the phase before ended with was validated there.
      if (cursor.best === null) {
        const first = config.validation.atStart ? asked : []
        await validateNow(sitting, { learner, work, asked: first, signal, onStage: progress.stage })
      }
      await save()
    } else {
      await learner.restore(checkpoint)
      await work.restore(checkpoint)
    }

    while (!cursor.ended) {
      signal?.throwIfAborted()
      const began = performance.now()
      const { rollouts, facts } = await work.step()
      signal?.throwIfAborted()
      const step: StepMetrics = {
        type: 'step',
        step: cursor.step + 1,
        phase: phase.kind,
        phaseStep: cursor.phaseStep + 1,
        phaseSteps: work.steps,
        at: Date.now(),
        ...facts,
      }
      const hopeless = hopelessness(sitting, step)
      cursor.step++
      cursor.phaseStep++
      account(sitting, step)
      await sitting.keepEpisodes('rollout', rollouts)
      await sitting.log(step)

      const last = cursor.phaseStep >= work.steps
      const stepSeconds = (performance.now() - began) / 1000
      const due = last || cursor.phaseStep % work.validateEvery === 0
      if (due) await validateNow(sitting, { learner, work, asked, signal, onStage: progress.stage })
      if (hopeless !== null) await logGuard(sitting, { action: 'stop', reasons: [hopeless], backTo: null })
      cursor.ended = last || hopeless !== null || isPatienceOver(sitting) || (await guard(sitting, learner))
      if (cursor.ended && cursor.best === null) await sitting.write(learner, sitting.weightsName('best'))
      if (cursor.ended) await sitting.ownPlayer(learner)
      if (due || cursor.ended || cursor.step % config.checkpointEvery === 0) await save()
      progress.stepDone(stepSeconds)
    }
  } finally {
    await learner.dispose()
  }
}

/** Goes on to the next phase: it begins with the best weights of this one. */
export async function nextPhase(sitting: Sitting): Promise<void> {
  const { cursor } = sitting
  const start = sitting.weightsName(`start-${cursor.phase + 1}`)
  await sitting.copyWeights(sitting.weightsName('best'), start)
  const phase = cursor.phase + 1
  Object.assign(cursor, {
    phase,
    phaseStep: 0,
    ended: false,
    start,
    best: cursor.best && { ...cursor.best, checkpoint: checkpointName({ phase, step: cursor.step }) },
    sinceBest: 0,
    rollbacks: 0,
    rateScale: 1,
    taid: null,
    share: null,
  } satisfies Partial<typeof cursor>)
}

/** Plays the validation questions, and keeps the weights when none before answered better. */
async function validateNow(
  sitting: Sitting,
  {
    learner,
    work,
    asked,
    signal,
    onStage,
  }: Pick<PhaseContext, 'learner' | 'signal' | 'onStage'> & { work: PhaseWork; asked: Parameters<typeof validate>[2] },
): Promise<void> {
  const { cursor } = sitting
  const loss = await work.heldBackLoss()
  if (asked.length === 0) return
  const player = await sitting.ownPlayer(learner)
  const line = await validate(sitting, player, asked, signal, (done, total) => onStage('validation', done, total))
  const { statistics } = line
  const before = cursor.best?.statistics ?? null
  const improved = before === null || statistics.em > before.em
  // Of equals the later one: it has learned more.
  const best = improved || (statistics.em === before.em && statistics.f1 >= before.f1)
  cursor.sinceBest = improved ? 0 : cursor.sinceBest + 1
  cursor.validationSeconds = line.seconds
  if (best) {
    await sitting.write(learner, sitting.weightsName('best'))
    cursor.best = { step: cursor.step, checkpoint: checkpointName(cursor), statistics }
    const own = cursor.phases[cursor.phase]
    if (own) own.best = { step: cursor.step, em: statistics.em }
  }
  if (cursor.step === 0) cursor.before = statistics
  await sitting.log({ ...line, loss, best })
}

/** Adds a step to the phase's account. */
function account(sitting: Sitting, { seconds }: StepMetrics): void {
  const { cursor, phase } = sitting
  const own = cursor.phases[cursor.phase]
  const before = own ?? { phase: phase.kind, steps: 0, seconds: 0, parts: noSeconds, best: null }
  cursor.phases[cursor.phase] = {
    ...before,
    steps: before.steps + 1,
    seconds: before.seconds + seconds.total,
    parts: addSeconds(before.parts, seconds),
    best: before.best ?? (cursor.best && { step: cursor.best.step, em: cursor.best.statistics.em }),
  }
}

function isPatienceOver({ cursor, phase, run }: Sitting): boolean {
  const { patience } = run.manifest.config.distillation
  return phase.kind === 'distillation' && patience !== null && cursor.sinceBest >= patience
}

/**
 * Asks the guard, and does what it says: goes back to the best checkpoint with half the learning rate, or ends the phase.
 *
 * @returns whether the phase is over
 */
async function guard(sitting: Sitting, learner: Learner): Promise<boolean> {
  const { cursor, phase, run } = sitting
  if (phase.kind !== 'reinforcement') return false
  const settings = run.manifest.config.guard
  const lines = sitting.phaseLines
  const since = lines.slice(lines.findLastIndex(({ type }) => type === 'guard') + 1)
  const reasons = judge(since, cursor.best?.statistics.em ?? null, settings)
  if (reasons.length === 0) return false
  const { best } = cursor
  const back = settings.action === 'rollback' && best !== null && cursor.rollbacks < settings.maxRollbacks
  if (back) {
    await learner.restore(join(runFiles.checkpoints(run.dir), best.checkpoint))
    sitting.forgetPlaying()
    cursor.rollbacks++
    cursor.rateScale /= 2
  }
  await logGuard(sitting, { action: back ? 'rollback' : 'stop', reasons, backTo: back ? best.step : null })
  return !back
}

const logGuard = (sitting: Sitting, facts: Pick<GuardMetrics, 'action' | 'reasons' | 'backTo'>): Promise<void> =>
  sitting.log({ type: 'guard', step: sitting.cursor.step, phase: sitting.phase.kind, at: Date.now(), ...facts })

/**
 * Why reinforcement cannot lead anywhere, where hardly an episode so far had a valid action; null while there is hope.
 *
 * @throws {AppError} NO_VALID_ACTIONS without a distillation, whose result counts or is still to come
 */
function hopelessness(sitting: Sitting, step: StepMetrics): string | null {
  const { phase, phases } = sitting
  if (phase.kind !== 'reinforcement' || step.phaseStep > HOPELESS.steps) return null
  const steps = [...sitting.phaseLines.filter((line) => line.type === 'step'), step]
  const episodes = steps.reduce((sum, { rollouts }) => sum + (rollouts?.episodes ?? 0), 0)
  if (step.phaseStep < HOPELESS.steps && episodes < HOPELESS.episodes) return null
  const hopeful = ({ rollouts }: StepMetrics): boolean =>
    rollouts !== null && (rollouts.em > 0 || rollouts.validActionRate >= HOPELESS.validActionRate)
  if (steps.some(hopeful)) return null
  const reason = `In ${episodes} episodes the student hardly ever searched or answered, and was never right, so there is nothing to reward.`
  if (phases.length > 1) return reason
  throw appError(
    'NO_VALID_ACTIONS',
    reason,
    'Begin with the cold start: it learns the form of searches and answers from a teacher first.',
  )
}

/** What comes after the present phase. */
function toCome({ phases, cursor, run: { manifest } }: Sitting): Omit<RunTime, 'phaseLeftMs' | 'validationSeconds'> {
  const { config, questions, foreseenStepSeconds = null } = manifest
  const later = phases.slice(cursor.phase + 1)
  const steps = later.length * config.reinforcement.steps
  // How many steps distillation has is not known before the teacher has played.
  const known = later.every(({ kind }) => kind === 'reinforcement')
  return {
    laterSteps: steps,
    laterValidations: Math.ceil(steps / config.validation.every),
    foreseenStepSeconds: known ? foreseenStepSeconds : null,
    validationQuestions: Math.min(questions.validation, config.validation.questions ?? questions.validation),
    testQuestions: Math.min(questions.test, config.validation.testQuestions ?? questions.test),
  }
}

/** Tells how far the phase is, and how long it still takes. */
function progressTeller(sitting: Sitting): {
  begin(work: PhaseWork): void
  stage(stage: RunStage, done: number, total: number): void
  stepDone(seconds: number): void
} {
  const { cursor } = sitting
  const stepSeconds: number[] = []
  let work: PhaseWork | null = null
  return {
    begin(ready) {
      work = ready
    },
    stepDone(seconds) {
      stepSeconds.push(seconds)
    },
    stage(stage, done, total) {
      const steps = work?.steps ?? 0
      const stepsLeft = steps - cursor.phaseStep
      const leftMs = phaseLeft({
        stepsLeft,
        stepSeconds,
        validationsLeft: Math.ceil(stepsLeft / (work?.validateEvery ?? 1)),
        validationSeconds: cursor.validationSeconds,
      })
      sitting.tell({
        type: 'progress',
        phase: sitting.phase.kind,
        step: cursor.phaseStep,
        steps,
        stage,
        done,
        total,
        leftMs,
        runLeft: runLeft({ phaseLeftMs: leftMs, validationSeconds: cursor.validationSeconds, ...toCome(sitting) }),
      })
    },
  }
}
