import { stat } from 'node:fs/promises'
import { type Episode, type Generator, playEpisode, type Retriever, readPassages, userMessage } from '../agent/index.ts'
import {
  appError,
  type EvidenceText,
  type GpuChoice,
  greedy,
  type Limits,
  type PromptKind,
  type Sampling,
} from '../contract/index.ts'
import { holdsAnswer, mapAtOnce } from '../evaluation/index.ts'
import type { ChatModel, Spelling } from '../inference/index.ts'
import type { Engine } from '../training/index.ts'
import type { Examinee, Player, Rollout, TrainingQuestion, Weights } from '../training/ports.ts'
import { findEvidence } from './answers.ts'
import { type DecodingModel, loadPlayingModel } from './decoding.ts'

/** How episodes are to be played: as chat does, but for the sampling and their number at once. */
export interface PlayerOptions {
  engine: Engine
  retriever: Retriever
  prompt: PromptKind
  limits: Limits
  /** Episodes that are played at the same time, each with its own place in the KV cache. */
  slots: number
  gpu: GpuChoice
  /** Null: chosen for the model and the machine. */
  threads: number | null
}

/** Tells a file from one of the same name that was written later: a training of all weights writes the model anew. */
async function versionOf(path: string): Promise<string> {
  const info = await stat(path).catch(() => null)
  return JSON.stringify([path, info?.ino, info?.size, info?.mtimeMs])
}

/** A seed for each episode, from the seed of all (two rounds of MurmurHash3's finalizer). */
function episodeSeed(seed: number, episode: number): number {
  let h = (seed ^ Math.imul(episode + 1, 0x9e3779b1)) >>> 0
  for (const factor of [0x85ebca6b, 0xc2b2ae35]) h = Math.imul(h ^ (h >>> 15), factor) >>> 0
  return (h ^ (h >>> 16)) >>> 0
}

function rollout(question: TrainingQuestion, episode: Episode, { tokenizer }: Generator): Rollout {
  const { answer, segments, searches, turns, validTurns, usage } = episode
  const hits = searches.map(({ hits, shown }) =>
    hits.slice(0, shown).some(({ title, text }) => holdsAnswer(`${title} ${text}`, question.answers)),
  )
  return {
    question,
    segments,
    answer,
    queries: searches.map(({ query }) => query),
    hit: hits.includes(true),
    hitFirst: hits[0] ?? false,
    turns,
    validTurns,
    generatedTokens: usage.generated,
    transcript: tokenizer.decode(segments.flatMap(({ tokens }) => tokens)),
  }
}

/** Plays the episodes of a training with `playEpisode`, on one loaded model; an adapter comes and goes without it. */
export function createPlayer(options: PlayerOptions): Examinee {
  const { engine, retriever, prompt, limits, slots, gpu, threads } = options
  let model: ChatModel | DecodingModel | null = null
  let loaded = ''

  const open = ({ model: path, adapter }: Weights): Promise<ChatModel | DecodingModel> =>
    loadPlayingModel(engine, { path, adapter, prompt, contextLength: limits.episode, slots, gpu, threads })

  async function unload(): Promise<void> {
    const old = model
    model = null
    await old?.dispose()
  }

  async function load(weights: Weights): Promise<void> {
    const { adapter } = weights
    const file = await versionOf(weights.model)
    if (model && loaded === file) {
      await model.setAdapter(adapter).catch(async (error: unknown) => {
        await unload()
        throw error
      })
      return
    }
    await unload()
    loaded = file
    model = await open(weights)
  }

  function playing(): Generator {
    if (!model) throw appError('INTERNAL', 'No model is loaded to play with.', 'Load one first.')
    return model
  }

  /** The texts that answer a question: those of its set, or else one that the library has. */
  async function evidenceFor(question: TrainingQuestion, signal: AbortSignal): Promise<readonly EvidenceText[]> {
    if (question.evidence && question.evidence.length > 0) return question.evidence
    const found = await findEvidence(question, (query, limit) => retriever.search(query, limit, signal))
    return found ? [found] : []
  }

  return {
    load,
    unload,
    async read(questions, { think, signal, onProgress }) {
      const generator = playing()
      let done = 0
      return mapAtOnce(
        questions,
        slots,
        async (question, _, stop) => {
          const passages = (await evidenceFor(question, stop)).map((text) => ({ ...text, headings: [] }))
          const asked = { question: question.question, passages, think, signal: stop }
          const reading =
            passages.length > 0 ? await readPassages({ ...asked, generator, limits, sampling: greedy }) : null
          stop.throwIfAborted()
          onProgress?.(++done)
          return reading?.answer
        },
        signal,
      )
    },
    play: async (questions, how) => playAll(playing(), questions, options, how),
  }
}

/** One episode for every question, several at once. */
async function playAll(
  generator: Generator,
  questions: readonly TrainingQuestion[],
  { retriever, limits, slots }: Pick<PlayerOptions, 'retriever' | 'limits' | 'slots'>,
  { temperature, seed, signal, onProgress }: Parameters<Player['play']>[1],
): Promise<Rollout[]> {
  let done = 0
  return mapAtOnce(
    questions,
    slots,
    async (question, index, stop) => {
      const sampling: Sampling = temperature === 0 ? greedy : { ...greedy, temperature, seed: episodeSeed(seed, index) }
      const episode = await playEpisode({
        question: question.question,
        generator,
        retriever,
        limits,
        sampling,
        signal: stop,
      })
      stop.throwIfAborted()
      onProgress?.(++done)
      return rollout(question, episode, generator)
    },
    signal,
  )
}

/**
 * Plays a teacher's episodes with a model on a server. Its own tokens are not known here and not needed: what it wrote is
 * spelled as the student spells it.
 */
export function createRemotePlayer({
  generator,
  spelling,
  ...options
}: Pick<PlayerOptions, 'retriever' | 'limits' | 'slots'> & { generator: Generator; spelling: Spelling }): Player {
  const respelled = (one: Rollout): Rollout => ({
    ...one,
    segments: one.segments.map(({ kind, tokens }) => ({
      kind,
      tokens:
        kind === 'prompt'
          ? spelling.chatPrompt(userMessage(one.question.question, generator.prompt))
          : spelling.tokenizer.encode(generator.tokenizer.decode(tokens)),
    })),
  })
  return {
    load: async () => undefined,
    unload: async () => undefined,
    play: async (questions, how) => (await playAll(generator, questions, options, how)).map(respelled),
  }
}
