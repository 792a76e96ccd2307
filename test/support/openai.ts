import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { turnEnd } from '../../src-main/agent/index.ts'
import { type ChatModel, loadChatModel } from '../../src-main/inference/index.ts'
import type { Model } from '../../src-main/training/index.ts'
import { testEngine } from './engine.ts'

/** Which server is played. They differ in what they offer beside chat. */
export type Flavor = 'llama-server' | 'vllm' | 'echo' | 'ollama'

/** A request as the server saw it. */
export interface Asked {
  path: string
  authorization: string | null
  body: Record<string, unknown>
}

/** How the server behaves; change it at any time. */
export interface OpenAiBehavior {
  flavor: Flavor
  /** Wanted of whoever asks. */
  key: string | null
  /** Answers the next requests with these codes, one each. */
  failures: number[]
  /** Closes so many connections without an answer. */
  resets: number
  /** Cuts the connection after so many pieces of an answer; null: never. */
  cutAfter: number | null
  /** vLLM's `max_logprobs`. */
  mostLogprobs: number
}

/**
 * A server that speaks OpenAI's protocol, with a real model of ours behind it: what it says, the model says.
 *
 * @param path of the model
 * @param address at which it listens; one that is not loopback is a server elsewhere to the app
 */
export async function startOpenAi(path: string, address = '127.0.0.1') {
  const name = 'micro'
  const behavior: OpenAiBehavior = {
    flavor: 'llama-server',
    key: null,
    failures: [],
    resets: 0,
    cutAfter: null,
    mostLogprobs: 20,
  }
  const seen: Asked[] = []
  const model: ChatModel = await loadChatModel({
    path,
    prompt: 'question-only',
    contextLength: 1024,
    slots: 4,
    gpu: 'off',
    threads: 1,
  })
  let scoring: Promise<Model> | null = null
  const { encode, decode } = model.tokenizer
  const opened = decode(model.chatPrompt('Hello'))
  const [before = '', after = ''] = opened.split('Hello')

  /** Tokens of a text in which the model's own conversation is spelled out. */
  function tokensOf(text: string): number[] {
    if (!text.startsWith(before)) return encode(text)
    const end = text.indexOf(after, before.length)
    if (end < 0) return encode(text)
    return [...model.chatPrompt(text.slice(before.length, end)), ...encode(text.slice(end + after.length))]
  }

  function messagesTokens(messages: { role: string; content: string }[]): number[] {
    const [first, ...rest] = messages
    return [...model.chatPrompt(first?.content ?? ''), ...rest.flatMap(({ content }) => encode(content))]
  }

  /** Writes an answer, streamed or as a whole. Like real servers it does not know when the agent's turn ends. */
  async function write(response: ServerResponse, body: Record<string, unknown>, chat: boolean) {
    const context = chat
      ? messagesTokens(body['messages'] as { role: string; content: string }[])
      : Array.isArray(body['prompt'])
        ? (body['prompt'] as number[])
        : tokensOf(String(body['prompt']))
    if (context.length >= model.contextLength) {
      const message = `request (${context.length} tokens) exceeds the available context size (${model.contextLength} tokens), try increasing it`
      return json(response, { error: { code: 400, message, type: 'exceed_context_size_error' } }, 400)
    }
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const streamed = body['stream'] === true
    let pieces = 0
    const send = (piece: object): void => void response.write(`data: ${JSON.stringify(piece)}\n\n`)
    const choice = (text: string, finish: string | null) =>
      chat
        ? { delta: text === '' ? {} : { content: text }, finish_reason: finish, index: 0 }
        : { text, finish_reason: finish, index: 0 }
    if (streamed) response.setHeader('content-type', 'text/event-stream')
    const slot = await model.acquire(context, gone.signal)
    try {
      const temperature = Number(body['temperature'] ?? 1)
      const generated = await slot.generate({
        context,
        maxTokens: Number(body['max_tokens'] ?? 16),
        sampling: { temperature, topP: 1, topK: 0, minP: 0, seed: Number(body['seed'] ?? 1) },
        // Goes on for a while behind the end of a turn, so that whoever asked has to cut.
        stop: { marks: [], ends: (text) => text.length > (turnEnd(text) ?? text.length) + 12 },
        onText(text) {
          if (!streamed) return
          if (behavior.cutAfter !== null && pieces++ >= behavior.cutAfter) return void response.destroy()
          send({ choices: [choice(text, null)] })
        },
        signal: gone.signal,
      })
      if (response.destroyed) return
      const usage = { prompt_tokens: context.length, completion_tokens: generated.tokens.length }
      const finish = generated.reason === 'limit' ? 'length' : 'stop'
      if (!streamed) {
        const { text } = generated
        return json(response, {
          choices: [chat ? { message: { content: text } } : { text, finish_reason: finish }],
          usage,
        })
      }
      send({ choices: [choice('', finish)] })
      send({ choices: [], usage })
      response.end('data: [DONE]\n\n')
    } finally {
      slot.release()
    }
  }

  async function score(response: ServerResponse, body: Record<string, unknown>, top: number): Promise<void> {
    if (top > behavior.mostLogprobs) return json(response, { error: { message: 'too many log probabilities' } }, 400)
    const tokens = body['prompt'] as number[]
    const engine = testEngine()
    if (!engine) return json(response, { error: 'no engine' }, 501)
    scoring ??= engine.loadModel({ path })
    const rows = tokens.slice(1).map((_, i) => i)
    const [scores] = await (await scoring).score([{ tokens, rows }], { logProbabilities: true, top })
    if (!scores) throw new Error('no scores')
    const places = rows.map((row) => ({
      own: scores.logProbabilities[row] ?? 0,
      top: Array.from({ length: top }, (_, i) => ({
        token: scores.topTokens[row * top + i] ?? 0,
        logprob: scores.topLogProbabilities[row * top + i] ?? 0,
      })),
    }))
    if (behavior.flavor === 'vllm') {
      const prompt_logprobs = places.map(({ own, top: likeliest }, i) =>
        Object.fromEntries([...likeliest, { token: tokens[i + 1], logprob: own }].map((each) => [each.token, each])),
      )
      return json(response, { choices: [{ text: 'x', prompt_logprobs: [null, ...prompt_logprobs] }] })
    }
    const named = (token: number | undefined): string => `token_id:${token}`
    json(response, {
      choices: [
        {
          text: 'x',
          logprobs: {
            tokens: [...tokens.map(named), named(0)],
            token_logprobs: [null, ...places.map(({ own }) => own), -1],
            top_logprobs: [
              null,
              ...places.map(({ top: each }) => Object.fromEntries(each.map((e) => [named(e.token), e.logprob]))),
              {},
            ],
          },
        },
      ],
    })
  }

  function json(response: ServerResponse, value: object, status = 200): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }

  const missing = (response: ServerResponse): void => json(response, { error: { message: 'not found' } }, 404)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
    const url = request.url ?? '/'
    seen.push({ path: url, authorization: request.headers.authorization ?? null, body })
    if (behavior.resets > 0) {
      behavior.resets--
      return void request.socket.destroy()
    }
    const failure = behavior.failures.shift()
    if (failure !== undefined) return json(response, { error: { message: 'made to fail' } }, failure)
    if (behavior.key !== null && request.headers.authorization !== `Bearer ${behavior.key}`)
      return json(response, { error: { message: 'no key' } }, 401)
    const { flavor } = behavior
    switch (url) {
      case '/v1/models':
        return json(response, { data: [{ id: name, ...(flavor === 'vllm' ? { max_model_len: 1024 } : {}) }] })
      case '/props':
        return flavor === 'llama-server'
          ? json(response, { default_generation_settings: { n_ctx: 1024 } })
          : missing(response)
      case '/apply-template': {
        if (flavor !== 'llama-server') return missing(response)
        const [message] = body['messages'] as { content: string }[]
        return json(response, { prompt: `${before}${message?.content}${after}` })
      }
      case '/tokenize': {
        if (flavor === 'ollama') return missing(response)
        if (body['messages']) {
          if (flavor === 'llama-server') return json(response, { error: 'no content' }, 400)
          const [message] = body['messages'] as { content: string }[]
          lastMessage = message?.content ?? ''
          return json(response, { tokens: model.chatPrompt(lastMessage) })
        }
        return json(response, { tokens: encode(String(body[flavor === 'llama-server' ? 'content' : 'prompt'])) })
      }
      case '/detokenize':
        return flavor === 'vllm' || flavor === 'echo'
          ? json(response, { prompt: `${before}${lastMessage}${after}` })
          : missing(response)
      case '/v1/completions': {
        if (flavor === 'ollama') return missing(response)
        if (body['prompt_logprobs'] !== undefined) {
          if (flavor === 'vllm') return score(response, body, Number(body['prompt_logprobs']))
        } else if (body['echo'] === true) {
          if (flavor === 'echo') return score(response, body, Number(body['logprobs']))
          if (flavor === 'llama-server') return json(response, { error: { message: 'Only no echo is supported' } }, 500)
        }
        return write(response, body, false)
      }
      case '/v1/chat/completions':
        return write(response, body, true)
      default:
        return missing(response)
    }
  }
  let lastMessage = ''

  const server = createServer((request, response) => {
    response.on('error', () => undefined)
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) json(response, { error: { message: String(error) } }, 500)
      else response.destroy()
    })
  })
  server.listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${address}:${port}/v1`,
    host: `${address}:${port}`,
    model: name,
    behavior,
    seen,
    async close() {
      server.closeAllConnections()
      server.close()
      await (await scoring)?.dispose()
      await model.dispose()
    },
  }
}
