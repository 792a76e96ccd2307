import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { appError } from '../contract/index.ts'
import { agentFor, type Network, watchRequest } from './connections.ts'

/** What a request is made with. */
export interface OutgoingOptions {
  /** Why, in a few words: for the list of requests. */
  purpose: string
  network?: Network
  headers?: Record<string, string>
  /** Sent as a bearer token. */
  token?: string | null
  /** Makes it a POST of JSON. */
  json?: object
  signal?: AbortSignal
  /** ms without a byte after which the connection counts as dead. */
  idleMs?: number
  /** The body is large, and `receiveBody` will read it. */
  direct?: boolean
}

const IDLE_MS = 30_000

/**
 * Makes one request; redirects are the caller's. Resolves with the response, of which the body is not read yet.
 *
 * @throws {AppError} INVALID_INPUT for what is no web address; the signal's reason when aborted; else what the connection
 *   failed with
 */
export function sendRequest(url: URL, options: OutgoingOptions): Promise<IncomingMessage> {
  const { headers, token, json, signal, idleMs = IDLE_MS, network, purpose, direct = false } = options
  const secure = url.protocol === 'https:'
  if (!secure && url.protocol !== 'http:')
    throw appError('INVALID_INPUT', `${url.href} is no web address.`, 'Use an address that begins with https://.')
  const body = json === undefined ? null : Buffer.from(JSON.stringify(json))
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const sent = (secure ? httpsRequest : httpRequest)(url, {
    method: body === null ? 'GET' : 'POST',
    agent: agentFor(url, network?.proxy ?? null, direct),
    headers: {
      'user-agent': 'Lagotto',
      ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
      ...headers,
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    ...(signal ? { signal } : {}),
  })
  if (network) watchRequest(sent, url, purpose, network)
  sent.setTimeout(idleMs, () => sent.destroy(new Error(`nothing came for ${idleMs} ms`)))
  sent.once('response', resolve)
  sent.on('error', (error) => reject(signal?.aborted ? signal.reason : error))
  sent.end(body ?? undefined)
  return promise
}
