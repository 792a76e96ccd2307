import type { Architecture } from '../../src-main/training/index.ts'
import {
  episodePieces,
  givenReading,
  goldEpisode,
  markupRecord,
  openBookChat,
  type Piece,
  plainArticles,
  readingDrill,
  readingNotes,
  type Weights,
} from './episodes.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

export const vocabularySize = 2048

/** One training text out of a world; null: the draw gave none, try again. */
export type Draw = (world: World, random: Random) => Piece[] | null

/** A part of a training; it ends when copied tokens are right this often, or after its share of the tokens at the latest. */
export interface Stage {
  name: string
  draw: Draw
  until: { accuracy: number; share: number }
}

/** Everything that decides what a micro model becomes, together with the code. */
export interface Recipe {
  name: string
  file: string
  seed: number
  /** The model whose weights it begins with; null: a start of its own. */
  startsFrom: RecipeName | null
  architecture: Architecture
  stages: readonly Stage[]
  /** What progress is measured on, with worlds of held-out names. */
  probes: Readonly<Record<string, Draw>>
  /** Of the whole training. */
  tokens: number
  /** Of one step, about. */
  stepTokens: number
  learningRate: number
  warmupTokens: number
}

const architecture = {
  family: 'qwen2',
  headSize: 32,
  vocabulary: vocabularySize,
  contextLength: 2048,
  normEpsilon: 1e-6,
  ropeBase: 1_000_000,
  layers: 4,
  embedding: 128,
  heads: 4,
  keyValueHeads: 2,
  feedForward: 352,
} as const satisfies Architecture

const early: Weights = { read: 0.2, written: 1, copied: 4 }
const late: Weights = { read: 0, written: 1, copied: 4 }

const drill =
  (articles: readonly number[], weights: Weights, years = false): Draw =>
  (world, random) =>
    readingDrill(world, random, random.pick(articles), weights, years)

const given =
  (weights: Weights): Draw =>
  (world, random) =>
    givenReading(world, random, world.question(random, random.chance(0.5) ? 1 : 2), random.chance(0.5), weights)

const episode =
  (hops: 1 | 2, weights: Weights): Draw =>
  (world, random) => {
    const question = world.question(random, hops)
    const played = goldEpisode(world, question, random, {
      poorQueries: hops === 1 ? 0.1 : 0.06,
      shuffled: 0.4,
      documents: random.pick([1, 2, 3, 3, 3, 3, 3]),
      weights,
    })
    return played && episodePieces(played, weights)
  }

const notes =
  (articles: readonly number[], weights: Weights): Draw =>
  (world, random) =>
    readingNotes(world, random, random.pick(articles), weights)

const articles: Draw = (world, random) => plainArticles(world, random, random.integer(1, 3), 1)
const record =
  (weights: Weights): Draw =>
  (world, random) =>
    markupRecord(world, random, weights)
const chat =
  (weights: Weights): Draw =>
  (world, random) =>
    openBookChat(world, random, world.question(random, random.chance(0.5) ? 1 : 2), weights)

/** Draws one of several, as often as their shares say. */
const mixed =
  (...parts: readonly (readonly [number, Draw])[]): Draw =>
  (world, random) => {
    let at = random.next() * parts.reduce((sum, [share]) => sum + share, 0)
    const part = parts.find(([share]) => {
      at -= share
      return at < 0
    })
    return (part ?? parts[0])?.[1](world, random) ?? null
  }

/**
 * The student: a language model of the encyclopedia that can copy, take notes and talk about articles that lie open. It
 * has never seen a search, nor anything of the agent's protocol.
 */
const student: Recipe = {
  name: 'Lagotto Micro, untrained student',
  file: 'micro-student.gguf',
  seed: 2,
  startsFrom: null,
  architecture,
  stages: [
    {
      name: 'reading',
      draw: mixed([0.7, notes([1, 1, 2, 3], early)], [0.1, articles], [0.1, record(early)], [0.1, chat(early)]),
      until: { accuracy: 0.9, share: 0.5 },
    },
    {
      name: 'reading and talking',
      draw: mixed([0.3, notes([1, 2, 3, 3], early)], [0.15, articles], [0.1, record(early)], [0.45, chat(early)]),
      until: { accuracy: 2, share: 1 },
    },
  ],
  probes: { notes: notes([3], late), record: record(late), chat: chat(late) },
  tokens: 12_000_000,
  stepTokens: 2048,
  learningRate: 1.5e-3,
  warmupTokens: 150_000,
}

/**
 * The teacher: the student, taught to search by gold episodes. No name of the held-out worlds, nor one of the sample
 * library, was ever before it.
 */
const teacher: Recipe = {
  name: 'Lagotto Micro',
  file: 'micro-teacher.gguf',
  seed: 3,
  startsFrom: 'student',
  architecture,
  stages: [
    {
      name: 'searching',
      draw: mixed(
        [0.08, drill([1, 2, 3], late)],
        [0.22, drill([3, 4, 5], late, true)],
        [0.12, given(late)],
        [0.26, episode(1, late)],
        [0.32, episode(2, late)],
      ),
      until: { accuracy: 2, share: 1 },
    },
  ],
  probes: {
    drill: drill([3], late),
    years: drill([3], late, true),
    given: given(late),
    one: episode(1, late),
    two: episode(2, late),
  },
  tokens: 4_800_000,
  stepTokens: 2048,
  learningRate: 1e-3,
  warmupTokens: 60_000,
}

/** In the order in which they are trained. */
export const recipes: Readonly<Record<RecipeName, Recipe>> = { student, teacher }
export type RecipeName = 'student' | 'teacher'
