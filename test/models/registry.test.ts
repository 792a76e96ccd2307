import {
  chmodSync,
  copyFileSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  createModelRegistry,
  hashFile,
  inspectModel,
  modelFingerprint,
  verifyModel,
  writeSource,
} from '../../src-main/models/index.ts'
import { modelStore, openStore } from '../../src-main/store/index.ts'
import { root } from '../support/data.ts'
import { temporaryFolder } from '../support/folder.ts'
import { embeddingMetadata, rerankerParts, text, tokenizerOf, writeGguf, writeRandomModel } from '../support/gguf.ts'
import { cannotRun } from '../support/skip.ts'

const folder = temporaryFolder()
const bundledDir = join(root, 'resources/models')
const at = (name: string): string => join(folder, name)
let tokenizer: Awaited<ReturnType<typeof tokenizerOf>>

beforeAll(async () => {
  tokenizer = await tokenizerOf()
})

describe('inspectModel', () => {
  test('reads what a model is', async () => {
    writeRandomModel(at('chat.gguf'), { tokenizer, metadata: { 'lagotto.prompt': text('question-only') } })
    expect(await inspectModel(at('chat.gguf'))).toMatchObject({
      name: 'random',
      role: 'chat',
      architecture: 'qwen2',
      quantization: 'F32',
      contextLength: 512,
      prompt: 'question-only',
      error: null,
    })
  })

  test('tells embedding and reranking models by their pooling', async () => {
    writeRandomModel(at('embedding.gguf'), { tokenizer, metadata: embeddingMetadata })
    writeRandomModel(at('reranking.gguf'), { tokenizer, ...rerankerParts })
    expect((await inspectModel(at('embedding.gguf'))).role).toBe('embedding')
    expect((await inspectModel(at('reranking.gguf'))).role).toBe('reranking')
  })

  test('says that a chat template is missing', async () => {
    const { 'tokenizer.chat_template': _, ...bare } = tokenizer
    writeRandomModel(at('base.gguf'), { tokenizer: bare })
    expect((await inspectModel(at('base.gguf'))).error?.code).toBe('MODEL_NO_CHAT_TEMPLATE')
  })

  test('refuses what is not there or not a model', async () => {
    writeFileSync(at('page.gguf'), '<!doctype html><title>Sign in</title>')
    writeFileSync(at('empty.gguf'), '')
    mkdirSync(at('folder.gguf'))
    await expect(inspectModel(at('missing.gguf'))).rejects.toMatchObject({ code: 'MODEL_MISSING' })
    for (const name of ['page.gguf', 'empty.gguf', 'folder.gguf']) {
      await expect(inspectModel(at(name))).rejects.toMatchObject({ code: 'MODEL_NOT_GGUF' })
    }
  })

  test('refuses a file whose end is missing, wherever it was cut', async () => {
    const path = at('cut.gguf')
    copyFileSync(join(bundledDir, 'micro-student.gguf'), path)
    for (const size of [3_000_000, 50_000, 2000, 40, 24, 10, 8, 4]) {
      truncateSync(path, size)
      await expect(inspectModel(path)).rejects.toMatchObject({ code: 'MODEL_TRUNCATED' })
    }
  })

  test('reads all parts of a split model, and says which is missing or cut', async () => {
    const [first, second] = [1, 2].map((n) => at(`parts-0000${n}-of-00002.gguf`)) as [string, string]
    const tensors = [{ name: 'extra.weight', dimensions: [64, 64], type: 'F32', fill: 'zeros' }] as const
    writeRandomModel(at('whole.gguf'), { tokenizer })
    writeRandomModel(first, { tokenizer })
    writeGguf(second, { metadata: { 'general.architecture': text('qwen2') }, tensors })
    const whole = await inspectModel(at('whole.gguf'))
    expect(await inspectModel(first)).toMatchObject({
      parameters: whole.parameters + 64 * 64,
      sizeBytes: whole.sizeBytes + statSync(second).size,
    })
    truncateSync(second, 9000)
    await expect(inspectModel(first)).rejects.toMatchObject({
      code: 'MODEL_TRUNCATED',
      message: expect.stringContaining(second),
    })
    rmSync(second)
    await expect(inspectModel(first)).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      message: expect.stringContaining(second),
    })
  })

  test('tells a version of the format that is out of use from a damaged file', async () => {
    writeFileSync(at('old.gguf'), Buffer.from([...Buffer.from('GGUF'), 1, 0, 0, 0, ...Array(64).fill(0)]))
    await expect(inspectModel(at('old.gguf'))).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' })
  })

  test('says when a model is too large for this computer', async () => {
    const path = at('huge.gguf')
    const side = Math.ceil(Math.sqrt(totalmem() / 4) / 32) * 32
    writeGguf(path, {
      metadata: { 'general.architecture': text('qwen2'), 'tokenizer.chat_template': text('{{ messages }}') },
      tensors: [{ name: 'x', dimensions: [1], type: 'F32', fill: 'zeros' }],
    })
    const file = openSync(path, 'r+')
    ftruncateSync(file, side * side * 4)
    const facts = await inspectModel(path)
    truncateSync(path, 0)
    expect(facts.error?.code).toBe('MODEL_TOO_LARGE')
  })

  test.skipIf(cannotRun(process.getuid?.() === 0, 'root may read anything'))(
    'refuses a file that may not be read',
    async () => {
      writeRandomModel(at('secret.gguf'), { tokenizer })
      chmodSync(at('secret.gguf'), 0)
      await expect(inspectModel(at('secret.gguf'))).rejects.toMatchObject({ code: 'PATH_UNREADABLE' })
    },
  )

  test('tells files by their content', async () => {
    writeRandomModel(at('one.gguf'), { tokenizer, seed: 1 })
    writeRandomModel(at('two.gguf'), { tokenizer, seed: 2 })
    copyFileSync(at('one.gguf'), at('one-again.gguf'))
    expect(await modelFingerprint(at('one.gguf'))).toBe(await modelFingerprint(at('one-again.gguf')))
    expect(await modelFingerprint(at('one.gguf'))).not.toBe(await modelFingerprint(at('two.gguf')))
  })
})

describe('createModelRegistry', () => {
  const store = openStore(join(folder, 'data'))
  const registry = createModelRegistry(bundledDir, modelStore(store))

  test('knows the bundled models and what they are for', async () => {
    const [micro] = await registry.list()
    expect(micro).toMatchObject({
      id: 'lagotto-micro',
      bundled: true,
      role: 'chat',
      prompt: 'question-only',
      error: null,
    })
    expect(micro?.note).toContain('sample library')
    await expect(registry.remove('lagotto-micro')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('adds, prefers, changes and forgets a person’s model', async () => {
    writeRandomModel(at('mine.gguf'), { tokenizer })
    const added = await registry.add(at('mine.gguf'))
    expect(added).toMatchObject({ bundled: false, prompt: 'search-r1' })
    expect((await registry.add(at('mine.gguf'))).id).toBe(added.id)
    expect((await registry.firstUsable('chat'))?.id).toBe(added.id)
    expect((await registry.setPrompt(added.id, 'question-only')).prompt).toBe('question-only')
    await registry.remove(added.id)
    await expect(registry.get(added.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('keeps a model in the list whose file is gone, and says so', async () => {
    writeRandomModel(at('gone.gguf'), { tokenizer })
    const { id } = await registry.add(at('gone.gguf'))
    rmSync(at('gone.gguf'))
    expect((await registry.get(id)).error?.code).toBe('MODEL_MISSING')
    expect((await registry.firstUsable('chat'))?.id).not.toBe(id)
    await registry.remove(id)
  })

  test('does not add what cannot be used', async () => {
    const { 'tokenizer.chat_template': _, ...bare } = tokenizer
    writeRandomModel(at('no-template.gguf'), { tokenizer: bare })
    await expect(registry.add(at('no-template.gguf'))).rejects.toMatchObject({ code: 'MODEL_NO_CHAT_TEMPLATE' })
    expect((await registry.list()).every(({ bundled }) => bundled)).toBe(true)
  })
})

describe('verifyModel', () => {
  test('compares every part of a model that is split', async () => {
    const parts = ['split-00001-of-00002.gguf', 'split-00002-of-00002.gguf']
    for (const [i, name] of parts.entries()) writeFileSync(at(name), `part ${i}`)
    const [first = '', second = ''] = parts.map(at)
    const hashes = await Promise.all([first, second].map((path) => hashFile(path)))
    await writeSource(first, {
      reference: 'hf:maker/split',
      sha256: hashes[0] ?? null,
      parts: parts.map((name, i) => ({ name, sha256: hashes[i] ?? null })),
      fetchedAt: 0,
    })
    expect(await verifyModel(first)).toMatchObject({ intact: true, files: [{ name: parts[0] }, { name: parts[1] }] })
    writeFileSync(second, 'part x')
    expect((await verifyModel(first)).intact).toBe(false)
    const { rmSync } = await import('node:fs')
    rmSync(second)
    await expect(verifyModel(first)).rejects.toMatchObject({ code: 'MODEL_MISSING' })
  })
})
