import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AppError, appError } from '../../contract/index.ts'
import { agentFor, type Network, watchRequest } from './network.ts'

/** What a request is made with. */
export interface RequestOptions {
  /** Why, in a few words: for the list of requests. */
  purpose: string
  network?: Network
  headers?: Record<string, string>
  /** Sent as a bearer token to the host of `url` only: no redirect to another origin gets it. */
  token?: string | null
  signal?: AbortSignal
  /** ms without a byte after which the connection counts as dead. */
  idleMs?: number
}

/** How often and how patiently a request is made again that failed for a reason that may pass. */
export interface Retrying {
  attempts: number
  /** Wait before the second attempt, ms; it doubles with each further one. */
  firstWaitMs: number
}

export const patient: Retrying = { attempts: 6, firstWaitMs: 500 }

const REDIRECTS = [301, 302, 303, 307, 308]
const MAX_REDIRECTS = 8
const IDLE_MS = 30_000
/** No server is obeyed that asks to wait longer than this. */
const MAX_WAIT_MS = 120_000

/** A failure that may pass by itself. */
export class Passing extends Error {
  readonly value: AppError
  /** What the server asked for in `Retry-After`; null: nothing. */
  readonly waitMs: number | null

  constructor(value: AppError, waitMs: number | null = null) {
    super(value.message, { cause: value })
    this.value = value
    this.waitMs = waitMs
  }
}

export const stillThere = 'What was fetched is kept: the download goes on where it stopped.'

function offline(url: URL, cause: unknown): Passing {
  return new Passing(
    appError('DOWNLOAD_FAILED', `The connection to ${url.host} failed.`, 'Check the network and try again.', {
      stillWorks: stillThere,
      detail: `${url.href.split('?')[0]}: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    }),
  )
}

function once(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const { headers, token, signal, idleMs = IDLE_MS, network, purpose } = options
  const secure = url.protocol === 'https:'
  if (!secure && url.protocol !== 'http:')
    throw appError('INVALID_INPUT', `${url.href} is no web address.`, 'Use an address that begins with https://.')
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const sent = (secure ? httpsRequest : httpRequest)(url, {
    agent: agentFor(url, network?.proxy ?? null),
    headers: { 'user-agent': 'Lagotto', ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(signal ? { signal } : {}),
  })
  if (network) watchRequest(sent, url, purpose, network)
  sent.setTimeout(idleMs, () => sent.destroy(new Error(`nothing came for ${idleMs} ms`)))
  sent.once('response', resolve)
  sent.on('error', (error) => reject(signal?.aborted ? signal.reason : offline(url, error)))
  sent.end()
  return promise
}

/** ms to wait by a `Retry-After` header: seconds or a date. */
function retryAfter(value: string | undefined): number | null {
  if (value === undefined) return null
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.min(MAX_WAIT_MS, Math.max(0, ms)) : null
}

function refused(url: URL, response: IncomingMessage, token: boolean): AppError | Passing {
  const status = response.statusCode ?? 0
  const extra = { stillWorks: stillThere, detail: `${status} from ${url.href.split('?')[0]}` }
  if (status === 401 || status === 403) {
    return appError(
      'ACCESS_DENIED',
      token
        ? `${url.host} does not let your access token have this model.`
        : `${url.host} gives this model only to people who are signed in.`,
      'Accept the conditions on the page of the model, then give Lagotto an access token of your account (Settings, or HF_TOKEN).',
      { detail: extra.detail },
    )
  }
  if (status === 404 || status === 410)
    return appError('NOT_FOUND', `${url.host} has no such model or file.`, 'Check the name.', { detail: extra.detail })
  const busy = appError(
    'DOWNLOAD_FAILED',
    status === 429
      ? `${url.host} refuses more requests for now.`
      : `${url.host} cannot answer at the moment (${status}).`,
    'Try again in a few minutes.',
    extra,
  )
  return status === 429 || status === 408 || status >= 500
    ? new Passing(busy, retryAfter(response.headers['retry-after']))
    : busy
}

/**
 * One GET that follows redirects. Resolves with a 2xx response whose body is not read yet.
 *
 * @throws {Passing} for failures that may pass
 * @throws {AppError} ACCESS_DENIED, NOT_FOUND, DOWNLOAD_FAILED; the signal's reason when aborted
 */
export async function get(address: string, options: RequestOptions): Promise<{ response: IncomingMessage; url: URL }> {
  let url = new URL(address)
  const home = url.origin
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const token = url.origin === home ? (options.token ?? null) : null
    const response = await once(url, { ...options, token })
    const status = response.statusCode ?? 0
    const target = response.headers.location
    if (REDIRECTS.includes(status) && target !== undefined) {
      response.resume()
      const next = URL.canParse(target, url) ? new URL(target, url) : null
      if (!next || (url.protocol === 'https:' && next.protocol !== 'https:'))
        throw appError('DOWNLOAD_FAILED', `${url.host} sent us to an unsafe address.`, 'Try another source.', {
          detail: target,
        })
      url = next
      continue
    }
    if (status >= 200 && status < 300) return { response, url }
    response.resume()
    throw refused(url, response, token !== null)
  }
  throw appError('DOWNLOAD_FAILED', `${url.host} redirects without end.`, 'Try another source.', { detail: address })
}

/**
 * Does something again that failed for a reason that may pass, waiting longer each time, and as long as the server asks.
 *
 * @param progressed whether the last attempt brought something: then counting starts anew
 */
export async function persist<T>(
  work: () => Promise<T>,
  {
    signal,
    retrying = patient,
    progressed = () => false,
  }: { signal?: AbortSignal; retrying?: Retrying; progressed?: () => boolean } = {},
): Promise<T> {
  for (let failures = 0; ; ) {
    try {
      return await work()
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof Passing)) throw error
      failures = progressed() ? 1 : failures + 1
      if (failures >= retrying.attempts) throw error.value
      const wait = error.waitMs ?? retrying.firstWaitMs * 2 ** (failures - 1)
      await sleep(Math.min(wait, MAX_WAIT_MS), undefined, signal ? { signal } : {})
    }
  }
}

/** The error of a page where a file should be: what networks with a sign-in page answer to everything. */
export function pageInstead(url: URL): AppError {
  return appError(
    'DOWNLOAD_DAMAGED',
    `A web page came from ${url.host} where a model should be.`,
    'If this network asks you to sign in, open a web page in your browser first; else check the address.',
    { detail: url.href.split('?')[0] ?? '' },
  )
}

/** A small JSON answer; `link` is the header that leads to the next page of a list. */
export function getJson(
  address: string,
  options: RequestOptions & { retrying?: Retrying },
): Promise<{ value: unknown; link: string | null }> {
  return persist(async () => {
    const { response, url } = await get(address, options)
    const chunks: Buffer[] = []
    let bytes = 0
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        bytes += chunk.length
        if (bytes > 64 * 2 ** 20)
          throw appError('DOWNLOAD_DAMAGED', `${url.host} sent far too much.`, 'Try again later.')
        chunks.push(chunk)
      }
    } catch (error) {
      throw options.signal?.aborted || bytes > 64 * 2 ** 20 ? error : offline(url, error)
    }
    const text = Buffer.concat(chunks).toString('utf8')
    try {
      return { value: JSON.parse(text), link: response.headers.link?.toString() ?? null }
    } catch {
      throw /^\s*</.test(text)
        ? pageInstead(url)
        : appError('DOWNLOAD_DAMAGED', `${url.host} sent an answer that cannot be read.`, 'Try again later.', {
            detail: text.slice(0, 200),
          })
    }
  }, options)
}

/** Wraps what a broken connection throws in the middle of a body. */
export function brokenOff(url: URL, cause: unknown): Passing {
  return offline(url, cause)
}
