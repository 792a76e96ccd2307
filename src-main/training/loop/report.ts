import type { Capabilities, GuardMetrics, RunReport } from '../../contract/index.ts'
import { capabilities, episodeStatistics, scoreOf } from '../objectives/statistics.ts'
import type { Examinee, Rollout, TrainingQuestion } from '../ports.ts'
import { checkpointName } from '../run/checkpoint.ts'
import { writeWhole } from '../run/files.ts'
import { POLICY, runFiles } from '../run/run.ts'
import type { TrainOptions } from '../train.ts'
import { fixedChoice, type Sitting } from './sitting.ts'

/** Has the test questions answered with the first and with the best weights, and writes the report: with it a run is over. */
export async function finishRun(sitting: Sitting, options: TrainOptions): Promise<RunReport> {
  const { run, cursor, lines, phases } = sitting
  const { config } = run.manifest
  const best = sitting.weightsName('best')
  const [phase] = phases.slice(-1)
  const test = await testBoth(sitting, options)
  const guard = lines.filter((line) => line.type === 'guard')
  const stopped = guard.find((line) => line.action === 'stop' && line.phase === phase?.kind)
  const report: RunReport = {
    outcome: stopped ? 'collapsed' : 'finished',
    notes: [...guard.flatMap(guardNotes), ...cautions(sitting)],
    startedAt: cursor.startedAt,
    endedAt: Date.now(),
    seconds: cursor.seconds,
    steps: cursor.step,
    before: cursor.before,
    best: { step: cursor.best?.step ?? cursor.step, validation: cursor.best?.statistics ?? null },
    teacher: cursor.teacher,
    ...test,
    phases: cursor.phases,
    teacherEpisodes: cursor.teacherEpisodes,
    guard,
    weights: {
      kind: config.tuning.mode === 'lora' ? 'adapter' : 'model',
      best: `weights/${best}`,
      last: `weights/${sitting.weightsName(`${POLICY}${checkpointName(cursor)}`)}`,
    },
  }
  await writeWhole(runFiles.report(run.dir), `${JSON.stringify(report, null, 2)}\n`)
  return report
}

/** What one set of weights makes of the test questions. */
interface Exam {
  rollouts: readonly Rollout[]
  arcap: Capabilities | null
}

/** The same questions to the student as it was and as it is now. */
async function testBoth(
  sitting: Sitting,
  { student, questions, signal }: TrainOptions,
): Promise<Pick<RunReport, 'test' | 'testBefore' | 'arcap' | 'tested'>> {
  const asked = fixedChoice(questions.test, sitting.run.manifest.config.validation.testQuestions)
  if (asked.length === 0) return { test: null, testBefore: null, arcap: null, tested: [] }
  const tell = examTeller(sitting, asked.length)
  const before = await examine(await sitting.playerWith(student), asked, signal, tell)
  const after = await examine(await sitting.playerOf(sitting.weightsName('best')), asked, signal, tell)
  await sitting.keepEpisodes('test', after.rollouts)
  return {
    test: episodeStatistics(after.rollouts),
    testBefore: episodeStatistics(before.rollouts),
    arcap: before.arcap && after.arcap && { before: before.arcap, after: after.arcap },
    tested: asked.flatMap(({ id, question, answers }, i) => {
      const [old, now] = [before.rollouts[i], after.rollouts[i]]
      return old && now
        ? [{ questionId: id, question, answers: [...answers], before: given(old), after: given(now) }]
        : []
    }),
  }
}

const given = (rollout: Rollout): { answer: string | null; right: boolean } => ({
  answer: rollout.answer,
  right: scoreOf(rollout) === 1,
})

async function examine(
  player: Examinee,
  asked: readonly TrainingQuestion[],
  signal: AbortSignal | undefined,
  onAnswer: () => void,
): Promise<Exam> {
  const common = { ...(signal ? { signal } : {}), onProgress: onAnswer }
  const rollouts = await player.play(asked, { temperature: 0, seed: 0, ...common })
  signal?.throwIfAborted()
  const withoutThink = await player.read(asked, { think: false, ...common })
  const withThink = await player.read(asked, { think: true, ...common })
  signal?.throwIfAborted()
  return { rollouts, arcap: capabilities(rollouts, { withoutThink, withThink }) }
}

/** Tells how many of all answers of the test are there: each question is answered, and read twice, before and after. */
function examTeller(sitting: Sitting, questions: number): () => void {
  const { phase, cursor } = sitting
  let done = 0
  return () =>
    sitting.tell({
      type: 'progress',
      phase: phase.kind,
      step: cursor.phaseStep,
      steps: cursor.phaseStep,
      stage: 'test',
      done: ++done,
      total: 6 * questions,
      leftMs: null,
      runLeft: null,
    })
}

function guardNotes({ reasons, action, step, backTo }: GuardMetrics): string[] {
  const done =
    action === 'stop'
      ? `Training stopped at step ${step}; the best weights are kept.`
      : `At step ${step} training went back to step ${backTo} and on with half the learning rate.`
  return [...reasons, done]
}

/** Below this the teacher's distributions are cut so much that it should be known. */
const ENOUGH_MASS = 0.95

/** What a reader of the report should know about how its figures came about. */
function cautions({ lines, cursor, run }: Sitting): string[] {
  const notes: string[] = []
  if (cursor.best === null) {
    notes.push('There were no validation questions, so the last weights count as the best.')
  }
  const masses = lines.flatMap((line) => (line.type === 'step' ? (line.distillation?.teacherMass ?? []) : []))
  const mass = masses.reduce((sum, one) => sum + one, 0) / masses.length
  if (mass < ENOUGH_MASS) {
    const { teacherTopK } = run.manifest.config.distillation
    notes.push(
      `The ${teacherTopK} most probable tokens hold only ${Math.round(100 * mass)} % of what the teacher says.`,
    )
  }
  return notes
}
