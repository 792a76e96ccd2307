import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GgufMetadata, ggufHeader, text } from '../../src-main/models/import/gguf-format.ts'
import { learningRateAt, type Model, openEngine } from '../../src-main/training/index.ts'
import type { BpeTokenizer } from './bpe.ts'
import { chatTemplate } from './episodes.ts'
import { initialize } from './initialize.ts'
import { mixSeed, Random } from './random.ts'
import type { Recipe } from './recipe.ts'
import { chunkOfSteps, drawSequences, toBatch, type WeightedSequence } from './sequences.ts'
import { World } from './world.ts'

/** Where a training stands. Together with the weights it is all that is needed to go on, step for step as without a stop. */
interface State {
  stage: number
  /** The world in use, and how many of its steps are done. */
  chunk: number
  step: number
  tokens: number
  seconds: number
  /** Accuracy on copied tokens at the last probe. */
  accuracy: number
  checkpoint: string | null
}

export interface TrainOptions {
  recipe: Recipe
  tokenizer: BpeTokenizer
  /** Of the checkpoints and the log. */
  folder: string
  /** The model file to begin with; null: a start of its own. */
  start: string | null
  /** The model file to write. */
  output: string
  /** Words that no name of the training worlds may hold. */
  banned: ReadonlySet<string>
  threads?: number
  signal?: AbortSignal
  say?: (line: string) => void
}

const CHECKPOINT_SECONDS = 120
const PROBE_CHUNKS = 4
const PROBE_TEXTS = 16

function modelMetadata({ name, architecture }: Recipe, tokenizer: BpeTokenizer): GgufMetadata {
  return {
    'general.architecture': text(architecture.family),
    'general.name': text(name),
    'general.license': text('apache-2.0'),
    'lagotto.prompt': text('question-only'),
    ...tokenizer.metadata(chatTemplate),
  }
}

function writeAtomically(path: string, content: string | Buffer): void {
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}

/** How often copied tokens of some texts are foretold right, and the mean loss of all written ones. */
async function probe(model: Model, texts: readonly WeightedSequence[]): Promise<{ accuracy: number; loss: number }> {
  const scores = await model.score(texts, { logProbabilities: true, top: 1 })
  let [right, copied, loss, rows] = [0, 0, 0, 0]
  for (const [i, sequence] of texts.entries()) {
    for (const [j, row] of sequence.rows.entries()) {
      rows++
      loss -= scores[i]?.logProbabilities[j] ?? 0
      if (!sequence.copied[j]) continue
      copied++
      if (scores[i]?.topTokens[j] === sequence.tokens[row + 1]) right++
    }
  }
  return { accuracy: right / Math.max(1, copied), loss: loss / Math.max(1, rows) }
}

const duration = (seconds: number): string =>
  `${Math.floor(seconds / 60)}m${String(Math.round(seconds % 60)).padStart(2, '0')}s`

/**
 * Trains a micro model by its recipe and writes it; goes on from the last checkpoint when there is one. Deterministic for
 * the recipe's seed: stopping and going on does not change the result.
 *
 * @returns where the training stood at its end
 * @throws the signal's reason after saving a checkpoint; {AppError} of the engine
 */
export async function trainMicroModel(options: TrainOptions): Promise<{ tokens: number; seconds: number }> {
  const { recipe, tokenizer, folder, start, output, banned, threads = 1, signal, say = () => {} } = options
  mkdirSync(folder, { recursive: true })
  const stateFile = join(folder, 'state.json')
  const metadataFile = join(folder, 'metadata.gguf')
  writeAtomically(metadataFile, ggufHeader(modelMetadata(recipe, tokenizer), []))
  const { architecture, seed, stages, stepTokens } = recipe
  const model = await openEngine().loadModel(start ? { path: start } : { architecture, seed }, {
    full: true,
    threads,
    logitRows: 512,
  })
  const trainer = await model.createTrainer({ mode: 'full', activations: 'keep' })
  let state: State = { stage: 0, chunk: 0, step: 0, tokens: 0, seconds: 0, accuracy: 0, checkpoint: null }
  try {
    state = JSON.parse(readFileSync(stateFile, 'utf8')) as State
    await trainer.restore(join(folder, state.checkpoint as string))
    say(`going on after ${(state.tokens / 1e6).toFixed(2)} M tokens`)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error
    if (start === null) await initialize(trainer, architecture, seed)
  }

  let since = performance.now()
  const elapsed = (): number => state.seconds + (performance.now() - since) / 1000
  const save = async (): Promise<void> => {
    const checkpoint = `checkpoint-${state.tokens}.bin`
    await trainer.save(join(folder, checkpoint))
    const old = state.checkpoint
    state = { ...state, checkpoint, seconds: elapsed() }
    since = performance.now()
    writeAtomically(stateFile, JSON.stringify(state))
    if (old && old !== checkpoint) rmSync(join(folder, old), { force: true })
  }

  const probeWorld = new World(mixSeed(seed, 3), { side: 'held-out' })
  const probes = Object.entries(recipe.probes).map(([name, draw]) => {
    const random = new Random(mixSeed(seed, 4))
    return [name, drawSequences(draw, probeWorld, random, { count: PROBE_TEXTS, longest: 800 }, tokenizer)] as const
  })
  const schedule = {
    kind: 'cosine',
    learningRate: recipe.learningRate,
    warmupSteps: recipe.warmupTokens,
    totalSteps: recipe.tokens,
    finalShare: 0.02,
  } as const

  let saved = performance.now()
  try {
    while (state.tokens < recipe.tokens) {
      const stage = stages[state.stage] as (typeof stages)[number]
      const steps = chunkOfSteps(stage.draw, { seed, chunk: state.chunk, banned, stepTokens }, tokenizer)
      let loss = 0
      for (const sequences of steps.slice(state.step)) {
        const result = await trainer.step([toBatch(sequences)], {
          learningRate: learningRateAt(schedule, state.tokens),
          beta2: 0.95,
          weightDecay: 0.01,
          maxNorm: 1,
        })
        loss = result.loss
        state.step++
        state.tokens += sequences.reduce((sum, { tokens }) => sum + tokens.length, 0)
        if (signal?.aborted || performance.now() - saved > CHECKPOINT_SECONDS * 1000) {
          await save()
          saved = performance.now()
          signal?.throwIfAborted()
        }
      }
      state.chunk++
      state.step = 0
      if (state.chunk % PROBE_CHUNKS > 0) continue
      const results = []
      for (const [name, texts] of probes) results.push({ name, ...(await probe(model, texts)) })
      state.accuracy = results.reduce((sum, { accuracy }) => sum + accuracy, 0) / results.length
      const seconds = elapsed()
      say(
        `${duration(seconds)} stage ${state.stage} tokens ${(state.tokens / 1e6).toFixed(2)} M (${(state.tokens / seconds).toFixed(0)}/s, ` +
          `${duration((seconds / state.tokens) * (recipe.tokens - state.tokens))} left) loss ${loss.toFixed(3)} ` +
          results.map(({ name, accuracy, loss }) => `${name} ${accuracy.toFixed(3)} (${loss.toFixed(3)})`).join(' '),
      )
      const { until } = stage
      const over = state.accuracy >= until.accuracy || state.tokens >= until.share * recipe.tokens
      if (over && state.stage + 1 < stages.length) state.stage++
    }
    await save()
    await model.write({ path: output, type: 'f32', tokenizerFrom: metadataFile })
    return { tokens: state.tokens, seconds: state.seconds }
  } finally {
    await trainer.dispose()
    await model.dispose()
  }
}
