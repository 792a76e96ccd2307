import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { nodeArgs, repository } from '../../support/app.ts'
import { temporaryFolder } from '../../support/folder.ts'

const folder = temporaryFolder()
const fixtures = join(repository, 'test/fixtures/tls')
const certificate = join(fixtures, 'certificate.pem')
const content = Buffer.alloc(300_000, 'lagotto ')
const servers: Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
})

async function listening(server: Server): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const answer = (_: IncomingMessage, response: ServerResponse): void => {
  response.setHeader('content-type', 'application/octet-stream')
  response.end(content)
}
const plainPort = await listening(createServer(answer))
const securePort = await listening(
  createSecureServer({ key: readFileSync(join(fixtures, 'key.pem')), cert: readFileSync(certificate) }, answer),
)

/** What the proxy was asked for. */
const seen: string[] = []
beforeEach(() => {
  seen.length = 0
})
const proxy = createServer((request, response) => {
  seen.push(`${request.method} ${request.url}`)
  const forwarded = httpRequest(request.url ?? '', { headers: request.headers, method: request.method ?? 'GET' })
  forwarded.on('response', (upstream) => {
    response.writeHead(upstream.statusCode ?? 502, upstream.headers)
    upstream.pipe(response)
  })
  forwarded.end()
})
proxy.on('connect', (request, socket) => {
  seen.push(`CONNECT ${request.url}`)
  const upstream = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    upstream.pipe(socket).pipe(upstream)
  })
  upstream.on('error', () => socket.destroy())
  socket.on('error', () => upstream.destroy())
})
const proxyAddress = `http://127.0.0.1:${await listening(proxy)}`

const script = join(folder, 'fetch.mjs')
writeFileSync(
  script,
  `import { fetchFile } from ${JSON.stringify(join(repository, 'src-main/models/download/fetch-file.ts'))}
   const [url, path, proxy] = process.argv.slice(2)
   const file = { name: 'model.gguf', url, sizeBytes: ${content.length}, sha256: null, etag: null }
   await fetchFile(file, path, { network: { proxy: proxy || null, onRequest: () => () => {} } })
   process.exit(0)`,
)

async function fetched(url: string, setting: string | null, env: Record<string, string>): Promise<Buffer> {
  const path = join(folder, `${Math.random()}.gguf`)
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)))
  const child = spawn(process.execPath, [...nodeArgs, script, url, path, setting ?? ''], {
    stdio: 'inherit',
    env: { ...clean, ...env, NODE_EXTRA_CA_CERTS: certificate },
  })
  expect(await once(child, 'close')).toEqual([0, null])
  return readFileSync(path)
}

const plain = `http://127.0.0.1:${plainPort}/model.gguf`
const secure = `https://localhost:${securePort}/model.gguf`

test('a download goes through the proxy of the settings, encrypted ones through a tunnel', async () => {
  expect((await fetched(plain, proxyAddress, {})).equals(content)).toBe(true)
  expect((await fetched(secure, proxyAddress, {})).equals(content)).toBe(true)
  expect(seen).toEqual([`GET ${plain}`, `CONNECT localhost:${securePort}`])
}, 60_000)

test('without such a setting the environment decides, NO_PROXY included', async () => {
  const env = { HTTP_PROXY: proxyAddress, HTTPS_PROXY: proxyAddress }
  expect((await fetched(secure, null, env)).equals(content)).toBe(true)
  expect((await fetched(plain, null, { ...env, NO_PROXY: '127.0.0.1' })).equals(content)).toBe(true)
  expect((await fetched(plain, null, {})).equals(content)).toBe(true)
  expect(seen).toEqual([`CONNECT localhost:${securePort}`])
}, 60_000)
