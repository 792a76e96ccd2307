import { join } from 'node:path'
import { z } from 'zod'
import { type LearningEpisode, learningEpisode } from '../objectives/episode.ts'
import { initialShare, nextShare } from '../objectives/own-episodes.ts'
import { initialTaid, nextTaid } from '../objectives/taid.ts'
import type { Rollout } from '../ports.ts'
import { shuffled } from '../random.ts'
import { writeWhole } from '../run/files.ts'
import { readChecked } from '../run/run.ts'
import { distillationStep, lessonLoss } from './distillation-step.ts'
import type { PhaseContext, PhaseWork } from './phase-work.ts'
import { type DistillationPhase, needsTeacherScores } from './recipe.ts'
import { type DistilledEpisode, TeacherMemory } from './teacher-memory.ts'

const bytes = z.array(z.number().int())
const replaySchema = z.array(z.object({ tokens: bytes, rows: bytes, generated: bytes, generatedTokens: z.number() }))
const replayPath = (folder: string): string => join(folder, 'replay.json')

/** Share of the lessons that are held back where a method watches the validation loss. */
const HELD_BACK = 0.05

/** Prepares a distillation from the teacher's correct episodes. */
export async function distillationPhase(
  context: PhaseContext,
  phase: DistillationPhase,
  correct: readonly Rollout[],
): Promise<PhaseWork> {
  const { manifest, learner, cursor, signal } = context
  const { config } = manifest
  const { distillation: settings } = config
  const taid = {
    start: settings.taidStart,
    end: settings.taidEnd,
    rate: settings.taidRate,
    momentum: settings.taidMomentum,
  }
  const all = correct.map((rollout, i): DistilledEpisode => ({ key: String(i), episode: learningEpisode(rollout) }))
  const held = phase.episodes === 'adaptive' ? Math.max(1, Math.round(HELD_BACK * all.length)) : 0
  const mixed = shuffled(all, config.seed)
  const lessons = all.length > held ? mixed.slice(held) : mixed
  const heldBack = mixed.slice(0, held)
  const teacher = needsTeacherScores(phase)
    ? new TeacherMemory(await context.teacher(), { k: settings.teacherTopK, packTokens: config.packTokens })
    : null
  const perEpoch = Math.ceil(lessons.length / settings.batch)
  const epochs = Math.ceil((settings.epochs * lessons.length) / settings.batch)
  const steps = Math.min(epochs, settings.maxSteps ?? epochs)
  let replay: LearningEpisode[] = []

  return {
    steps,
    validateEvery: Math.max(1, Math.round(perEpoch / config.validation.perEpoch)),
    async step() {
      if (phase.objective === 'taid') cursor.taid ??= initialTaid(taid)
      const result = await distillationStep(
        {
          ...context,
          config,
          phase,
          teacher,
          lessons,
          phaseSteps: steps,
          rateScale: cursor.rateScale,
          taidT: cursor.taid?.t ?? null,
          ownShare: cursor.share?.share ?? 0,
          replay,
        },
        cursor.phaseStep,
      )
      replay = result.replay
      if (cursor.taid) cursor.taid = nextTaid(cursor.taid, result.metrics.loss, cursor.phaseStep / steps, taid)
      return { rollouts: result.rollouts, facts: { ...result.metrics, reinforcement: null } }
    },
    async heldBackLoss() {
      if (heldBack.length === 0) return null
      const loss = await lessonLoss({ config, phase, learner, teacher, signal }, heldBack)
      cursor.share = nextShare(cursor.share ?? initialShare, loss, settings.adaptiveStep)
      return loss
    },
    async save(folder) {
      if (phase.episodes !== 'adaptive') return
      const plain = replay.map(({ tokens, rows, generated, generatedTokens }) => ({
        tokens: [...tokens],
        rows: [...rows],
        generated: [...generated],
        generatedTokens,
      }))
      await writeWhole(replayPath(folder), JSON.stringify(plain))
    },
    async restore(folder) {
      replay = ((await readChecked(replayPath(folder), replaySchema)) ?? []).map((one) => ({
        tokens: Int32Array.from(one.tokens),
        rows: Int32Array.from(one.rows),
        generated: Uint8Array.from(one.generated),
        generatedTokens: one.generatedTokens,
      }))
    },
  }
}
