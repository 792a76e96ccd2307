import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Host, launchHost, runCommand } from '../support/app.ts'
import { connectSocket, openSession } from '../support/client.ts'

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** A raw request: nothing is added, resolved or cleaned on the way, as a browser or fetch would. */
function ask(
  host: Host,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: host.port, path, ...options }, (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    outgoing.on('error', reject).end()
  })
}

/** How a WebSocket with these headers is met: the status of the refusal, or `open`. */
function upgrade(host: Host, headers: Record<string, string>, path = '/rpc'): Promise<number | 'open'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${host.port}${path}`, { headers })
    socket.on('open', () => {
      socket.close()
      resolve('open')
    })
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => undefined)
  })
}

describe('the loopback host', () => {
  let host: Host
  let cookie: string
  let origin: string

  beforeAll(async () => {
    host = await launchHost()
    cookie = await openSession(host.url)
    origin = `http://127.0.0.1:${host.port}`
  })
  afterAll(() => host.stop())

  it('trades the token for a cookie that scripts and other sites do not get', async () => {
    const { pathname, search } = new URL(host.url)
    const { status, headers } = await ask(host, pathname + search)
    expect(status).toBe(303)
    expect(headers['location']).toBe('/')
    expect(headers['cache-control']).toBe('no-store')
    expect(String(headers['set-cookie'])).toMatch(/^lagotto-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/)
  })

  it.each(['/', '/index.html', '/library', '/?token=wrong', '/?token='])(
    'refuses %s without the token',
    async (path) => {
      const { status, body, headers } = await ask(host, path)
      expect(status).toBe(401)
      expect(body).toContain('Open the whole address')
      expect(headers['set-cookie']).toBeUndefined()
    },
  )

  it.each(['lagotto=x', 'lagotto-PORT=', 'lagotto-PORT=wrong', 'lagotto-1=TOKEN'])(
    'refuses the cookie %s',
    async (foreign) => {
      const token = new URL(host.url).searchParams.get('token') ?? ''
      const wrong = foreign.replace('PORT', String(host.port)).replace('TOKEN', token)
      expect((await ask(host, '/', { headers: { cookie: wrong } })).status).toBe(401)
    },
  )

  it('serves the interface to the session, under a strict policy', async () => {
    const { status, headers, body } = await ask(host, '/', { headers: { cookie: `theme=dark; ${cookie}` } })
    expect(status).toBe(200)
    expect(body).toContain('<div id="root">')
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
        `connect-src 'self' ws://127.0.0.1:${host.port} ws://localhost:${host.port}; ` +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
  })

  it.each(['evil.example', 'evil.example:PORT', '127.0.0.1', '127.0.0.1:1', 'localhost.evil.example:PORT'])(
    'refuses a page that reaches it by the name %s',
    async (name) => {
      const headers = { host: name.replace('PORT', String(host.port)), cookie }
      expect((await ask(host, '/', { headers })).status).toBe(403)
    },
  )

  it('answers to localhost as well', async () => {
    const headers = { host: `localhost:${host.port}`, cookie }
    expect((await ask(host, '/', { headers })).status).toBe(200)
  })

  it.each([
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/../../../package.json',
    '//etc/passwd',
    '/..\\..\\package.json',
    'http://evil.example/',
  ])('gives nothing outside the interface for %s', async (path) => {
    const { body } = await ask(host, path, { headers: { cookie } })
    expect(body).not.toContain('"lagotto"')
    expect(body).not.toContain('root:')
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('takes no %s', async (method) => {
    expect((await ask(host, '/', { method, headers: { cookie } })).status).toBe(405)
  })

  it('opens the WebSocket to its own page only', async () => {
    expect(await upgrade(host, { cookie, origin })).toBe('open')
    expect(await upgrade(host, { origin })).toBe(401)
    expect(await upgrade(host, { cookie: `lagotto-${host.port}=wrong`, origin })).toBe(401)
    expect(await upgrade(host, { cookie })).toBe(403)
    expect(await upgrade(host, { cookie, origin: 'http://evil.example' })).toBe(403)
    expect(await upgrade(host, { cookie, origin: `http://localhost:${host.port}` })).toBe(403)
    expect(await upgrade(host, { cookie, origin: 'null' })).toBe(403)
    expect(await upgrade(host, { cookie, origin, host: `evil.example:${host.port}` })).toBe(403)
    expect(await upgrade(host, { cookie, origin }, '/other')).toBe(404)
  })

  it('survives a message that is no message, and one that is too long', async () => {
    const send = async (message: string | Buffer) => {
      const socket = new WebSocket(`ws://127.0.0.1:${host.port}/rpc`, { headers: { cookie, origin } })
      await new Promise((resolve) => socket.once('open', resolve))
      socket.on('error', () => undefined)
      socket.send(message)
      await new Promise((resolve) => setTimeout(resolve, 100))
      socket.close()
    }
    await send('{')
    await send(Buffer.from([0, 255, 1]))
    await send(Buffer.alloc(5 * 1024 * 1024))
    const { client, close } = await connectSocket(host.url)
    expect((await client.system.info()).pid).toBe(host.servicePid)
    close()
  })

  it('listens on 127.0.0.1 only', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
    for (const { address } of others) {
      await expect(fetch(`http://${address}:${host.port}/`)).rejects.toThrow()
    }
  })

  it('says so when the port is in use', async () => {
    const { code, json } = await runCommand([
      'serve',
      '--json',
      '--port',
      String(host.port),
      '--data-dir',
      `${host.dataDir}/other`,
    ])
    expect(code).toBe(1)
    expect(json()).toMatchObject({ error: { code: 'PORT_IN_USE', action: expect.stringContaining('--port') } })
  })

  it('says so when the data folder is in use', async () => {
    const { code, json } = await runCommand(['serve', '--json', '--data-dir', host.dataDir])
    expect(code).toBe(1)
    expect(json()).toMatchObject({ error: { code: 'DATA_DIR_IN_USE' } })
    const { stdout, stderr } = await runCommand(['serve', '--data-dir', host.dataDir])
    expect(`${stdout}${stderr}`).toMatch(
      /already running with this data folder \(process \d+\)\.\s+Use the window that is/,
    )
    // the first one goes on
    expect((await fetch(host.url, { redirect: 'manual' })).status).toBeLessThan(400)
  })
})
