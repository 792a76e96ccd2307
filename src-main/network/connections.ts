import { type ClientRequest, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import { DirectAgent } from './direct.ts'

/** A request that is about to leave this computer. */
export interface OutgoingRequest {
  method: string
  host: string
  /** Without the query. */
  path: string
  /** Why it is made, in a few words. */
  purpose: string
}

export interface RequestOutcome {
  /** Null: no answer came. */
  status: number | null
  sentBytes: number
  receivedBytes: number
}

/** How requests leave this computer, and who hears about them. */
export interface Network {
  /** Address of a proxy; null: as the environment says (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`). */
  proxy: string | null
  /** Called before a request is made; what it returns, when the request is over. */
  onRequest(request: OutgoingRequest): (outcome: RequestOutcome) => void
}

interface Agents {
  'http:': HttpAgent
  'https:': HttpsAgent
}

const agents = { shared: new Map<string | null, Agents>(), direct: new Map<string | null, Agents>() }

/**
 * The connections to use: kept open between requests, through the proxy if there is one.
 *
 * @param direct for large bodies that `receiveBody` takes
 */
export function agentFor(url: URL, proxy: string | null, direct: boolean): HttpAgent {
  const known = direct ? agents.direct : agents.shared
  let found = known.get(proxy)
  if (!found) {
    const { env } = process
    const asked =
      proxy === null
        ? env
        : { http_proxy: proxy, https_proxy: proxy, no_proxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '' }
    const options = { keepAlive: true, proxyEnv: asked }
    found = { 'http:': new (direct ? DirectAgent : HttpAgent)(options), 'https:': new HttpsAgent(options) }
    known.set(proxy, found)
  }
  return found[url.protocol as keyof Agents]
}

/** Tells about a request from its beginning to its end. */
export function watchRequest(request: ClientRequest, url: URL, purpose: string, network: Network): void {
  const ended = network.onRequest({ method: request.method, host: url.host, path: url.pathname, purpose })
  let status: number | null = null
  let socket: Socket | null = null
  let sent = 0
  let received = 0
  request
    .once('socket', (used) => {
      socket = used
      sent = used.bytesWritten
      received = used.bytesRead
    })
    .once('response', ({ statusCode }) => {
      status = statusCode ?? null
    })
    .once('close', () => {
      ended({
        status,
        sentBytes: (socket?.bytesWritten ?? 0) - sent,
        receivedBytes: (socket?.bytesRead ?? 0) - received,
      })
    })
}
