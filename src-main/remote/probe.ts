import { z } from 'zod'
import type { Tokenizer } from '../agent/ports.ts'
import { AppError, appError, type RemoteModel, type RemoteScores } from '../contract/index.ts'
import { scoreTokens } from './scorer.ts'
import { askJson, askStream, type Server } from './server.ts'

const PURPOSE = 'Find out what a server can do'
const MARK = '\u{F8FF}lagotto-content\u{F8FF}'
/** Likeliest tokens that are asked for, from what a training wants to what vLLM and others allow by default. */
const TOPS = [64, 20, 5]

const listSchema = z.object({
  data: z.array(z.object({ id: z.string(), max_model_len: z.number().int().positive().nullish() })),
})

/** The server's own address, for what is not part of OpenAI's protocol. */
const beside = (server: Server, path: string): string =>
  `${new URL(server.url).pathname.replace(/\/+$/, '').replace(/\/v\d+$/, '')}/${path}`

/** The answer, or null where the server does not know such a thing. Silence and a wrong key are errors still. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    const known = error instanceof AppError && ['REMOTE_UNSUPPORTED', 'NOT_FOUND'].includes(error.code)
    // Some servers answer 500 or 501 to paths and fields that they do not know.
    const broken = error instanceof AppError && /^5\d\d from /.test(error.value.detail ?? '')
    if (known || broken) return null
    throw error
  }
}

/**
 * The models that a server has.
 *
 * @returns the address at which it answered (with `/v1` where that was left out), and their names
 * @throws {AppError} REMOTE_FAILED, REMOTE_UNSUPPORTED, ACCESS_DENIED, NOT_FOUND
 */
export async function listModels(server: Server, signal?: AbortSignal): Promise<{ url: string; models: string[] }> {
  const given = server.url.replace(/\/+$/, '')
  const list = async (url: string) => {
    const { data } = await askJson({ ...server, url }, 'models', listSchema, {
      purpose: 'List the models of a server',
      signal,
    })
    return { url, models: data.map(({ id }) => id) }
  }
  if (/\/v\d+$/.test(given)) return list(given)
  try {
    return await list(`${given}/v1`)
  } catch (error) {
    return (await orNull(list(given))) ?? Promise.reject(error)
  }
}

/** The chat template around one user message: of llama-server, or of vLLM; null where it cannot be had. */
async function openingOf(server: Server, model: string, signal?: AbortSignal): Promise<RemoteModel['opening']> {
  const messages = [{ role: 'user', content: MARK }]
  const quiet = { chat_template_kwargs: { enable_thinking: false } }
  const applied = await orNull(
    askJson(server, beside(server, 'apply-template'), z.object({ prompt: z.string() }), {
      purpose: PURPOSE,
      json: { messages, ...quiet },
      signal,
    }),
  )
  const prompt = applied?.prompt ?? (await spelledOut(server, model, { messages, ...quiet }, signal))
  const at = prompt?.indexOf(MARK) ?? -1
  if (!prompt || at < 0) return null
  const opening = { before: prompt.slice(0, at), after: prompt.slice(at + MARK.length) }
  const goesOn = await orNull(
    askJson(server, 'completions', z.object({ choices: z.array(z.object({ text: z.string() })).min(1) }), {
      purpose: PURPOSE,
      json: { model, prompt: `${opening.before}Hello${opening.after}`, max_tokens: 1, temperature: 0 },
      signal,
    }),
  )
  return goesOn ? opening : null
}

/** vLLM turns a conversation into tokens, and those into text. */
async function spelledOut(server: Server, model: string, asked: object, signal?: AbortSignal): Promise<string | null> {
  const tokenized = await orNull(
    askJson(server, beside(server, 'tokenize'), z.object({ tokens: z.array(z.number().int()) }), {
      purpose: PURPOSE,
      json: { model, ...asked, add_generation_prompt: true },
      signal,
    }),
  )
  if (!tokenized) return null
  const text = await orNull(
    askJson(server, beside(server, 'detokenize'), z.object({ prompt: z.string() }), {
      purpose: PURPOSE,
      json: { model, tokens: tokenized.tokens },
      signal,
    }),
  )
  return text?.prompt ?? null
}

/** Whether the server tells how probable given tokens are. Any five numbers are a text for this. */
async function scoresOf(server: Server, model: string, signal?: AbortSignal): Promise<RemoteScores> {
  const tokens = [10, 11, 12, 13, 14]
  for (const how of ['prompt_logprobs', 'echo'] as const) {
    for (const top of TOPS) {
      const found = await orNull(scoreTokens(server, model, tokens, how, top, signal))
      if (!found?.slice(1).every((score) => score !== null)) continue
      const told = Math.min(...found.slice(1).map((score) => score?.top.length ?? 0))
      return { how, top: Math.min(top, told) }
    }
  }
  return { how: 'none', top: 0 }
}

/** What the server says about how much the model can see at once. */
async function contextOf(server: Server, model: string, signal?: AbortSignal): Promise<number | null> {
  const props = await orNull(
    askJson(
      server,
      beside(server, 'props'),
      z.object({ default_generation_settings: z.object({ n_ctx: z.number().int().positive() }) }),
      { purpose: PURPOSE, signal },
    ),
  )
  if (props) return props.default_generation_settings.n_ctx
  const list = await orNull(askJson(server, 'models', listSchema, { purpose: PURPOSE, signal }))
  return list?.data.find(({ id }) => id === model)?.max_model_len ?? null
}

/**
 * Tries what a server can do with a model. Only made-up words are sent.
 *
 * @throws {AppError} REMOTE_UNSUPPORTED when it cannot chat; REMOTE_FAILED, ACCESS_DENIED, NOT_FOUND
 */
export async function probeModel(
  server: Server,
  model: string,
  signal?: AbortSignal,
): Promise<Pick<RemoteModel, 'contextLength' | 'opening' | 'scores'>> {
  const json = { model, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 1, temperature: 0, stream: true }
  for await (const _ of askStream(server, 'chat/completions', z.object({ choices: z.array(z.unknown()) }), {
    purpose: PURPOSE,
    json,
    signal,
  })) {
    break
  }
  // What it does not know now it will not know in a second.
  const once: Server = { ...server, retrying: { attempts: 1, firstWaitMs: 0 } }
  return {
    contextLength: await contextOf(once, model, signal),
    opening: await openingOf(once, model, signal),
    scores: await scoresOf(once, model, signal),
  }
}

const SAMPLE =
  'The dog found 37 truffles (“tartufi”) in Größenwahn-Straße, 東京, at 5:04 p.m.\n\n<search> why? </search>'

/**
 * Checks that a server spells as the student does, so that tokens mean the same there.
 *
 * @throws {AppError} TOKENIZER_MISMATCH, also where the server does not tell how it spells
 */
export async function checkSpelling(
  server: Server,
  { name, model }: Pick<RemoteModel, 'name' | 'model'>,
  tokenizer: Pick<Tokenizer, 'encode'>,
  signal?: AbortSignal,
): Promise<void> {
  // vLLM wants `prompt`, llama-server `content`; each ignores the other's.
  const json = { model, prompt: SAMPLE, content: SAMPLE, add_special_tokens: false, add_special: false }
  const answer = await orNull(
    askJson(server, beside(server, 'tokenize'), z.object({ tokens: z.array(z.number().int()) }), {
      purpose: 'Compare the vocabulary of a teacher',
      json,
      signal,
    }),
  )
  const own = tokenizer.encode(SAMPLE)
  if (answer && answer.tokens.length === own.length && answer.tokens.every((token, i) => token === own[i])) return
  throw appError(
    'TOKENIZER_MISMATCH',
    answer
      ? `“${name}” and the student do not share a tokenizer, so its probabilities mean nothing for the student.`
      : `The server of “${name}” does not tell how it cuts text into tokens, so its probabilities cannot be used.`,
    'Use SeqKD, which learns from the episodes alone, or a teacher of the student’s family.',
  )
}
