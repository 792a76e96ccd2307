import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { randomStream } from '../../src-main/contract/index.ts'
import type { Examinee, Rollout, TrainingQuestion, Weights } from '../../src-main/training/index.ts'

export interface ScriptedPlayer extends Examinee {
  /** Questions played so far. */
  played: number
  loads: Weights[]
  unloads: number
}

/**
 * Plays episodes without a model: two turns of random tokens with an information block between them. What it draws depends
 * on the seed and on the bytes of the weights, so that two runs play alike only if they have learned alike.
 *
 * @param skill share of right answers
 * @param silent share of episodes in which nothing is written
 */
export function scriptedPlayer({
  vocabulary = 50,
  skill = 0.5,
  valid = true,
  silent = 0,
}: {
  vocabulary?: number
  skill?: number
  valid?: boolean
  silent?: number
} = {}): ScriptedPlayer {
  let fingerprint = 0
  const player: ScriptedPlayer = {
    played: 0,
    loads: [],
    unloads: 0,
    async load(weights) {
      player.loads.push(weights)
      const bytes = readFileSync(weights.adapter ?? weights.model)
      fingerprint = createHash('sha256').update(bytes).digest().readUInt32LE()
    },
    async unload() {
      player.unloads++
    },
    async play(questions, { seed, signal, onProgress }) {
      const rollouts: Rollout[] = []
      for (const [i, question] of questions.entries()) {
        signal?.throwIfAborted()
        rollouts.push(episode(question, randomStream(seed ^ fingerprint ^ (i * 7919))))
        player.played++
        onProgress?.(i + 1)
        await Promise.resolve()
      }
      return rollouts
    },
    async read(questions, { think }) {
      return questions.map(({ answers }, i) => (i === 0 ? undefined : think ? (answers[0] ?? null) : null))
    },
  }

  function episode(question: TrainingQuestion, next: () => number): Rollout {
    const tokens = (count: number): number[] => Array.from({ length: count }, () => Math.floor(next() * vocabulary))
    const segments = [
      { kind: 'prompt', tokens: tokens(4) },
      { kind: 'response', tokens: tokens(5 + Math.floor(next() * 4)) },
      { kind: 'observation', tokens: tokens(6) },
      { kind: 'response', tokens: tokens(3) },
    ] as const
    const right = next() < skill
    if (next() < silent) return nothingSaid(question)
    return {
      question,
      segments,
      answer: valid ? (right ? (question.answers[0] ?? '') : 'something else') : null,
      queries: valid ? [`query ${Math.floor(next() * 3)}`] : [],
      hit: right,
      hitFirst: right,
      turns: 2,
      validTurns: valid ? 2 : 0,
      generatedTokens: 8,
      transcript: 'a transcript',
    }
  }
  return player
}

const nothingSaid = (question: TrainingQuestion): Rollout => ({
  question,
  segments: [
    { kind: 'prompt', tokens: [1, 2, 3] },
    { kind: 'response', tokens: [] },
  ],
  answer: null,
  queries: [],
  hit: false,
  hitFirst: false,
  turns: 1,
  validTurns: 0,
  generatedTokens: 0,
  transcript: '',
})

/** Questions with made-up answers. */
export const madeUpQuestions = (count: number, prefix = 'q'): TrainingQuestion[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `${prefix}${i}`,
    question: `What is ${prefix} ${i}?`,
    answers: [`${i}`],
  }))
