import { stat } from 'node:fs/promises'
import { appError, type RunModel } from '../../contract/index.ts'
import type { Engine, Model } from '../engine.ts'
import type { TeacherScorer } from '../ports.ts'
import type { TrainOptions } from '../train.ts'
import { needsTeacherScores, type Phase } from './recipe.ts'
import { engineScorer } from './scorer.ts'

/**
 * Checks before anything is loaded that a run can go on with what it was begun with.
 *
 * @throws {AppError} MODEL_MISSING, MODEL_CHANGED, TOKENIZER_MISMATCH, NO_QUESTIONS, INVALID_INPUT (no teacher)
 */
export async function checkInputs(options: TrainOptions, phases: readonly Phase[]): Promise<void> {
  const { run, engine, student, teacher, teacherScorer, players, questions } = options
  const { manifest } = run
  if (!questions.train.some(({ answers }) => answers.length > 0)) {
    throw appError(
      'NO_QUESTIONS',
      'There are no questions with answers to train on.',
      'Choose a question set whose answers occur in the library.',
    )
  }
  await checkFile(student.model, manifest.student, options.fingerprint)
  if (teacher && manifest.teacher && !teacherScorer)
    await checkFile(teacher.model, manifest.teacher, options.fingerprint)
  const plays = phases.some(({ kind }) => kind === 'distillation')
  const scores = phases.some(needsTeacherScores)
  if ((plays && !(teacher && players.teacher)) || (scores && !teacher && !teacherScorer)) {
    throw appError('INVALID_INPUT', `The method ${manifest.config.method} needs a teacher.`, 'Choose a teacher model.')
  }
  if (teacher && scores && !teacherScorer) {
    const [own, other] = [await engine.inspectModel(student.model), await engine.inspectModel(teacher.model)]
    // A longer one is padded: what is behind the student's tokens means nothing.
    if (own.vocabulary > other.vocabulary) {
      throw appError(
        'TOKENIZER_MISMATCH',
        `The teacher knows ${other.vocabulary} tokens and the student ${own.vocabulary}, so one cannot teach the other.`,
        'Choose a teacher and a student of one family.',
      )
    }
  }
}

async function checkFile(path: string, known: RunModel, fingerprint: TrainOptions['fingerprint']): Promise<void> {
  if (!(await stat(path).catch(() => null))) {
    throw appError(
      'MODEL_MISSING',
      `The model ${known.name} is no longer there.`,
      'Bring the file back, or begin a new run.',
      {
        detail: path,
      },
    )
  }
  if ((await fingerprint(path)) !== known.fingerprint) {
    throw appError(
      'MODEL_CHANGED',
      `The file of the model ${known.name} has changed since this run began.`,
      'Bring the old file back, or begin a new run.',
      { detail: path },
    )
  }
}

/** The teacher's probabilities: from outside, or from the engine, which loads it on first use. */
export function lazyTeacher({ engine, student, teacher, teacherScorer, run }: TrainOptions): {
  scorer: () => Promise<TeacherScorer>
  dispose: () => Promise<void>
} {
  const { packTokens, threads } = run.manifest.config
  let model: Promise<Model> | null = null
  return {
    async scorer() {
      if (teacherScorer) return teacherScorer
      if (!teacher) throw appError('INVALID_INPUT', 'This method needs a teacher.', 'Choose a teacher model.')
      model ??= loadTeacher(engine, teacher.model, threads)
      const { vocabulary } = await engine.inspectModel(student.model)
      return engineScorer(await model, { packTokens, vocabulary })
    },
    dispose: async () => (await model?.catch(() => null))?.dispose(),
  }
}

const loadTeacher = (engine: Engine, path: string, threads: number | null): Promise<Model> =>
  engine.loadModel({ path }, threads === null ? {} : { threads })
