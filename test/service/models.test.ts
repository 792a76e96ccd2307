import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { runCommand } from '../support/app.ts'
import { writeCheckpoint } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'
import { tinyShape, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { startHub } from '../support/hub.ts'
import { serve } from '../support/service.ts'

vi.setConfig({ testTimeout: 120_000 })

const folder = temporaryFolder()
const tokenizer = await tokenizerOf()
const MB = 2 ** 20

function model(name: string, shape = tinyShape): Buffer {
  const path = join(folder, `${name}.gguf`)
  writeRandomModel(path, { tokenizer, shape })
  return readFileSync(path)
}
function checkpoint(): Record<string, Buffer> {
  const dir = join(folder, 'checkpoint')
  writeCheckpoint(dir, tokenizer, { shards: 2 })
  return Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name))]))
}

const large = model('large', { ...tinyShape, embedding: 256, heads: 8, layers: 8, feedForward: 1024 })
const hub = await startHub({
  'maker/small-GGUF': {
    'small-Q4_K_M.gguf': model('q4'),
    'small-Q8_0.gguf': model('q8'),
    'notes.gguf': Buffer.from('no model at all'),
  },
  'maker/large-GGUF': { 'large-Q8_0.gguf': large },
  'maker/checkpoint': checkpoint(),
  'omron-sinicx/DGPO-qwen2.5-0.5b': checkpoint(),
  'Qwen/Qwen2.5-3B-Instruct-GGUF': { 'qwen2.5-3b-Q4_K_M.gguf': model('teacher') },
})
const defaults = { ...hub.behavior }
process.env['HF_ENDPOINT'] = hub.endpoint
process.env['HF_TOKEN'] = ''
afterAll(() => hub.close())
beforeEach(() => {
  Object.assign(hub.behavior, defaults, { failures: [] })
})

let service = await serve(join(folder, 'data'))
const inFolder = (...names: string[]): string => join(folder, 'data', 'models', ...names)

async function download(reference: string) {
  const { jobId } = await service.client.models.download({ reference })
  const events = await service.follow(jobId)
  const brought = events.flatMap(({ event }) => (event.type === 'model' ? [event.model] : []))[0]
  return { jobId, events, model: brought ?? null, job: await service.client.jobs.get({ id: jobId }) }
}

describe('a download', () => {
  test('takes the quantization that is asked for, and a careful one when none is', async () => {
    const asked = await download('hf:maker/small-GGUF:q4_k_m')
    expect(asked.job).toMatchObject({ kind: 'download', state: 'succeeded', error: null })
    expect(asked.model?.path).toBe(inFolder('maker--small-GGUF', 'small-Q4_K_M.gguf'))
    expect((await download('hf:maker/small-GGUF')).model?.path).toContain('small-Q8_0.gguf')
    expect((await service.client.models.list()).map(({ path }) => path)).toContain(asked.model?.path)
    const id = asked.model?.id ?? ''
    expect(await service.client.models.verify({ id })).toMatchObject({ intact: true })
    expect((await service.client.models.info({ id })).source?.reference).toBe('hf:maker/small-GGUF/small-Q4_K_M.gguf')
  })

  test('of a checkpoint ends with a converted model, and the checkpoint is gone', async () => {
    const { model: made } = await download('hf:maker/checkpoint')
    expect(made).toMatchObject({ quantization: 'Q8_0', name: 'checkpoint', error: null })
    expect(existsSync(inFolder('maker--checkpoint'))).toBe(false)
  })

  test.each([
    ['hf:maker/small-GGUF:Q9', 'NOT_FOUND'],
    ['hf:maker/nothing', 'NOT_FOUND'],
    ['hf:maker/small-GGUF/notes.gguf', 'MODEL_NOT_GGUF'],
    ['ftp://somewhere/model.gguf', 'INVALID_INPUT'],
    ['nonsense', 'INVALID_INPUT'],
  ])('of %s fails with %s and leaves nothing', async (reference, code) => {
    const { job } = await download(reference)
    expect(job).toMatchObject({ state: 'failed', error: { code } })
    expect(readdirSync(inFolder('maker--small-GGUF')).filter((name) => /notes|part/.test(name))).toEqual([])
  })

  test('is made once, however often it is asked for, goes on after a restart, and can be removed', async () => {
    hub.behavior.bytesPerSecond = 6 * MB
    const [one, two] = await Promise.all(
      [1, 2].map(() => service.client.models.download({ reference: 'hf:maker/large-GGUF' })),
    )
    expect(two?.jobId).toBe(one?.jobId)
    const id = one?.jobId ?? ''
    while (((await service.client.jobs.get({ id })).progress?.done ?? 0) < MB) await sleep(10)
    await service.close()
    hub.behavior.bytesPerSecond = null
    hub.seen.length = 0
    service = await serve(join(folder, 'data'))
    expect((await service.client.jobs.get({ id })).state).toBe('interrupted')
    const next = (await service.client.jobs.list()).find((job) => job.kind === 'download' && job.id !== id)
    const events = await service.follow(next?.id ?? '')
    expect(await service.client.jobs.get({ id: next?.id ?? '' })).toMatchObject({ state: 'succeeded' })
    expect(hub.seen.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThan(large.length)
    const brought = events.flatMap(({ event }) => (event.type === 'model' ? [event.model] : []))[0]
    expect(readFileSync(brought?.path ?? '').equals(large)).toBe(true)
    await service.client.models.remove({ id: brought?.id ?? '' })
    expect(existsSync(inFolder('maker--large-GGUF'))).toBe(false)
  })
})

test.each([
  ['answers, though its teacher was here first', false],
  ['leaves a model that a person chose', true],
])('the student of a set %s', async (_, chosen) => {
  const { client, follow } = await serve(join(folder, `set-${chosen}`))
  const bring = async (reference: string) => {
    const events = await follow((await client.models.download({ reference })).jobId)
    return events.flatMap(({ event }) => (event.type === 'model' ? [event.model.id] : []))[0] ?? ''
  }
  const teacher = await bring('hf:Qwen/Qwen2.5-3B-Instruct-GGUF:Q4_K_M')
  if (chosen) await client.system.updateSettings({ modelId: teacher })
  const student = await bring('hf:omron-sinicx/DGPO-qwen2.5-0.5b')
  expect((await client.system.settings()).modelId).toBe(chosen ? teacher : student)
})

describe('whether a model fits', () => {
  test('is told from its header, before anything is fetched', async () => {
    const fit = await service.client.models.fit({ reference: 'hf:maker/small-GGUF:Q8_0' })
    const { layers, keyValueHeads, headSize, contextLength } = tinyShape
    expect(fit).toMatchObject({
      verdict: 'good',
      contextLength,
      contextBytes: 2 * 2 * 2 * layers * keyValueHeads * headSize * contextLength,
    })
    expect(fit.files[0]?.sha256).toHaveLength(64)
    expect((await service.client.models.fit({ reference: 'hf:maker/checkpoint' })).format).toBe('checkpoint')
    expect((await service.client.models.fit({ reference: join(folder, 'checkpoint') })).downloadBytes).toBe(0)
  })
})

test('the sets of the catalogue share a tokenizer, and every reference can be read', async () => {
  const { models, sets } = await service.client.models.catalogue()
  expect(sets.map(({ id }) => id)).toEqual(['small-laptop', 'gaming-pc', 'workstation'])
  const { parseReference } = await import('../../src-main/models/download/reference.ts')
  for (const { reference } of models) expect(parseReference(reference).kind).toBe('hub')
  const find = (id: string) => models.find((each) => each.id === id)
  for (const { student, teacher, embedder } of sets) {
    expect(find(teacher)?.tokenizer).toBe(find(student)?.tokenizer)
    expect([find(student)?.role, find(teacher)?.role, find(embedder)?.role]).toEqual([
      expect.stringMatching(/^(search-agent|student)$/),
      'teacher',
      'embedder',
    ])
  }
})

describe('lagotto models', () => {
  const dataDir = join(folder, 'terminal')
  const lagotto = (...args: string[]) => runCommand(['models', ...args, '--data-dir', dataDir])

  test('fetches, shows, verifies and removes a model', async () => {
    const fetched = await lagotto('download', 'hf:maker/small-GGUF:Q8_0', '--json')
    expect(fetched).toMatchObject({ code: 0, stderr: '' })
    const { id, path } = (fetched.json() as { model: { id: string; path: string } }).model
    expect((await lagotto('list', '--json')).json()).toMatchObject({
      models: expect.arrayContaining([expect.objectContaining({ id, path })]),
    })
    expect((await lagotto('info', id, '--json')).json()).toMatchObject({ model: { id }, tokenizer: 'gpt2 (gpt-2)' })
    expect((await lagotto('info', id)).stdout).toContain('hf:maker/small-GGUF/small-Q8_0.gguf')
    expect((await lagotto('verify', id)).stdout).toContain('intact')
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(1, bytes.length - 4))
    expect(await lagotto('verify', id, '--json')).toMatchObject({ code: 1 })
    const removed = await lagotto('remove', id, '--json')
    expect({ code: removed.code, result: removed.json() }).toMatchObject({ code: 0, result: { removed: { id } } })
    expect(existsSync(path)).toBe(false)
  })

  test('converts a checkpoint and tells whether it fits', async () => {
    const made = await lagotto('import', join(folder, 'checkpoint'), '--type', 'bf16', '--json')
    expect(made.json()).toMatchObject({ model: { quantization: 'BF16', error: null } })
    const fit = await lagotto('fit', 'hf:maker/small-GGUF:Q8_0')
    expect(fit).toMatchObject({ code: 0, stderr: '' })
    expect(fit.stdout).toContain('it runs well on this computer')
    const far = await lagotto('fit', 'hf:maker/small-GGUF:Q8_0', '--json')
    expect(far.json()).toMatchObject({ verdict: 'good', format: 'gguf' })
    const own = join(folder, 'own')
    mkdirSync(own)
    expect(await lagotto('import', own)).toMatchObject({ code: 1 })
    expect((await lagotto('download', 'hf:maker/nothing')).stderr).toContain('no such model')
  })
})
