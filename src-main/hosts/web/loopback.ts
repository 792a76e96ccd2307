import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { RPCHandler } from '@orpc/server/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { appError } from '../../contract/index.ts'
import type { Service } from '../../service/index.ts'
import { type Assets, contentSecurityPolicy, readAssets, securityHeaders } from '../index.ts'
import { type Guard, makeGuard, type RequestFacts } from './guard.ts'
import { noticePage } from './notice.ts'

/** The largest message that a page may send, bytes: a question of 100,000 characters fits many times. */
const maxMessageBytes = 4 * 1024 * 1024

/** What {@link startLoopback} needs to know. */
export interface LoopbackOptions {
  router: Service['router']
  /** Folder of the built interface. */
  rendererDir: string
  /** 0: any free port. */
  port: number
  /** The secret of this launch; whoever opens the host's address with it gets a session. */
  token: string
}

/** A loopback host that is listening. */
export interface Loopback {
  port: number
  close(): Promise<void>
}

/**
 * Serves the interface over HTTP and the contract over a WebSocket at `/rpc`, on 127.0.0.1 only.
 *
 * @throws {AppError} PORT_IN_USE; INTERNAL when the interface was not built
 */
export async function startLoopback(options: LoopbackOptions): Promise<Loopback> {
  const assets = readAssets(options.rendererDir)
  const server = createServer()
  const port = await listen(server, options.port)
  const guard = makeGuard(port, options.token)
  const headers = {
    ...securityHeaders,
    'content-security-policy': contentSecurityPolicy([`ws://127.0.0.1:${port}`, `ws://localhost:${port}`]),
  }
  server.on('request', (request, response) => {
    const reply = replyTo(request, guard, assets)
    const length = { 'content-length': Buffer.byteLength(reply.body) }
    response.writeHead(reply.status, { ...headers, ...reply.headers, ...length })
    response.end(request.method === 'HEAD' ? undefined : reply.body)
  })

  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes })
  const handler = new RPCHandler(options.router)
  server.on('upgrade', (request, socket, head) => {
    const refusal = refuseUpgrade(request, guard)
    if (refusal) refuse(socket, refusal)
    else sockets.handleUpgrade(request, socket, head, (ws) => connect(ws, handler))
  })

  return {
    port,
    async close() {
      for (const ws of sockets.clients) ws.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function connect(ws: WebSocket, handler: RPCHandler<Record<never, never>>): void {
  // A message that is too long closes the connection; without a listener its error would end the process.
  ws.on('error', () => ws.terminate())
  void handler.upgrade(ws, { context: {} })
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const known = cause.code === 'EADDRINUSE' || cause.code === 'EACCES'
      reject(
        !known
          ? cause
          : appError(
              'PORT_IN_USE',
              cause.code === 'EACCES' ? `Port ${port} may not be used.` : `Port ${port} is in use by another program.`,
              'Choose another one with --port, or leave it out for any free port.',
              { cause },
            ),
      )
    })
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve((server.address() as AddressInfo).port))
  })
}

interface Reply {
  status: number
  headers: Record<string, string>
  body: string | Buffer
}

/** What a request gets. The order of the checks matters: nobody learns anything before they passed the one before. */
function replyTo({ method, url, headers }: IncomingMessage, guard: Guard, assets: Assets): Reply {
  const facts = factsOf(headers)
  if (!guard.isOurHost(facts)) return notice(403)
  if (method !== 'GET' && method !== 'HEAD') return notice(405, { allow: 'GET, HEAD' })
  const address = URL.parse(url ?? '', `http://${facts.host}`)
  if (address === null) return notice(404)

  const token = address.searchParams.get('token')
  if (token !== null) {
    if (!guard.isToken(token)) return notice(401)
    const session = { location: '/', 'set-cookie': guard.sessionCookie, 'cache-control': 'no-store' }
    return { status: 303, headers: session, body: '' }
  }
  if (!guard.hasSession(facts)) return notice(401)
  const asset = assets.find(address.pathname)
  return asset === null ? notice(404) : { status: 200, headers: asset.headers, body: asset.read() }
}

function notice(status: number, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: noticePage(status),
  }
}

/** The status with which a WebSocket is refused, null when it may pass. */
function refuseUpgrade(request: IncomingMessage, guard: Guard): number | null {
  const facts = factsOf(request.headers)
  if (!guard.isOurHost(facts) || !guard.isOurPage(facts)) return 403
  if (!guard.hasSession(facts)) return 401
  return request.url === '/rpc' ? null : 404
}

function refuse(socket: Duplex, status: number): void {
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function factsOf({ host, origin, cookie }: IncomingHttpHeaders): RequestFacts {
  return { host, origin, cookie }
}
