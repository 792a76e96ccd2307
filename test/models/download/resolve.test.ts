import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { downloadModel, inspectModel, resolveModel, verifyModel } from '../../../src-main/models/index.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { text, tokenizerOf, writeGguf, writeRandomModel } from '../../support/gguf.ts'
import { startHub } from '../../support/hub.ts'

const folder = temporaryFolder()
const write = async (name: string, make: (path: string) => void): Promise<Buffer> => {
  make(join(folder, name))
  return readFileSync(join(folder, name))
}
const tokenizer = await tokenizerOf()
const whole = await write('whole.gguf', (path) => writeRandomModel(path, { tokenizer }))
const rest = await write('rest.gguf', (path) =>
  writeGguf(path, {
    metadata: { 'general.architecture': text('qwen2') },
    tensors: [{ name: 'extra.weight', dimensions: [64, 64], type: 'F32', fill: 'random' }],
  }),
)
const hub = await startHub({
  'maker/model': { 'model.gguf': whole },
  'maker/split': { 'big-Q8_0-00001-of-00002.gguf': whole, 'big-Q8_0-00002-of-00002.gguf': rest },
  'maker/half': { 'big-Q8_0-00001-of-00002.gguf': whole },
  'maker/pictures': { 'README.md': Buffer.from('# Pictures') },
})
const defaults = { ...hub.behavior }
afterAll(() => hub.close())
beforeEach(() => {
  Object.assign(hub.behavior, defaults)
  hub.seen.length = 0
})

const options = { endpoint: hub.endpoint, token: 'secret', retrying: { attempts: 1, firstWaitMs: 1 } }
const address = `${hub.endpoint}/maker/model/resolve/main/model.gguf`

describe('the address of a file', () => {
  test('is asked for its size, and fetched', async () => {
    const model = await resolveModel(address, options)
    expect(model).toMatchObject({ reference: address, format: 'gguf', sizeBytes: whole.length })
    expect(model.files[0]?.sha256).toBeNull()
    const path = await downloadModel(model, join(folder, 'address'), { hub: options })
    expect(readFileSync(path).equals(whole)).toBe(true)
  })

  test('on another host than the hub is asked without the token', async () => {
    const elsewhere = address.replace('127.0.0.1', hub.cdnHost)
    await downloadModel(await resolveModel(elsewhere, options), join(folder, 'elsewhere'), { hub: options })
    expect(hub.seen.length).toBeGreaterThan(0)
    expect(hub.seen.every(({ authorization }) => authorization === null)).toBe(true)
  })
})

describe('a model in parts', () => {
  test('is fetched with all of them, and each is checked', async () => {
    const model = await resolveModel('hf:maker/split', options)
    expect(model.sizeBytes).toBe(whole.length + rest.length)
    const path = await downloadModel(model, join(folder, 'split'), { hub: options })
    expect((await inspectModel(path)).sizeBytes).toBe(model.sizeBytes)
    expect(await verifyModel(path)).toMatchObject({ intact: true, files: [{}, {}] })
  })

  test('is refused when the repository lacks one', async () => {
    await expect(resolveModel('hf:maker/half', options)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

test.each([
  ['hf:maker/model', 'hub'],
  [address, 'address'],
])('a sign-in page of the network is told as such: %s', async (reference) => {
  hub.behavior.captive = true
  await expect(resolveModel(reference, options)).rejects.toMatchObject({
    value: { code: 'DOWNLOAD_DAMAGED', action: expect.stringContaining('sign in') },
  })
})

test('a sign-in page that comes in the middle leaves nothing behind', async () => {
  const model = await resolveModel('hf:maker/split', options)
  hub.behavior.captive = true
  const into = join(folder, 'captive')
  await expect(downloadModel(model, into, { hub: options })).rejects.toMatchObject({ code: 'DOWNLOAD_DAMAGED' })
  const place = join(into, 'maker--split')
  expect(existsSync(place) ? readdirSync(place) : []).toEqual([])
})

test('a repository without a model is told as such', async () => {
  await expect(resolveModel('hf:maker/pictures', options)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' })
})

test.each([
  ['to itself without end', '/'],
  ['to what is no web address', 'file:///etc/passwd'],
])('a server that leads %s is given up', async (_, location) => {
  const server = createServer((_request, response) => response.writeHead(302, { location }).end()).listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await expect(resolveModel(`http://127.0.0.1:${port}/model.gguf`, options)).rejects.toMatchObject({
    code: expect.stringMatching(/^(DOWNLOAD_FAILED|INVALID_INPUT)$/),
  })
  server.close()
})
