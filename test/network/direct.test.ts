import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createSecureServer, get } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { receiveBody, sendRequest } from '../../src-main/network/index.ts'
import { repository } from '../support/app.ts'

const MB = 2 ** 20
const content = Buffer.alloc(12 * MB)
for (let at = 0; at < content.length; at += 4) content.writeUInt32LE(at, at)
const small = Buffer.from('a few bytes')

const answer: RequestListener = (request, response) => {
  if (request.url === '/moved') return void response.writeHead(302, { location: '/whole' }).end('elsewhere')
  if (request.url === '/chunked') return void response.end(content)
  if (request.url === '/small') return void response.setHeader('content-length', small.length).end(small)
  response.setHeader('content-length', content.length)
  if (request.url === '/cut') return void response.write(content.subarray(0, 3 * MB), () => response.destroy())
  response.end(content)
}
const fixtures = join(repository, 'test/fixtures/tls')
const certificate = readFileSync(join(fixtures, 'certificate.pem'))
const servers: Server[] = [
  createServer(answer),
  createSecureServer({ key: readFileSync(join(fixtures, 'key.pem')), cert: certificate }, answer),
]
const [plainPort, securePort] = await Promise.all(
  servers.map(async (server) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }),
)
afterAll(() => {
  for (const server of servers) server.close()
})

const ask = (path: string): Promise<IncomingMessage> =>
  sendRequest(new URL(path, `http://127.0.0.1:${plainPort}`), { purpose: 'Test', direct: true })

/** Reads a body as a slow disk would. @returns the bytes, and in how many pieces of memory they came */
async function received(response: IncomingMessage) {
  const pieces: Buffer[] = []
  const memory = new Set<ArrayBufferLike>()
  await receiveBody(response, async (bytes) => {
    await sleep(1)
    memory.add(bytes.buffer)
    pieces.push(Buffer.from(bytes))
  })
  return { bytes: Buffer.concat(pieces), memory: memory.size }
}

describe('a large body', () => {
  test('comes whole and in order, in a few buffers that are used again', async () => {
    const { bytes, memory } = await received(await ask('/whole'))
    expect(bytes.equals(content)).toBe(true)
    // One more for what came together with the head.
    expect(memory).toBeLessThanOrEqual(4)
  })

  test('comes over an encrypted connection, too', async () => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`https://localhost:${securePort}/whole`, { ca: certificate }, resolve).on('error', reject)
    })
    expect((await received(response)).bytes.equals(content)).toBe(true)
  })

  test('of unknown length is read by the HTTP client', async () => {
    expect((await received(await ask('/chunked'))).bytes.equals(content)).toBe(true)
  })

  test('that is cut off fails after the last piece was written', async () => {
    let written = 0
    let writing = false
    const cut = receiveBody(await ask('/cut'), async ({ length }) => {
      writing = true
      await sleep(2)
      writing = false
      written += length
    })
    await expect(cut).rejects.toThrow()
    expect(writing).toBe(false)
    expect(written).toBe(3 * MB)
  })

  test('ends the connection when a piece cannot be written', async () => {
    const response = await ask('/whole')
    const failing = receiveBody(response, async () => {
      throw new Error('no room')
    })
    await expect(failing).rejects.toThrow('no room')
    expect(response.destroyed).toBe(true)
  })
})

test('a body that comes with the head, and a connection that is used again after a redirect', async () => {
  const moved = await ask('/moved')
  const { localPort } = moved.socket
  moved.resume()
  await new Promise((resolve) => moved.once('close', resolve))
  await sleep(10)
  const again = await ask('/small')
  expect(again.socket.localPort).toBe(localPort)
  expect((await received(again)).bytes.equals(small)).toBe(true)
  expect((await received(await ask('/whole'))).bytes.equals(content)).toBe(true)
})
