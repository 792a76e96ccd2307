import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { appError, type EpisodeStatistics, type RunManifest, seedFor } from '../../contract/index.ts'
import { episodeStatistics, scoreOf } from '../objectives/statistics.ts'
import type { Player, Rollout, TrainingQuestion, Weights } from '../ports.ts'
import { diskError } from '../run/files.ts'
import { waitForLock } from '../run/lock.ts'
import { JsonLines } from '../run/log.ts'

const tokens = z.array(z.number().int())
const playedSchema = z.object({
  /** Which time the question was played, from 0. */
  round: z.number().int(),
  rollout: z.object({
    question: z.object({ id: z.string(), question: z.string(), answers: z.array(z.string()) }),
    segments: z.array(z.object({ kind: z.enum(['prompt', 'response', 'observation']), tokens })),
    answer: z.string().nullable(),
    queries: z.array(z.string()),
    hit: z.boolean(),
    hitFirst: z.boolean().default(false),
    turns: z.number().int(),
    validTurns: z.number().int(),
    generatedTokens: z.number().int(),
    transcript: z.string(),
  }),
  /** Its share of the time that its chunk took. */
  seconds: z.number(),
})

/** Questions that are played between two writes. */
const CHUNK = 32

/** What the teacher played. */
export interface TeacherEpisodes {
  all: readonly Rollout[]
  correct: readonly Rollout[]
  seconds: number
}

/** How the teacher is asked: with which questions, how it draws its tokens, how often. */
interface Asked {
  folder: string
  manifest: RunManifest
  teacher: Weights
  player: Player
  questions: readonly TrainingQuestion[]
  signal: AbortSignal | undefined
  onProgress: (done: number, total: number) => void
}

/** A folder of its own for everything that the teacher's episodes depend on. */
function folderFor(parent: string, { teacher, environment, config }: RunManifest, temperature: number): string {
  const sampling = temperature === 0 ? 'greedy' : [temperature, config.seed]
  const key = JSON.stringify([teacher?.fingerprint, teacher?.adapter, environment, sampling])
  return join(parent, createHash('sha256').update(key).digest('hex').slice(0, 16))
}

/**
 * The teacher's episodes over some questions, played once and kept: what was played before, in this run or in another one
 * that shares the folder, is read; what another one plays just now is waited for.
 */
async function playOnce(
  { folder, manifest, teacher, player, questions, signal, onProgress }: Asked,
  { temperature, rounds }: { temperature: number; rounds: number },
): Promise<{ rollouts: Rollout[]; seconds: number }> {
  const dir = folderFor(folder, manifest, temperature)
  await mkdir(dir, { recursive: true }).catch((error: unknown) => {
    throw diskError(error, dir)
  })
  const release = await waitForLock(dir, signal)
  const log = new JsonLines(join(dir, 'episodes.jsonl'), playedSchema)
  const played = new Map<string, z.infer<typeof playedSchema>>()
  const key = (round: number, { id, question }: TrainingQuestion): string => JSON.stringify([round, id, question])
  try {
    await log.keep(() => true)
    for (const one of await log.read()) played.set(key(one.round, one.rollout.question), one)
    const wanted = Array.from({ length: rounds }, (_, round) =>
      questions.map((question) => ({ round, question })),
    ).flat()
    const missing = wanted.filter(({ round, question }) => !played.has(key(round, question)))
    if (missing.length > 0) await player.load(teacher)
    for (let start = 0; start < missing.length; start += CHUNK) {
      const chunk = missing.slice(start, start + CHUNK)
      const began = performance.now()
      const before = wanted.length - missing.length + start
      const rollouts = await player.play(
        chunk.map(({ question }) => question),
        {
          temperature,
          seed: seedFor(manifest.config.seed, 'teacher', chunk[0]?.round ?? 0, chunk[0]?.question.id ?? ''),
          ...(signal ? { signal } : {}),
          onProgress: (done) => onProgress(before + done, wanted.length),
        },
      )
      signal?.throwIfAborted()
      const seconds = (performance.now() - began) / 1000 / chunk.length
      const lines = chunk.flatMap(({ round }, i) => {
        const rollout = rollouts[i]
        return rollout ? [playedSchema.parse({ round, rollout, seconds })] : []
      })
      await log.append(lines)
      for (const one of lines) played.set(key(one.round, one.rollout.question), one)
    }
    if (missing.length > 0) await player.unload()
    const found = wanted.flatMap(({ round, question }) => {
      const one = played.get(key(round, question))
      return one ? [{ ...one, rollout: { ...one.rollout, question } }] : []
    })
    return {
      rollouts: found.map(({ rollout }) => rollout),
      seconds: found.reduce((sum, one) => sum + one.seconds, 0),
    }
  } finally {
    await release()
  }
}

/**
 * What the teacher plays over the training questions, as the run's settings say.
 *
 * @throws {AppError} NO_CORRECT_EPISODES; what the player throws; DISK_FULL (what was played is kept)
 */
export async function teacherEpisodes(asked: Asked): Promise<TeacherEpisodes> {
  const { episodesPerQuestion: rounds, teacherTemperature: temperature } = asked.manifest.config.distillation
  const { rollouts: all, seconds } = await playOnce(asked, { temperature, rounds })
  const correct = all.filter((rollout) => scoreOf(rollout) === 1)
  if (correct.length > 0) return { all, correct, seconds }
  throw appError(
    'NO_CORRECT_EPISODES',
    `The teacher answered none of ${all.length} training questions correctly, so there is nothing to learn from it.`,
    'Check that the answers occur in the library, or choose a better teacher.',
  )
}

/** How the teacher answers the validation questions: greedily, as the student does. Throws what the player throws; DISK_FULL. */
export async function teacherValidation(asked: Asked): Promise<EpisodeStatistics> {
  return episodeStatistics((await playOnce(asked, { temperature: 0, rounds: 1 })).rollouts)
}
