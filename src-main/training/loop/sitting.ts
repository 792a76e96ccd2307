import { copyFile, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  hashText,
  type RunEpisode,
  type RunEvent,
  type RunLine,
  type RunPhase,
  type ValidationMetrics,
} from '../../contract/index.ts'
import { episodeStatistics, scoreOf } from '../objectives/statistics.ts'
import type { Examinee, Player, Rollout, TrainingQuestion, Weights } from '../ports.ts'
import { type Cursor, checkpointName, firstCursor, lastCheckpoint, saveCheckpoint } from '../run/checkpoint.ts'
import { diskError } from '../run/files.ts'
import { episodesLog, metricsLog, POLICY, type Run, runFiles, weightsName } from '../run/run.ts'
import type { Learner } from './learner.ts'
import type { Phase } from './recipe.ts'

/**
 * One sitting of a run: from its start, or from where it was interrupted, to its end or the next interruption. It keeps the
 * cursor and everything that is written into the run's folder.
 */
export class Sitting {
  readonly run: Run
  readonly phases: readonly Phase[]
  readonly cursor: Cursor
  /** Everything logged so far. */
  readonly lines: RunLine[]
  /** Whether the run goes on from a checkpoint. */
  readonly resumed: boolean
  #checkpoint: { folder: string; phase: number } | null
  readonly #player: Examinee
  readonly #tell: (event: RunEvent) => void
  #playing: string | null = null
  #mark = performance.now()

  private constructor(facts: {
    run: Run
    phases: readonly Phase[]
    cursor: Cursor
    lines: RunLine[]
    checkpoint: string | null
    player: Examinee
    tell: (event: RunEvent) => void
  }) {
    this.run = facts.run
    this.phases = facts.phases
    this.cursor = facts.cursor
    this.lines = facts.lines
    this.resumed = facts.checkpoint !== null
    this.#checkpoint = facts.checkpoint === null ? null : { folder: facts.checkpoint, phase: facts.cursor.phase }
    this.#player = facts.player
    this.#tell = facts.tell
  }

  /** Reads where the run is and drops what was logged behind its last checkpoint. @throws {AppError} RUN_DAMAGED, DISK_FULL */
  static async open(
    run: Run,
    phases: readonly Phase[],
    player: Examinee,
    tell: (event: RunEvent) => void,
  ): Promise<Sitting> {
    const last = await lastCheckpoint(run.dir)
    const cursor = last?.cursor ?? firstCursor()
    const saved = ({ phase, step }: { phase: RunPhase; step: number }): boolean => {
      const at = phases.findIndex(({ kind }) => kind === phase)
      return last !== null && (at < cursor.phase || (at === cursor.phase && step <= cursor.step))
    }
    await metricsLog(run.dir).keep(saved)
    await episodesLog(run.dir).keep((episode) => saved(episode) && episode.kind !== 'test')
    const lines = await metricsLog(run.dir).read()
    return new Sitting({ run, phases, cursor, lines, checkpoint: last?.folder ?? null, player, tell })
  }

  get phase(): Phase {
    const phase = this.phases[this.cursor.phase]
    if (!phase) throw new Error('the run is over')
    return phase
  }

  /** The checkpoint to go on from; null where the phase begins. */
  takeCheckpoint(): string | null {
    const found = this.#checkpoint
    this.#checkpoint = null
    return found?.phase === this.cursor.phase ? found.folder : null
  }

  tell(event: RunEvent): void {
    this.#tell(event)
  }

  /** Lines of the current phase. */
  get phaseLines(): RunLine[] {
    return this.lines.filter((line) => line.phase === this.phase.kind)
  }

  /** Logs, and tells. @throws {AppError} DISK_FULL */
  async log(line: RunLine): Promise<void> {
    await metricsLog(this.run.dir).append([line])
    this.lines.push(line)
    if (line.type === 'step') this.tell({ type: 'metrics', metrics: line })
    else if (line.type === 'validation') this.tell({ type: 'validation', validation: line })
    else this.tell({ type: 'guard', guard: line })
  }

  /** Keeps some episodes for reading. @throws {AppError} DISK_FULL */
  async keepEpisodes(kind: RunEpisode['kind'], rollouts: readonly Rollout[]): Promise<void> {
    const { samples } = this.run.manifest.config
    const { step, phase } = this.cursor
    const kept = rollouts.slice(0, samples).map((rollout): RunEpisode => {
      const { question, answer, transcript } = rollout
      const { id, answers } = question
      return {
        step,
        phase: (this.phases[phase] ?? this.phases.at(-1))?.kind ?? 'distillation',
        kind,
        questionId: id,
        question: question.question,
        answers: [...answers],
        answer,
        em: scoreOf(rollout),
        transcript,
      }
    })
    await episodesLog(this.run.dir).append(kept)
  }

  /** Where the weights of a name lie, as a policy. */
  weightsAt(name: string): Weights {
    const { config, student } = this.run.manifest
    const path = join(runFiles.weights(this.run.dir), name)
    return config.tuning.mode === 'lora' ? { model: student.path, adapter: path } : { model: path, adapter: null }
  }

  weightsName(which: string): string {
    return weightsName(which, this.run.manifest.config.tuning.mode)
  }

  /** Writes the policy as it is, as the weights of a name. @throws {AppError} DISK_FULL */
  async write(learner: Learner, name: string): Promise<Weights> {
    return learner.export(join(runFiles.weights(this.run.dir), name))
  }

  /** Makes the weights of a name those of another one, too. @throws {AppError} DISK_FULL */
  async copyWeights(from: string, to: string): Promise<void> {
    const folder = runFiles.weights(this.run.dir)
    const target = join(folder, to)
    try {
      await copyFile(join(folder, from), `${target}.partial`)
      await rename(`${target}.partial`, target)
    } catch (error) {
      await rm(`${target}.partial`, { force: true })
      throw diskError(error, target)
    }
  }

  /** The player with the policy as it is. */
  async ownPlayer(learner: Learner): Promise<Examinee> {
    const name = this.weightsName(`${POLICY}${checkpointName(this.cursor)}`)
    if (this.#playing !== name) {
      await this.#player.load(await this.write(learner, name))
      this.#playing = name
      await this.#removePolicies(name)
    }
    return this.#player
  }

  async #removePolicies(but: string): Promise<void> {
    const folder = runFiles.weights(this.run.dir)
    for (const name of await readdir(folder)) {
      if (name.startsWith(POLICY) && name !== but) await rm(join(folder, name), { force: true })
    }
  }

  /** The player with weights of the run. */
  async playerOf(name: string): Promise<Examinee> {
    if (this.#playing !== name) await this.#player.load(this.weightsAt(name))
    this.#playing = name
    return this.#player
  }

  /** The player with weights that need not be the run's. */
  async playerWith(weights: Weights): Promise<Examinee> {
    this.#playing = null
    await this.#player.load(weights)
    return this.#player
  }

  /** The policy has changed within a step. */
  forgetPlaying(): void {
    this.#playing = null
  }

  async unloadPlayer(): Promise<void> {
    if (this.#playing !== null) await this.#player.unload()
    this.#playing = null
  }

  /** Saves where the run is. @throws {AppError} DISK_FULL */
  async save(fill: (folder: string) => Promise<void>): Promise<void> {
    const now = performance.now()
    this.cursor.seconds += (now - this.#mark) / 1000
    this.#mark = now
    await saveCheckpoint(this.run.dir, this.cursor, fill)
  }
}

/** Questions that are always the same ones of a split, in an order that has nothing to do with theirs. */
export function fixedChoice(questions: readonly TrainingQuestion[], count: number | null): TrainingQuestion[] {
  const place = ({ id, question }: TrainingQuestion): number => hashText(`${id} ${question}`)
  return questions.toSorted((a, b) => place(a) - place(b)).slice(0, count ?? questions.length)
}

/** Plays the validation questions greedily. */
export async function validate(
  sitting: Sitting,
  player: Player,
  questions: readonly TrainingQuestion[],
  signal: AbortSignal | undefined,
  onProgress: (done: number, total: number) => void,
): Promise<Omit<ValidationMetrics, 'best' | 'loss'>> {
  const began = performance.now()
  const rollouts = await player.play(questions, {
    temperature: 0,
    seed: 0,
    ...(signal ? { signal } : {}),
    onProgress: (done) => onProgress(done, questions.length),
  })
  signal?.throwIfAborted()
  await sitting.keepEpisodes('validation', rollouts)
  const { cursor, phase } = sitting
  return {
    type: 'validation',
    step: cursor.step,
    phase: phase.kind,
    phaseStep: cursor.phaseStep,
    at: Date.now(),
    seconds: (performance.now() - began) / 1000,
    statistics: episodeStatistics(rollouts),
  }
}
