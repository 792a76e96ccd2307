import type { GuardMetrics, RunReport } from '../../contract/index.ts'
import { episodeStatistics } from '../objectives/statistics.ts'
import { checkpointName } from '../run/checkpoint.ts'
import { writeWhole } from '../run/files.ts'
import { POLICY, runFiles } from '../run/run.ts'
import type { TrainOptions } from '../train.ts'
import { fixedChoice, type Sitting } from './sitting.ts'

/** Answers the test questions with the best weights and writes the report: with it a run is over. */
export async function finishRun(sitting: Sitting, { questions, signal }: TrainOptions): Promise<RunReport> {
  const { run, cursor, lines, phases } = sitting
  const { config } = run.manifest
  const best = sitting.weightsName('best')
  const asked = fixedChoice(questions.test, config.validation.testQuestions)
  const [phase] = phases.slice(-1)
  let test: RunReport['test'] = null
  if (asked.length > 0) {
    const rollouts = await (await sitting.playerOf(best)).play(asked, {
      temperature: 0,
      seed: 0,
      ...(signal ? { signal } : {}),
      onProgress: (done) =>
        sitting.tell({
          type: 'progress',
          phase: phase?.kind ?? 'distillation',
          step: cursor.phaseStep,
          steps: cursor.phaseStep,
          stage: 'test',
          done,
          total: asked.length,
          leftMs: null,
          runLeftMs: null,
        }),
    })
    signal?.throwIfAborted()
    await sitting.keepEpisodes('test', rollouts)
    test = episodeStatistics(rollouts)
  }
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
    test,
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
