import type { RunEvent, RunReport } from '../contract/index.ts'
import type { Engine } from './engine.ts'
import { checkInputs, lazyTeacher } from './loop/check.ts'
import { recipe } from './loop/recipe.ts'
import { finishRun } from './loop/report.ts'
import { fixedChoice, Sitting } from './loop/sitting.ts'
import { teacherEpisodes, teacherValidation } from './loop/teacher-episodes.ts'
import { nextPhase, workThrough } from './loop/work-through.ts'
import type { Examinee, Player, Rollout, TeacherScorer, TrainingQuestion, Weights } from './ports.ts'
import { takeLock } from './run/lock.ts'
import { type Run, runFiles } from './run/run.ts'

/** Everything that training takes from outside. */
export interface TrainOptions {
  run: Run
  engine: Engine
  /** What is trained: the manifest's model, and an adapter to begin with. */
  student: Weights
  /** Null for the methods without one (PPO, GRPO). */
  teacher: Weights | null
  questions: {
    train: readonly TrainingQuestion[]
    validation: readonly TrainingQuestion[]
    test: readonly TrainingQuestion[]
  }
  /** `teacher` plays the episodes that distillation learns from. Only one of them is loaded at a time. */
  players: { student: Examinee; teacher: Player | null }
  /** By default the native engine with the teacher's file; with another one the teacher is no file on this computer. */
  teacherScorer?: TeacherScorer
  /** Tells whether a model file is still the one of the manifest (`modelFingerprint`). */
  fingerprint: (path: string) => Promise<string>
  /** Teacher episodes and distributions are kept here, for several runs over the same questions; the run's own folder by default. */
  teacherFolder?: string
  /** Pauses: what was saved is kept, and training goes on from there another time. */
  signal?: AbortSignal
  onEvent?: (event: RunEvent) => void
}

/**
 * Trains a run, from its beginning or from its last checkpoint, to its end. A run that is over is not begun again.
 *
 * @returns the report, which is also in the run's folder
 * @throws the signal's reason when paused; {AppError} RUN_IN_USE, RUN_DAMAGED, MODEL_CHANGED, MODEL_MISSING,
 *   TOKENIZER_MISMATCH, NO_QUESTIONS, NO_CORRECT_EPISODES, NO_VALID_ACTIONS, TRAINING_*, DISK_FULL: the run is intact
 */
export async function train(options: TrainOptions): Promise<RunReport> {
  const { run, players } = options
  const tell = options.onEvent ?? (() => undefined)
  const over = await run.report()
  if (over) return over
  const release = await takeLock(run.dir)
  const teacher = lazyTeacher(options)
  try {
    const phases = recipe(run.manifest.config)
    await checkInputs(options, phases)
    const sitting = await Sitting.open(run, phases, players.student, tell)
    if (sitting.resumed) tell({ type: 'resumed', step: sitting.cursor.step })

    for (;;) {
      const { cursor, phase } = sitting
      if (!cursor.ended) {
        const correct = phase.kind === 'distillation' ? await listenToTeacher(sitting, options) : []
        await workThrough(sitting, options, teacher.scorer, correct)
      }
      if (cursor.phase === phases.length - 1) break
      await nextPhase(sitting)
    }
    const report = await finishRun(sitting, options)
    tell({ type: 'ended', report })
    return report
  } finally {
    await teacher.dispose()
    await players.student.unload()
    await players.teacher?.unload()
    await release()
  }
}

/** The teacher's correct episodes, and what it makes of the validation questions: played now, or before. */
async function listenToTeacher(
  sitting: Sitting,
  { run, teacher, players, questions, teacherFolder, signal }: TrainOptions,
): Promise<readonly Rollout[]> {
  if (!teacher || !players.teacher) throw new Error('checked before: a distillation has a teacher')
  await sitting.unloadPlayer()
  const { cursor } = sitting
  const common = {
    folder: teacherFolder ?? runFiles.teacher(run.dir),
    manifest: run.manifest,
    teacher,
    player: players.teacher,
    signal,
    onProgress: (done: number, total: number) =>
      sitting.tell({
        type: 'progress',
        phase: 'distillation',
        step: 0,
        steps: 0,
        stage: 'teacher-episodes',
        done,
        total,
        leftMs: null,
        runLeft: null,
      }),
  }
  const { all, correct, seconds } = await teacherEpisodes({
    ...common,
    questions: questions.train.filter(({ answers }) => answers.length > 0),
  })
  const validation = fixedChoice(questions.validation, run.manifest.config.validation.questions)
  if (validation.length > 0) cursor.teacher ??= await teacherValidation({ ...common, questions: validation })
  if (cursor.teacher) sitting.tell({ type: 'teacher', statistics: cursor.teacher })
  if (cursor.teacherEpisodes === null) await sitting.keepEpisodes('teacher', all)
  cursor.teacherEpisodes = { played: all.length, correct: correct.length, seconds }
  return correct
}
