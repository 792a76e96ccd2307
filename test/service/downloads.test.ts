import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Job } from '../../src-main/contract/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { tinyShape, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { startHub } from '../support/hub.ts'
import { serve } from '../support/service.ts'

const folder = temporaryFolder()
const tokenizer = await tokenizerOf()

function model(name: string, shape = tinyShape): Buffer {
  const path = join(folder, `${name}.gguf`)
  writeRandomModel(path, { tokenizer, shape })
  return readFileSync(path)
}

const small = model('small')
const large = model('large', { ...tinyShape, embedding: 256, heads: 8, layers: 8, feedForward: 1024 })
const hub = await startHub({
  'maker/small': { 'small-Q8_0.gguf': small },
  'maker/other': { 'other-Q8_0.gguf': small },
  'maker/large': { 'large-Q8_0.gguf': large },
})
const defaults = { ...hub.behavior }
process.env['HF_ENDPOINT'] = hub.endpoint
process.env['HF_TOKEN'] = ''
afterAll(() => hub.close())
beforeEach(() => {
  Object.assign(hub.behavior, defaults, { failures: [] })
  hub.seen.length = 0
})

let service = await serve(join(folder, 'data'))
const client = () => service.client.models
const modelsDir = join(folder, 'data', 'models')
const filesIn = (name: string): string[] =>
  existsSync(join(modelsDir, name)) ? readdirSync(join(modelsDir, name)) : []
const job = (id: string): Promise<Job> => service.client.jobs.get({ id })

/** Starts a slow download of the large model and waits until some of it is here. */
async function begin(): Promise<string> {
  hub.behavior.bytesPerSecond = 2 ** 20
  const { jobId } = await client().download({ reference: 'hf:maker/large' })
  while (((await job(jobId)).progress?.done ?? 0) < 2 ** 18) await sleep(10)
  return jobId
}

describe('a download', () => {
  test('that is paused keeps what came, survives a restart, and goes on when it is told to', async () => {
    const id = await begin()
    const { jobId: waiting } = await client().download({ reference: 'hf:maker/small' })
    await client().pause({ id: waiting })
    await client().pause({ id })
    expect((await job(id)).state).toBe('paused')
    expect(filesIn('maker--large').some((name) => name.endsWith('.part'))).toBe(true)
    await service.close()
    service = await serve(join(folder, 'data'))
    const listed = await client().downloads()
    expect(listed.map(({ title, state }) => [title, state])).toEqual([
      ['hf:maker/large', 'paused'],
      ['hf:maker/small', 'paused'],
    ])
    hub.behavior.bytesPerSecond = null
    hub.seen.length = 0
    for (const { id: paused } of listed) await service.follow((await client().resume({ id: paused })).jobId)
    expect(hub.seen.filter(({ path }) => path.includes('large')).reduce((sum, { sent }) => sum + sent, 0)).toBeLessThan(
      large.length,
    )
    expect(readFileSync(join(modelsDir, 'maker--large', 'large-Q8_0.gguf')).equals(large)).toBe(true)
    expect(await client().downloads()).toEqual([])
  })

  test('that waits goes on after a restart', async () => {
    for (const { id, path } of await client().list()) if (path.includes('maker--')) await client().remove({ id })
    await begin()
    await client().download({ reference: 'hf:maker/other' })
    await service.close()
    hub.behavior.bytesPerSecond = null
    service = await serve(join(folder, 'data'))
    while ((await client().downloads()).length > 0) await sleep(20)
    const paths = (await client().list()).map(({ path }) => path)
    for (const name of ['large', 'other'])
      expect(paths).toContain(join(modelsDir, `maker--${name}`, `${name}-Q8_0.gguf`))
  })

  test('that is canceled leaves nothing, whether it runs or not', async () => {
    for (const { id, path } of await client().list()) if (path.includes('maker--')) await client().remove({ id })
    const id = await begin()
    await client().discard({ id })
    expect(existsSync(join(modelsDir, 'maker--large'))).toBe(false)
    const again = await begin()
    await client().pause({ id: again })
    await client().discard({ id: again })
    expect(existsSync(join(modelsDir, 'maker--large'))).toBe(false)
    expect(await client().downloads()).toEqual([])
    await expect(client().discard({ id: again })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('that failed is listed with the reason, and can be tried again', async () => {
    const { jobId } = await client().download({ reference: 'hf:maker/nothing' })
    await service.follow(jobId)
    expect(await client().downloads()).toMatchObject([{ state: 'failed', error: { code: 'NOT_FOUND' } }])
    const { jobId: next } = await client().resume({ id: jobId })
    await service.follow(next)
    expect(await client().downloads()).toMatchObject([{ id: next, state: 'failed' }])
    await client().discard({ id: next })
  })
})

describe('the access token', () => {
  test('is kept for this user only, never told, and opens gated models', async () => {
    hub.behavior.token = 'hf_secret'
    expect(await client().hub()).toEqual({ endpoint: hub.endpoint, token: 'none', keptIn: 'file' })
    await expect(client().fit({ reference: 'hf:maker/small' })).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
    expect(await client().setHubToken({ token: 'hf_secret' })).toMatchObject({ token: 'kept' })
    expect(statSync(join(folder, 'data', 'secrets.json')).mode & 0o077).toBe(0)
    hub.seen.length = 0
    const { jobId } = await client().download({ reference: 'hf:maker/small' })
    await service.follow(jobId)
    expect((await job(jobId)).state).toBe('succeeded')
    const elsewhere = hub.seen.filter(({ host }) => host === hub.cdnHost)
    expect(elsewhere.length).toBeGreaterThan(0)
    expect(elsewhere.every(({ authorization }) => authorization === null)).toBe(true)
    await client().setHubToken({ token: null })
    expect(await client().hub()).toMatchObject({ token: 'none' })
    await expect(client().setHubToken({ token: 'two\nlines' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

test('every request is listed: when, where, what for, how much', async () => {
  const before = (await service.client.system.network())[0]?.id ?? 0
  await client().fit({ reference: 'hf:maker/small' })
  while ((await service.client.system.network()).some(({ endedAt }) => endedAt === null)) await sleep(5)
  const listed = (await service.client.system.network()).filter(({ id }) => id > before)
  expect(listed.length).toBe(hub.seen.length)
  const port = new URL(hub.endpoint).port
  expect(listed.map(({ host, purpose, status }) => [host, purpose, status])).toEqual([
    [`${hub.cdnHost}:${port}`, 'Read the header of a model', 206],
    [`127.0.0.1:${port}`, 'Read the header of a model', 302],
    [`127.0.0.1:${port}`, 'List the files of a model', 200],
  ])
  expect(listed[0]?.receivedBytes).toBeGreaterThanOrEqual(small.length)
  expect(listed.every(({ path }) => !path.includes('?'))).toBe(true)
})

describe('models in the folder of another app', () => {
  test('are used where they lie and never changed', async () => {
    const shared = join(folder, 'shared')
    mkdirSync(join(shared, 'maker', 'model'), { recursive: true })
    const path = join(shared, 'maker', 'model', 'theirs.gguf')
    writeFileSync(path, small)
    writeFileSync(join(shared, 'notes.txt'), 'no model')
    await service.client.system.updateSettings({ modelsFolder: shared })
    const found = (await client().list()).filter((each) => each.shared)
    expect(found.map((each) => each.path)).toEqual([path])
    const id = found[0]?.id ?? ''
    expect((await client().rename({ id, name: 'Theirs' })).name).toBe('Theirs')
    expect((await client().list()).find((each) => each.path === path)).toMatchObject({ name: 'Theirs', shared: true })
    await expect(client().remove({ id })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(readFileSync(path).equals(small)).toBe(true)
    await service.client.system.updateSettings({ modelsFolder: null })
  })
})

test('what a model is made of can be read, and what uses it', async () => {
  const [first] = await client().list()
  const details = await client().info({ id: first?.id ?? '' })
  expect(details.metadata).toContainEqual({ key: 'general.architecture', value: 'qwen2' })
  expect(details.metadata.find(({ key }) => key === 'tokenizer.ggml.tokens')?.value).toMatch(/… \d+ in all\]$/)
  expect(details.uses).toEqual(['It answers your questions.'])
})
