import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { greedy } from '../../src-main/contract/index.ts'
import { type ChatModel, loadChatModel } from '../../src-main/inference/index.ts'
import type { Engine } from '../../src-main/training/index.ts'
import { root } from '../support/data.ts'
import { testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type ModelShape, tinyShape, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { shake, withTrainer } from '../support/micro.ts'

const engine = testEngine()
const folder = temporaryFolder()
const micro = join(root, 'resources/models/micro-teacher.gguf')
const options = { prompt: 'question-only' as const, contextLength: 512, slots: 2, gpu: 'off' as const, threads: null }

/** An adapter that was moved away from zero at random, so that it makes a difference. */
async function writeAdapter(training: Engine, model: string, path: string, seed: number, rank = 2): Promise<string> {
  const base = await training.loadModel({ path: model }, { threads: 1 })
  await withTrainer(base, { rank, alpha: 2 * rank }, async (trainer) => {
    await shake(trainer, 0.4, seed)
    await trainer.exportAdapter(path, { name: 'test', base: 'micro', origin: 'test/inference' })
  })
  await base.dispose()
  return path
}

async function writeModel(name: string, shape: Partial<ModelShape>): Promise<string> {
  const path = join(folder, name)
  writeRandomModel(path, { tokenizer: await tokenizerOf(), shape: { ...tinyShape, ...shape } })
  return path
}

async function says(model: ChatModel): Promise<string> {
  const context = model.chatPrompt('Question: Who founded Pathel Guild?')
  const slot = await model.acquire(context)
  try {
    return (await slot.generate({ context, maxTokens: 12, sampling: greedy, stop: { marks: [], ends: () => false } }))
      .text
  } finally {
    slot.release()
  }
}

describe.skipIf(!engine)('a chat model with an adapter', () => {
  if (!engine) return
  const adapter = join(folder, 'adapter.gguf')
  const copy = join(folder, 'model.gguf')
  let plain: string
  let model: ChatModel

  beforeAll(async () => {
    writeFileSync(copy, readFileSync(micro))
    await writeAdapter(engine, micro, adapter, 1)
    model = await loadChatModel({ ...options, path: copy })
    plain = await says(model)
  })
  afterAll(() => model.dispose())

  test('speaks as it was taught, and as before without it, on weights that stay loaded', async () => {
    renameSync(copy, `${copy}.gone`)
    await model.setAdapter(adapter)
    expect(model.adapter).toBe(adapter)
    const taught = await says(model)
    expect(taught).not.toBe(plain)
    const fresh = await loadChatModel({ ...options, path: micro, adapter })
    expect(await says(fresh)).toBe(taught)
    await fresh.dispose()
    await model.setAdapter(null)
    expect(await says(model)).toBe(plain)
  })

  test('reads a file again that was written anew', async () => {
    const changing = join(folder, 'changing.gguf')
    await writeAdapter(engine, micro, changing, 1)
    await model.setAdapter(changing)
    const before = await says(model)
    await writeAdapter(engine, micro, changing, 2)
    await model.setAdapter(changing)
    expect(await says(model)).not.toBe(before)
    await model.setAdapter(null)
  })

  test('frees the adapters that it no longer uses', async () => {
    const large = await writeAdapter(engine, micro, join(folder, 'large.gguf'), 1, 320)
    const size = statSync(large).size
    const load = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i++) await model.setAdapter(large)
      return process.memoryUsage().rss
    }
    // The first ones also fill what the allocators keep for later; those that stayed would all be in the difference.
    const before = await load(6)
    expect((await load(24)) - before).toBeLessThan(12 * size)
    await model.setAdapter(null)
  })

  test('keeps what it has when told to use one that does not fit', async () => {
    const strangers = [
      await writeAdapter(engine, await writeModel('narrow.gguf', {}), join(folder, 'narrow-a.gguf'), 1),
      await writeAdapter(engine, await writeModel('llama.gguf', { architecture: 'llama' }), join(folder, 'l.gguf'), 1),
    ]
    await model.setAdapter(adapter)
    const taught = await says(model)
    for (const path of strangers) {
      await expect(model.setAdapter(path)).rejects.toMatchObject({ code: 'ADAPTER_MISMATCH' })
    }
    await expect(model.setAdapter(join(folder, 'nowhere.gguf'))).rejects.toMatchObject({ code: 'ADAPTER_MISSING' })
    await expect(model.setAdapter(micro)).rejects.toMatchObject({ code: 'ADAPTER_DAMAGED' })
    expect(await says(model)).toBe(taught)
    await model.setAdapter(null)
  })

  test('is not loaded with one that is cut or damaged', async () => {
    const whole = readFileSync(adapter)
    const broken = join(folder, 'broken.gguf')
    for (const length of [0, 3, 20, 300, Math.floor(whole.length / 2), whole.length - 100]) {
      writeFileSync(broken, whole.subarray(0, length))
      await expect(loadChatModel({ ...options, path: micro, adapter: broken })).rejects.toMatchObject({
        code: 'ADAPTER_DAMAGED',
      })
    }
  })
})
