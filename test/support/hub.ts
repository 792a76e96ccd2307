import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A request as the server saw it. */
export interface SeenRequest {
  host: string
  path: string
  range: string | null
  authorization: string | null
  /** Bytes of the file that were handed to the connection. */
  sent: number
  from: number
}

/** How the server behaves; change it at any time. */
export interface HubBehavior {
  /** Files are sent by another host, after a redirect. */
  cdn: boolean
  ranges: boolean
  /** Bytes per second and connection; null: as fast as it goes. */
  bytesPerSecond: number | null
  /** Cuts the connection after so many bytes of a reply; null: never. */
  cutAfter: number | null
  /** Answers the next requests for files with these codes, one each. */
  failures: { status: number; retryAfter?: string }[]
  /** Answers everything with a page, as networks with a sign-in do. */
  captive: boolean
  /** Wanted of whoever asks the hub. */
  token: string | null
  /** Announces hashes of another content. */
  wrongHashes: boolean
}

const HOME = '127.0.0.1'
const CDN = 'localhost'

/** A server that speaks the protocol of the Hugging Face hub, on loopback. */
export async function startHub(repositories: Record<string, Record<string, Buffer>>) {
  const behavior: HubBehavior = {
    cdn: true,
    ranges: true,
    bytesPerSecond: null,
    cutAfter: null,
    failures: [],
    captive: false,
    token: null,
    wrongHashes: false,
  }
  const seen: SeenRequest[] = []
  const etagOf = (content: Buffer): string => `"${createHash('sha256').update(content).digest('hex')}"`
  const hashes = new Map<Buffer, string>()
  const hashOf = (content: Buffer): string => {
    const known = hashes.get(content) ?? etagOf(content).slice(1, -1)
    hashes.set(content, known)
    return behavior.wrongHashes ? known.replace(/^./, (c) => (c === '0' ? '1' : '0')) : known
  }

  function tree(repository: string, response: ServerResponse): void {
    const files = repositories[repository]
    if (!files) return void response.writeHead(404).end('{"error":"Repository not found"}')
    const entries = Object.entries(files).map(([path, content]) => ({
      type: 'file',
      path,
      size: content.length,
      ...(/\.(gguf|safetensors)$/.test(path) ? { lfs: { oid: hashOf(content), size: content.length } } : {}),
    }))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify([{ type: 'directory', path: 'folder', size: 0 }, ...entries]))
  }

  async function send(request: IncomingMessage, response: ServerResponse, content: Buffer, entry: SeenRequest) {
    const failure = behavior.failures.shift()
    if (failure) {
      if (failure.retryAfter !== undefined) response.setHeader('retry-after', failure.retryAfter)
      return void response.writeHead(failure.status).end('failed')
    }
    const etag = `"${hashOf(content)}"`
    const unchanged = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    let from = 0
    let to = content.length
    response.setHeader('content-type', 'application/octet-stream').setHeader('etag', etag)
    if (behavior.ranges && unchanged && first !== undefined) {
      from = Number(first)
      to = last ? Math.min(to, Number(last) + 1) : to
      response.setHeader('content-range', `bytes ${from}-${to - 1}/${content.length}`)
      response.statusCode = 206
    }
    response.setHeader('content-length', to - from)
    entry.from = from
    let wake = (): void => {}
    response.on('drain', () => wake()).on('close', () => wake())
    const piece = behavior.bytesPerSecond === null ? 2 ** 18 : 2 ** 14
    for (let at = from; at < to && !response.destroyed; at += piece) {
      if (behavior.cutAfter !== null && at - from >= behavior.cutAfter) return void response.destroy()
      const chunk = content.subarray(at, Math.min(to, at + piece))
      if (!response.write(chunk) && !response.destroyed) await new Promise<void>((resolve) => (wake = resolve))
      entry.sent += chunk.length
      if (behavior.bytesPerSecond !== null) await sleep((1000 * chunk.length) / behavior.bytesPerSecond)
    }
    response.end()
  }

  const server = createServer((request, response) => {
    const { pathname, port } = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const host = (request.headers.host ?? '').split(':')[0] ?? ''
    const entry: SeenRequest = {
      host,
      path: pathname,
      range: request.headers.range ?? null,
      authorization: request.headers.authorization ?? null,
      sent: 0,
      from: 0,
    }
    seen.push(entry)
    response.on('error', () => {})
    if (behavior.captive) {
      response.setHeader('content-type', 'text/html')
      return void response.end('<html>Please sign in</html>')
    }
    if (host === HOME && behavior.token !== null && request.headers.authorization !== `Bearer ${behavior.token}`)
      return void response.writeHead(401).end('{"error":"gated"}')
    const listed = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/[^/]+$/.exec(pathname)
    if (listed) return tree(listed[1] ?? '', response)
    const [, repository = '', path = ''] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(pathname) ?? []
    const content = repositories[repository]?.[decodeURIComponent(path)]
    if (!content) return void response.writeHead(404).end('not found')
    if (behavior.cdn && host === HOME) {
      return void response.writeHead(302, { location: `http://${CDN}:${port}${pathname}?signature=x` }).end()
    }
    void send(request, response, content, entry)
  })
  server.listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://${HOME}:${port}`,
    cdnHost: CDN,
    behavior,
    seen,
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

export type TestHub = Awaited<ReturnType<typeof startHub>>
