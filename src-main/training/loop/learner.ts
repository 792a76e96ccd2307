import { join } from 'node:path'
import type { RunConfig } from '../../contract/index.ts'
import type { Engine, Model, TrainerOptions } from '../engine.ts'
import type { LearningEpisode } from '../objectives/episode.ts'
import { generatedRows } from '../objectives/episode.ts'
import type { TeacherScorer, Weights } from '../ports.ts'
import type { Trainer } from '../trainer.ts'
import { engineScorer, scoreRows } from './scorer.ts'

/** What learns in a phase: the actor, and for PPO its critic; both begin from the same weights. */
export interface Learner {
  /** Embedding length of the model. */
  readonly width: number
  readonly actor: Trainer
  /** @throws without a critic */
  readonly critic: Trainer
  /** log π of the generated tokens of each episode, with the weights as they are. */
  logProbabilities(episodes: readonly LearningEpisode[], signal?: AbortSignal): Promise<Float32Array[]>
  /** The critic's value before each token of each response. */
  values(episodes: readonly LearningEpisode[], signal?: AbortSignal): Promise<Float32Array[]>
  /** The policy that the phase began with, as it was then. Loaded on first use. */
  startingPolicy(): Promise<TeacherScorer>
  /** Writes the actor as llama.cpp plays it, to a file that `Run.weights` knows. */
  export(path: string): Promise<Weights>
  save(folder: string): Promise<void>
  restore(folder: string): Promise<void>
  dispose(): Promise<void>
}

export interface LearnerOptions {
  engine: Engine
  config: RunConfig
  start: Weights
  withCritic: boolean
  /** Names that are written into an adapter. */
  about: { name: string; base: string; origin: string }
}

interface Part {
  model: Model
  trainer: Trainer
}

/**
 * Loads what a phase trains. Adapters share one frozen base; where all weights are trained, actor and critic are models of
 * their own.
 *
 * @throws {AppError} MODEL_*, ADAPTER_MISMATCH, TRAINING_MEMORY
 */
export async function openLearner({ engine, config, start, withCritic, about }: LearnerOptions): Promise<Learner> {
  const { tuning, seed, packTokens, products, threads, activations } = config
  const full = tuning.mode === 'full'
  const compute = { full, products, ...(threads === null ? {} : { threads }) }
  const opened: { dispose(): Promise<void> }[] = []
  const keep = <T extends { dispose(): Promise<void> }>(thing: T): T => {
    opened.unshift(thing)
    return thing
  }
  const load = async (): Promise<Model> => keep(await engine.loadModel({ path: start.model }, compute))

  try {
    const base = await load()
    const shape: TrainerOptions = start.adapter ? await engine.inspectAdapter(start.adapter) : tuning
    const part = async (model: Model, valueHead: boolean): Promise<Part> => {
      const trainer = keep(
        await model.createTrainer({
          ...shape,
          mode: tuning.mode,
          dropout: tuning.dropout,
          seed,
          valueHead,
          activations,
        }),
      )
      if (start.adapter) await trainer.importAdapter(start.adapter)
      return { model, trainer }
    }
    const actor = await part(base, false)
    const critic = withCritic ? await part(full ? await load() : base, true) : null
    const own = engineScorer(actor.model, { packTokens, trainer: actor.trainer })
    const needCritic = (): Part => {
      if (!critic) throw new Error('this phase has no critic')
      return critic
    }
    let starting: Promise<TeacherScorer> | null = null

    return {
      width: base.architecture.embedding,
      actor: actor.trainer,
      get critic() {
        return needCritic().trainer
      },
      logProbabilities: (episodes, signal) => own.logProbabilities(episodes.map(generatedRows), signal),
      async values(episodes, signal) {
        const { model, trainer } = needCritic()
        const scores = await scoreRows(model, episodes, { packTokens, trainer, values: true, signal })
        return scores.map(({ values }) => values)
      },
      startingPolicy() {
        starting ??= (async () => {
          const model = full ? await load() : base
          if (!start.adapter) return engineScorer(model, { packTokens })
          return engineScorer(model, { packTokens, trainer: (await part(model, false)).trainer })
        })()
        return starting
      },
      async export(path) {
        if (!full) {
          await actor.trainer.exportAdapter(path, about)
          return { model: start.model, adapter: path }
        }
        await actor.model.write({ path, type: 'f32', tokenizerFrom: start.model })
        return { model: path, adapter: null }
      },
      async save(folder) {
        await actor.trainer.save(join(folder, 'actor.gguf'))
        await critic?.trainer.save(join(folder, 'critic.gguf'))
      },
      async restore(folder) {
        await actor.trainer.restore(join(folder, 'actor.gguf'))
        await critic?.trainer.restore(join(folder, 'critic.gguf'))
      },
      async dispose() {
        for (const thing of opened) await thing.dispose()
      },
    }
  } catch (error) {
    for (const thing of opened) await thing.dispose()
    throw error
  }
}
