import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { randomStream } from '../../../src-main/contract/index.ts'
import { fetchFile } from '../../../src-main/models/download/fetch-file.ts'
import { type RemoteModel, resolveModel } from '../../../src-main/models/download/hub.ts'
import { earlierSegments } from '../../../src-main/models/download/partial.ts'
import { nodeArgs, repository } from '../../support/app.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startHub, type TestHub } from '../../support/hub.ts'

const folder = temporaryFolder()
const MB = 2 ** 20
const retrying = { attempts: 3, firstWaitMs: 5 }

/** Incompressible bytes, the same each time. */
function noise(size: number, seed = 1): Buffer {
  const next = randomStream(seed)
  const block = Buffer.from(Uint32Array.from({ length: MB / 4 }, () => next() * 2 ** 32).buffer)
  const content = Buffer.alloc(size)
  for (let at = 0; at < size; at += MB) {
    block.copy(content, at, 0, Math.min(MB, size - at))
    content.writeUInt32LE(at / MB, at)
  }
  return content
}

const content = noise(40 * MB)
const hub: TestHub = await startHub({ 'maker/model': { 'model-Q8_0.gguf': content, 'README.md': Buffer.from('# hi') } })
const defaults = { ...hub.behavior }
afterAll(() => hub.close())
beforeEach(() => {
  Object.assign(hub.behavior, defaults, { failures: [] })
  hub.seen.length = 0
})

let counter = 0
const place = (): string => join(folder, String(++counter), 'model.gguf')
const options = { endpoint: hub.endpoint, token: null, retrying }
const resolve = async (token: string | null = null): Promise<RemoteModel['files'][number]> => {
  const model = await resolveModel('hf:maker/model', { ...options, token })
  return model.files[0] as RemoteModel['files'][number]
}
const leftovers = (path: string): string[] => (existsSync(join(path, '..')) ? readdirSync(join(path, '..')) : [])
const sentBytes = (): number => hub.seen.reduce((sum, { sent }) => sum + sent, 0)
const code = (value: string) => expect.objectContaining({ code: value })

describe('fetching a file', () => {
  test('over parallel ranges, through a redirect, with the right hash and nothing left beside it', async () => {
    const path = place()
    const done: number[] = []
    await fetchFile(await resolve(), path, { retrying, onProgress: (bytes) => done.push(bytes) })
    expect(readFileSync(path).equals(content)).toBe(true)
    expect(leftovers(path)).toEqual(['model.gguf'])
    expect(done.at(-1)).toBe(content.length)
    const ranges = hub.seen.filter(({ range }) => range !== null && range !== 'bytes=0-0')
    expect(new Set(ranges.filter(({ host }) => host === hub.cdnHost).map(({ range }) => range)).size).toBe(4)
    expect(sentBytes()).toBe(content.length)
  })

  test('from a server without ranges, over one connection', async () => {
    hub.behavior.ranges = false
    const path = place()
    await fetchFile(await resolve(), path, { retrying })
    expect(readFileSync(path).equals(content)).toBe(true)
  })

  test('goes on where cut connections stopped', async () => {
    hub.behavior.cutAfter = 3 * MB
    const path = place()
    await fetchFile(await resolve(), path, { retrying })
    expect(readFileSync(path).equals(content)).toBe(true)
    expect(hub.seen.length).toBeGreaterThan(12)
  })

  test('waits as long as a busy server asks', async () => {
    hub.behavior.failures = [{ status: 429, retryAfter: '1' }, { status: 503 }, { status: 500 }]
    const path = place()
    const start = performance.now()
    await fetchFile(await resolve(), path, { retrying: { attempts: 4, firstWaitMs: 5 }, connections: 1 })
    expect(performance.now() - start).toBeGreaterThan(1000)
    expect(readFileSync(path).equals(content)).toBe(true)
  }, 15_000)

  test('gives up on a server that stays broken, and keeps what came', async () => {
    const path = place()
    const file = await resolve()
    hub.behavior.failures = Array.from({ length: 50 }, () => ({ status: 502 }))
    await expect(fetchFile(file, path, { retrying })).rejects.toEqual(code('DOWNLOAD_FAILED'))
    expect(existsSync(path)).toBe(false)
    hub.behavior.failures = []
    await fetchFile(file, path, { retrying })
    expect(readFileSync(path).equals(content)).toBe(true)
  })

  test('stops when asked, and goes on later without fetching again', async () => {
    const path = place()
    const file = await resolve()
    const stop = new AbortController()
    hub.behavior.bytesPerSecond = 20 * MB
    const onProgress = (bytes: number): void => {
      if (bytes > 10 * MB) stop.abort(new Error('stopped'))
    }
    await expect(fetchFile(file, path, { retrying, onProgress, signal: stop.signal })).rejects.toThrow('stopped')
    hub.behavior.bytesPerSecond = null
    await fetchFile(file, path, { retrying })
    expect(readFileSync(path).equals(content)).toBe(true)
    expect(sentBytes()).toBeLessThan(content.length + 4 * MB)
  })

  test('gives up a connection on which nothing comes any more', async () => {
    const path = place()
    const file = await resolve()
    hub.behavior.bytesPerSecond = 1
    await expect(
      fetchFile(file, path, { retrying: { attempts: 1, firstWaitMs: 1 }, idleMs: 200, connections: 1 }),
    ).rejects.toEqual(code('DOWNLOAD_FAILED'))
  })
})

describe('what must not be taken for a model', () => {
  test.each([
    ['a wrong hash', { wrongHashes: true }, 'DOWNLOAD_DAMAGED'],
    ['a page of the network', { captive: true }, 'DOWNLOAD_DAMAGED'],
    ['a missing token', { token: 'secret' }, 'ACCESS_DENIED'],
  ] as const)('%s', async (_, behavior, expected) => {
    const path = place()
    const file = await resolve()
    Object.assign(hub.behavior, behavior)
    const wanted = behavior === undefined ? file : { ...file }
    if ('wrongHashes' in behavior) wanted.sha256 = '0'.repeat(64)
    await expect(fetchFile(wanted, path, { retrying })).rejects.toEqual(code(expected))
    expect(existsSync(path)).toBe(false)
    if (expected === 'DOWNLOAD_DAMAGED') expect(leftovers(path)).toEqual([])
  })

  test.each([
    [401, 'ACCESS_DENIED'],
    [403, 'ACCESS_DENIED'],
    [404, 'NOT_FOUND'],
    [400, 'DOWNLOAD_FAILED'],
  ])('an answer with status %d, which is not asked for again', async (status, expected) => {
    const path = place()
    const file = await resolve()
    hub.behavior.failures = [{ status }]
    await expect(fetchFile(file, path, { retrying, connections: 1 })).rejects.toEqual(code(expected))
    expect(hub.behavior.failures).toEqual([])
    expect(existsSync(path)).toBe(false)
  })

  test('another size than announced', async () => {
    const path = place()
    await expect(
      fetchFile({ ...(await resolve()), sizeBytes: content.length + 5 }, path, { retrying }),
    ).rejects.toEqual(code('DOWNLOAD_DAMAGED'))
    expect(leftovers(path)).toEqual([])
  })

  test('a file larger than the disk is refused before the first byte', async () => {
    const url = `${hub.endpoint}/someone/large/resolve/main/large.gguf`
    const file = { ...(await resolve()), url, sizeBytes: 2 ** 52 }
    await expect(fetchFile(file, place(), { retrying })).rejects.toEqual(code('DISK_FULL'))
    expect(hub.seen.filter(({ path }) => path.endsWith('large.gguf'))).toEqual([])
  })
})

describe('the access token', () => {
  test('opens a gated model and never follows a redirect to another host', async () => {
    hub.behavior.token = 'secret'
    const path = place()
    await expect(resolve()).rejects.toEqual(code('ACCESS_DENIED'))
    hub.seen.length = 0
    await fetchFile(await resolve('secret'), path, { retrying, token: 'secret' })
    expect(readFileSync(path).equals(content)).toBe(true)
    const toCdn = hub.seen.filter(({ host }) => host === hub.cdnHost)
    expect(toCdn.length).toBeGreaterThan(0)
    expect(toCdn.every(({ authorization }) => authorization === null)).toBe(true)
  })
})

test('ten kills of the process lose nothing that was told, and only what is missing is asked for again', async () => {
  const path = place()
  const file = await resolve()
  hub.behavior.bytesPerSecond = 5 * MB
  const script = join(folder, 'fetch.mjs')
  const module = join(repository, 'src-main/models/download/fetch-file.ts')
  writeFileSync(
    script,
    `import { fetchFile } from ${JSON.stringify(module)}
     await fetchFile(${JSON.stringify(file)}, ${JSON.stringify(path)}, { onProgress: (n) => n && console.log(n) })`,
  )
  const next = randomStream(7)
  let reached = 0
  for (let kill = 0; kill < 10; kill++) {
    const child = spawn(process.execPath, [...nodeArgs, script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const goal = reached + content.length / 20 + next() * (content.length / 25)
    child.stdout.on('data', (text: Buffer) => {
      reached = Math.max(reached, ...String(text).trim().split('\n').map(Number))
      if (reached > goal) child.kill('SIGKILL')
    })
    const [, signal] = (await once(child, 'close')) as [number | null, string | null]
    expect(signal).toBe('SIGKILL')
    expect(existsSync(path)).toBe(false)
    const kept = (earlierSegments(path, file) ?? []).reduce((sum, { from, at }) => sum + at - from, 0)
    expect(kept).toBeGreaterThanOrEqual(reached)
    reached = kept
  }
  hub.behavior.bytesPerSecond = null
  hub.seen.length = 0
  await fetchFile(file, path)
  expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(file.sha256)
  expect(sentBytes()).toBe(content.length - reached)
}, 60_000)
