import { z } from 'zod'
import { appError, type RemoteModel, type RemoteScores } from '../contract/index.ts'
import type { TeacherScorer } from '../training/ports.ts'
import { askJson, type Server } from './server.ts'

type Sequence = Parameters<TeacherScorer['logProbabilities']>[0][number]
type Distributions = Awaited<ReturnType<TeacherScorer['distributions']>>

/** What is known about one token of a text: how probable it was, and the likeliest tokens in its place, best first. */
export interface TokenScore {
  logProbability: number
  top: readonly { token: number; logProbability: number }[]
}

const numbersSchema = z.object({ logprob: z.number() })
const promptSchema = z.object({
  choices: z
    .array(
      z.object({
        prompt_logprobs: z.array(z.record(z.string(), numbersSchema).nullable()).nullish(),
        logprobs: z
          .object({
            tokens: z.array(z.string()),
            token_logprobs: z.array(z.number().nullable()),
            top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
          })
          .nullish(),
      }),
    )
    .min(1),
  // Older versions of vLLM put it here.
  prompt_logprobs: z.array(z.record(z.string(), numbersSchema).nullable()).nullish(),
})
type Answer = z.infer<typeof promptSchema>

/** `token_id:42`, as `return_tokens_as_token_ids` makes servers write tokens. */
const idIn = (name: string): number | null => {
  const found = /^token_id:(\d+)$/.exec(name)
  return found ? Number(found[1]) : null
}

const best = (entries: TokenScore['top'][number][]): TokenScore['top'] =>
  entries.toSorted((a, b) => b.logProbability - a.logProbability)

function fromPromptLogprobs(tokens: readonly number[], answer: Answer): (TokenScore | null)[] | null {
  const all = answer.choices[0]?.prompt_logprobs ?? answer.prompt_logprobs
  if (all?.length !== tokens.length) return null
  return all.map((entry, i) => {
    const own = entry?.[String(tokens[i])]
    if (!entry || !own) return null
    const top = Object.entries(entry).map(([id, { logprob }]) => ({ token: Number(id), logProbability: logprob }))
    return { logProbability: own.logprob, top: best(top) }
  })
}

function fromEcho(tokens: readonly number[], answer: Answer): (TokenScore | null)[] | null {
  const found = answer.choices[0]?.logprobs
  // One more where the server wrote the token that it was asked for.
  if (!found || found.token_logprobs.length < tokens.length || found.token_logprobs.length > tokens.length + 1)
    return null
  const named = found.tokens.slice(0, tokens.length).map(idIn)
  if (named.some((id, i) => id !== null && id !== tokens[i])) return null
  return tokens.map((_, i) => {
    const logProbability = found.token_logprobs[i]
    if (logProbability === null || logProbability === undefined) return null
    const top = Object.entries(found.top_logprobs?.[i] ?? {}).flatMap(([name, value]) => {
      const token = idIn(name)
      return token === null ? [] : [{ token, logProbability: value }]
    })
    return { logProbability, top: best(top) }
  })
}

/**
 * Asks how probable each token of a text is. The first one has no probability.
 *
 * @param top how many of the likeliest tokens to tell at each place
 * @returns null: the server answers, but not that
 */
export async function scoreTokens(
  server: Server,
  model: string,
  tokens: readonly number[],
  how: Exclude<RemoteScores['how'], 'none'>,
  top: number,
  signal?: AbortSignal,
): Promise<(TokenScore | null)[] | null> {
  const wanted =
    how === 'prompt_logprobs'
      ? { prompt_logprobs: top }
      : { echo: true, logprobs: top, return_tokens_as_token_ids: true }
  const answer = await askJson(server, 'completions', promptSchema, {
    purpose: 'Ask a teacher for probabilities',
    json: { model, prompt: tokens, max_tokens: 1, temperature: 0, ...wanted },
    signal,
  })
  return how === 'prompt_logprobs' ? fromPromptLogprobs(tokens, answer) : fromEcho(tokens, answer)
}

/** Requests at the same time: servers put them into batches. */
const AT_ONCE = 8

/**
 * A model on a server as a teacher that says how probable tokens are which somebody else wrote. Its vocabulary must be the
 * student's: tokens go there as numbers.
 *
 * @throws {AppError} REMOTE_UNSUPPORTED from its calls, where the server does not tell what is needed
 */
export function remoteScorer(server: Server, { name, model, scores }: RemoteModel): TeacherScorer {
  const { how, top } = scores

  async function rows(sequence: Sequence, signal?: AbortSignal): Promise<TokenScore[]> {
    if (how === 'none' || sequence.rows.length === 0) {
      if (sequence.rows.length === 0) return []
      throw silent(name)
    }
    const found = await scoreTokens(server, model, Array.from(sequence.tokens), how, top, signal)
    return Array.from(sequence.rows, (row) => {
      const score = found?.[row + 1]
      if (!score) throw silent(name)
      return score
    })
  }

  /** All sequences, some at a time, in their order. */
  async function all(sequences: readonly Sequence[], signal?: AbortSignal): Promise<TokenScore[][]> {
    const results: TokenScore[][] = []
    for (let from = 0; from < sequences.length; from += AT_ONCE) {
      const part = sequences.slice(from, from + AT_ONCE)
      results.push(...(await Promise.all(part.map((sequence) => rows(sequence, signal)))))
    }
    return results
  }

  return {
    async logProbabilities(sequences, signal) {
      const scored = await all(sequences, signal)
      return scored.map((scores) => Float32Array.from(scores, ({ logProbability }) => logProbability))
    },
    async distributions(sequences, k, signal): Promise<Distributions> {
      const width = Math.min(k ?? top, top)
      if (width === 0) throw silent(name)
      const scored = (await all(sequences, signal)).flat()
      const tokens = new Int32Array(scored.length * width)
      const logProbabilities = new Float32Array(scored.length * width)
      for (const [row, { top }] of scored.entries()) {
        if (top.length < width) throw silent(name)
        for (let i = 0; i < width; i++) {
          tokens[row * width + i] = top[i]?.token ?? 0
          logProbabilities[row * width + i] = top[i]?.logProbability ?? 0
        }
      }
      return { k: width, tokens, logProbabilities }
    },
  }
}

const silent = (name: string) =>
  appError(
    'REMOTE_UNSUPPORTED',
    `The server of “${name}” does not tell how probable tokens are, which this method needs of a teacher.`,
    'Use SeqKD, which learns from the episodes alone, a server that tells them (vLLM), or a teacher on this computer.',
  )
