import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { runCommand } from '../support/app.ts'
import { root } from '../support/data.ts'
import { relativeError, testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { tinyShape, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { centered, llamaLogProbabilities } from '../support/llama.ts'
import { startOpenAi } from '../support/openai.ts'
import { writePeft } from '../support/peft.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const folder = temporaryFolder()
const at = (name: string): string => join(folder, name)
const sizes = { embedding: 64, heads: 4, keyValueHeads: 2, headSize: 16, feedForward: 96, layers: 2 }
const models = (...args: string[]) => runCommand(['models', ...args, '--data-dir', at('data'), '--json'])

describe.skipIf(testEngine() === null)('lagotto models import and export', () => {
  const tokens = Array.from({ length: 24 }, (_, i) => (i * 389 + 17) % 1500)
  const logits = async (path: string, adapter?: string) =>
    centered((await llamaLogProbabilities(path, tokens, [23], adapter))[0] ?? [])
  const error = (result: Awaited<ReturnType<typeof models>>) =>
    (result.json() as { error?: { code: string } }).error?.code
  let adapter = ''

  beforeAll(async () => {
    const shape = { ...tinyShape, ...sizes, architecture: 'qwen2' as const, weights: 'F32' as const }
    writeRandomModel(at('base.gguf'), { tokenizer: await tokenizerOf(), shape, deviation: 0.15 })
    writePeft(at('peft'), sizes)
    expect(await models('add', at('base.gguf'))).toMatchObject({ code: 0 })
    const imported = await models('import', at('peft'), '--base', at('base.gguf'))
    expect(imported.code).toBe(0)
    adapter = (imported.json() as { adapter: string }).adapter
  })

  test('an adapter travels to PEFT as it came from there', async () => {
    const result = await models('export', at('base.gguf'), '--adapter', adapter, '--to', at('back'))
    expect({ code: result.code, path: result.json() }).toEqual({ code: 0, path: { path: at('back') } })
    const config = JSON.parse(readFileSync(at('back/adapter_config.json'), 'utf8'))
    expect(config).toMatchObject({ peft_type: 'LORA', r: 4, lora_alpha: 8 })
    expect(readFileSync(at('back/adapter_model.safetensors')).length).toBeGreaterThan(10_000)
  })

  test('a model with the adapter merged into it says what both said together', async () => {
    const merged = await models(
      'export',
      at('base.gguf'),
      '--adapter',
      adapter,
      '--to',
      at('merged.gguf'),
      '--type',
      'F32',
    )
    expect(merged.code).toBe(0)
    const together = await logits(at('base.gguf'), adapter)
    expect(relativeError(await logits(at('merged.gguf')), together)).toBeLessThan(1e-4)
    expect(relativeError(await logits(at('base.gguf')), together)).toBeGreaterThan(0.01)
    expect((await models('add', at('merged.gguf'))).json()).toMatchObject({ model: { role: 'chat', error: null } })
  })

  test('a model alone is written smaller', async () => {
    expect(await models('export', at('base.gguf'), '--to', at('small.gguf'), '--type', 'q8_0')).toMatchObject({
      code: 0,
    })
    expect(readFileSync(at('small.gguf')).length).toBeLessThan(0.8 * readFileSync(at('base.gguf')).length)
    expect(relativeError(await logits(at('small.gguf')), await logits(at('base.gguf')))).toBeLessThan(0.05)
  })

  test('what cannot be is refused, and nothing is left behind', async () => {
    const base = at('base.gguf')
    expect(await models('export', base)).toMatchObject({ code: 2 })
    expect(await models('export', base, '--to', at('folder'))).toMatchObject({ code: 2 })
    expect(error(await models('export', base, '--to', base))).toBe('INVALID_INPUT')
    const none = join(root, 'package.json')
    expect(error(await models('export', base, '--adapter', none, '--to', at('x.gguf')))).toBe('MODEL_NOT_GGUF')
    expect(error(await models('import', at('peft'), '--base', join(root, 'resources/models/micro-teacher.gguf')))).toBe(
      'ADAPTER_MISMATCH',
    )
    expect([existsSync(at('x.gguf')), existsSync(at('folder'))]).toEqual([false, false])
  })
})

describe('lagotto models connect', () => {
  let server: Awaited<ReturnType<typeof startOpenAi>>
  beforeAll(async () => {
    server = await startOpenAi(join(root, 'resources/models/micro-teacher.gguf'))
  })
  afterAll(() => server.close())
  const connect = (...args: string[]) =>
    runCommand(['models', 'connect', server.url, ...args, '--data-dir', at('data'), '--json'], {
      LAGOTTO_SERVER_KEY: 'secret',
    })

  test('lists what a server has, adds a model of it, and asks it', async () => {
    server.behavior.key = 'secret'
    expect((await connect()).json()).toEqual({ url: server.url, models: ['micro'] })
    const added = await connect('--model', 'micro', '--name', 'Big')
    expect(added.json()).toMatchObject({ model: { id: 'remote:Big', remote: { host: server.host } } })
    const list = await runCommand(['models', 'list', '--data-dir', at('data')])
    expect(list.stdout).toContain(`micro on ${server.host} (this computer)`)
    const ask = await runCommand(['ask', '--sample', '--model', 'remote:Big', '--data-dir', at('data'), '--json'])
    expect(ask.code).toBeLessThan(2)
    expect(ask.json()).toMatchObject({ model: { id: 'remote:Big', name: 'Big' } })
    const used = server.seen.filter(({ path }) => path === '/v1/completions')
    expect(used.length).toBeGreaterThan(0)
    expect(used.every(({ authorization }) => authorization === 'Bearer secret')).toBe(true)
    expect(await models('remove', 'remote:Big')).toMatchObject({ code: 0 })
    const gone = await runCommand(['ask', '--sample', '--model', 'remote:Big', '--data-dir', at('data'), '--json'])
    expect(gone.json()).toMatchObject({ error: { code: 'NOT_FOUND' } })
  })

  test('says what is wrong with a server', async () => {
    server.behavior.key = 'another'
    expect((await connect()).json()).toMatchObject({ error: { code: 'ACCESS_DENIED' } })
    const nobody = await runCommand(['models', 'connect', 'http://127.0.0.1:1', '--data-dir', at('data'), '--json'])
    expect(nobody.json()).toMatchObject({ error: { code: 'REMOTE_FAILED' } })
    expect(await models('connect')).toMatchObject({ code: 2 })
  })
})
