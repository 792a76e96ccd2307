import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { AppError, appError } from '../contract/index.ts'
import { type Network, Passing, persist, type Retrying, retryAfter, sendRequest } from '../network/index.ts'

/** A server that speaks OpenAI's protocol, and how it is asked. */
export interface Server {
  /** The address below which `models` and `chat/completions` are, without a slash at the end. */
  url: string
  key: string | null
  network?: Network
  retrying?: Retrying
  /** ms without a byte after which a connection is given up. A large model may think that long before its first word. */
  idleMs?: number
}

const IDLE_MS = 300_000
const RETRYING: Retrying = { attempts: 4, firstWaitMs: 500 }
/** No answer that is read as a whole is larger. */
const MOST_BYTES = 256 * 2 ** 20

const errorSchema = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ error: z.string() }).transform(({ error }) => error),
  z.object({ message: z.string() }).transform(({ message }) => message),
  z.object({ detail: z.string() }).transform(({ detail }) => detail),
])

/** What the server says about its refusal, where it does. */
function said(body: string): string {
  try {
    return errorSchema.parse(JSON.parse(body))
  } catch {
    return body.trim().slice(0, 300)
  }
}

/** How servers say that a text is longer than the model can see: llama-server, vLLM and OpenAI; Ollama and LM Studio. */
const TOO_LONG = /context (size|length|window)|exceed_context|context_length/i

/** Whether a server refused a request because its text has no room in the model's context. */
export const isTooLong = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'REMOTE_UNSUPPORTED' && TOO_LONG.test(error.value.detail ?? '')

function failed(url: URL, cause: unknown): AppError {
  return appError(
    'REMOTE_FAILED',
    `The server ${url.host} cannot be reached, or the connection to it broke.`,
    'Check that it runs and that the address is right, or choose a model on this computer.',
    { detail: `${url.href}: ${cause instanceof Error ? cause.message : String(cause)}`, cause },
  )
}

async function bodyOf(response: IncomingMessage, url: URL, signal?: AbortSignal): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes came`)
      chunks.push(chunk)
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw failed(url, error)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function refusal(url: URL, response: IncomingMessage, signal?: AbortSignal): Promise<AppError | Passing> {
  const status = response.statusCode ?? 0
  const detail = `${status} from ${url.href}: ${said(await bodyOf(response, url, signal))}`
  if (status === 401 || status === 403) {
    return appError(
      'ACCESS_DENIED',
      `The server ${url.host} does not accept the key, or wants one.`,
      'Add the model again with the right key.',
      { detail },
    )
  }
  if (status === 404) {
    return appError(
      'NOT_FOUND',
      `The server ${url.host} has no such model, or does not speak this protocol at ${url.pathname}.`,
      'Check the address (it mostly ends in /v1) and the name of the model.',
      { detail },
    )
  }
  if (status >= 300 && status < 400) {
    return appError(
      'REMOTE_FAILED',
      `The server ${url.host} sends us elsewhere, and questions are sent to no other place than the one you named.`,
      'Use the address that it leads to.',
      { detail },
    )
  }
  const busy = status === 429 || status === 408 || status >= 500
  const value = appError(
    busy ? 'REMOTE_FAILED' : 'REMOTE_UNSUPPORTED',
    busy
      ? `The server ${url.host} cannot answer at the moment (${status}).`
      : `The server ${url.host} refused the request.`,
    busy
      ? 'Try again in a while, or choose another model.'
      : 'The details say why; choose another model if it cannot be changed.',
    { detail },
  )
  return busy ? new Passing(value, retryAfter(response.headers['retry-after'])) : value
}

/** One request to a server; its answer is not read yet. Repeated while the server is busy, and until the first byte came. */
export function ask(
  server: Server,
  /** Below the server's address; one that begins with a slash is below its host. */
  path: string,
  options: { purpose: string; json?: object; signal?: AbortSignal | undefined },
): Promise<{ response: IncomingMessage; url: URL }> {
  const { purpose, json, signal } = options
  const url = new URL(path.startsWith('/') ? path : `${server.url}/${path}`, server.url)
  const abort = signal ? { signal } : {}
  return persist(
    async () => {
      const response = await sendRequest(url, {
        purpose,
        token: server.key,
        idleMs: server.idleMs ?? IDLE_MS,
        ...(json ? { json } : {}),
        ...(server.network ? { network: server.network } : {}),
        ...abort,
      }).catch((error: unknown) => {
        signal?.throwIfAborted()
        const value = failed(url, error)
        // A server may close a connection that was kept open at the very moment at which it is used again.
        throw ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')
          ? new Passing(value, 0)
          : value
      })
      if (response.statusCode === 200) return { response, url }
      throw await refusal(url, response, signal)
    },
    { retrying: server.retrying ?? RETRYING, ...abort },
  )
}

/**
 * Asks for an answer of a known form.
 *
 * @throws {AppError} REMOTE_FAILED, REMOTE_UNSUPPORTED, ACCESS_DENIED, NOT_FOUND; the signal's reason when aborted
 */
export async function askJson<T>(
  server: Server,
  path: string,
  schema: z.ZodType<T>,
  options: Parameters<typeof ask>[2],
): Promise<T> {
  const { response, url } = await ask(server, path, options)
  const body = await bodyOf(response, url, options.signal)
  try {
    return schema.parse(JSON.parse(body))
  } catch (error) {
    throw appError(
      'REMOTE_UNSUPPORTED',
      `The server ${url.host} answers in a form that Lagotto does not know.`,
      'Check that the address is that of a server for language models (it mostly ends in /v1).',
      { detail: `${url.href}: ${body.slice(0, 300)}`, cause: error },
    )
  }
}

/**
 * The events of a streamed answer (server-sent events), each parsed. Ending the iteration ends the request.
 *
 * @throws {AppError} REMOTE_FAILED when the connection breaks or the server reports an error in the middle; the signal's
 *   reason when aborted
 */
export async function* askStream<T>(
  server: Server,
  path: string,
  schema: z.ZodType<T>,
  options: Parameters<typeof ask>[2],
): AsyncGenerator<T> {
  const { response, url } = await ask(server, path, options)
  try {
    for await (const data of eventsOf(response)) {
      if (data === '[DONE]') return
      const event: unknown = JSON.parse(data)
      if (errorSchema.safeParse(event).success) throw new Error(said(data))
      yield schema.parse(event)
    }
    throw new Error('the answer ended in the middle')
  } catch (error) {
    options.signal?.throwIfAborted()
    throw failed(url, error)
  } finally {
    response.destroy()
  }
}

/** The `data` of server-sent events (WHATWG HTML, 9.2): those of one event are joined by a line feed. */
export async function* eventsOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  const take = function* (line: string): Generator<string> {
    if (line === '') {
      if (data.length > 0) yield data.join('\n')
      data = []
    } else if (line.startsWith('data:')) {
      data.push(line.slice(line.charAt(5) === ' ' ? 6 : 5))
    }
  }
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true })
    // A carriage return at the very end may be half of a line end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) yield* take(line)
  }
  for (const line of [rest.replace(/\r$/, ''), '']) yield* take(line)
}
