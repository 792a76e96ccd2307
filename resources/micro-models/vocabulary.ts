import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BpeTokenizer, type Merge, splitWords } from './bpe.ts'
import {
  episodePieces,
  goldEpisode,
  markupRecord,
  openBookChat,
  type Piece,
  plainArticles,
  readingNotes,
} from './episodes.ts'
import * as language from './language.ts'
import { Random } from './random.ts'
import { World } from './world.ts'

const SEED = 101
const WORLDS = 3
const TEXTS = 600
const weights = { read: 0, written: 0, copied: 0 }

const plain = (pieces: readonly Piece[]): string =>
  pieces.map(({ text }) => (typeof text === 'string' ? text : '\n')).join('')

const longestFirst = (parts: readonly string[]): string => [...parts].sort((a, b) => b.length - a.length).join('|')
const namePattern = new RegExp(
  `^( ?(?:${longestFirst(language.stems)}))((?:${longestFirst(language.middles)})?)` +
    `(${longestFirst(Object.values(language.endings).flat())})$`,
)

/** The syllables of an invented name; any other word stays whole. */
const syllables = (word: string): string[] =>
  namePattern
    .exec(word)
    ?.slice(1)
    .filter((part) => part !== '') ?? [word]

/**
 * How often each word occurs in texts of the kinds that the models read. Names count as their syllables, so that the
 * vocabulary holds these rather than whole names, which are new in every world; every year counts as often as a word
 * that the language cannot do without, so that each is one token and can be copied as one.
 */
export function wordCounts(): Map<string, number> {
  const counts = new Map<string, number>()
  const add = (word: string, times = 1): unknown => counts.set(word, (counts.get(word) ?? 0) + times)
  for (let w = 0; w < WORLDS; w++) {
    const world = new World(SEED + w, { side: 'training' })
    const random = new Random(SEED + w)
    for (let i = 0; i < TEXTS; i++) {
      const question = world.question(random, i % 2 === 0 ? 1 : 2)
      const episode = goldEpisode(world, question, random, { poorQueries: 0.1 })
      const texts = [
        plainArticles(world, random, 3, 0),
        readingNotes(world, random, 2, weights),
        markupRecord(world, random, weights),
        openBookChat(world, random, question, weights),
        ...(episode ? [episodePieces(episode, weights)] : []),
      ].map(plain)
      for (const word of texts.flatMap(splitWords)) {
        for (const part of syllables(word)) add(part)
      }
    }
  }
  for (const stem of language.stems) add(` ${stem}`, 100)
  for (let year = language.firstYear; year <= language.lastYear; year++) add(` ${year}`, 1000)
  return counts
}

export const mergesFile = join(import.meta.dirname, 'merges.txt')

/** The tokenizer of the micro models. Its merges are kept in a file: other ones would make every trained model worthless. */
export function bundledTokenizer(): BpeTokenizer {
  const lines = readFileSync(mergesFile, 'utf8').trimEnd().split('\n')
  return new BpeTokenizer(lines.map((line) => line.split(' ') as [string, string] satisfies Merge))
}
