import { mkdirSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exportAdapter } from '../../../src-main/models/adapter/export-adapter.ts'
import { importAdapter } from '../../../src-main/models/adapter/import-adapter.ts'
import { readSafetensors } from '../../../src-main/models/import/safetensors.ts'
import { relativeError, testEngine } from '../../support/engine.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { tinyShape, tokenizerOf, writeRandomModel } from '../../support/gguf.ts'
import { centered, llamaLogProbabilities } from '../../support/llama.ts'
import { writePeft } from '../../support/peft.ts'

const folder = temporaryFolder()
const tokenizer = await tokenizerOf()
const at = (name: string): string => join(folder, name)
const sizes = { embedding: 64, heads: 4, keyValueHeads: 2, headSize: 16, feedForward: 96, layers: 2 }
function base(family: 'qwen2' | 'llama' | 'qwen3'): string {
  const path = at(`${family}.gguf`)
  writeRandomModel(path, { tokenizer, shape: { ...tinyShape, ...sizes, architecture: family }, deviation: 0.15 })
  return path
}

/** The weights of an adapter by tensor. */
async function contentOf(dir: string): Promise<Map<string, string>> {
  const path = join(dir, 'adapter_model.safetensors')
  const bytes = readFileSync(path)
  const tensors = [...(await readSafetensors(path))].sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(
    tensors.map(([name, t]) => [name, `${t.shape} ${bytes.subarray(t.offset, t.offset + t.bytes).toString('hex')}`]),
  )
}

const tokens = Array.from({ length: 24 }, (_, i) => (i * 389 + 17) % 1500)
const rows = [0, 9, 23]
const engine = testEngine()

describe.each(['qwen2', 'llama', 'qwen3'] as const)('a PEFT adapter for %s', (family) => {
  test('comes back from a journey to llama.cpp bit for bit', async () => {
    const [dir, back, model] = [at(`${family}-peft`), at(`${family}-back`), base(family)]
    writePeft(dir, sizes, { ranks: { o_proj: 8 }, config: { rank_pattern: { o_proj: 8 } } })
    await importAdapter(dir, model, at(`${family}-adapter.gguf`))
    await exportAdapter(at(`${family}-adapter.gguf`), model, back, 'maker/model')
    expect(await contentOf(back)).toEqual(await contentOf(dir))
    const config = JSON.parse(readFileSync(join(back, 'adapter_config.json'), 'utf8'))
    expect(config).toMatchObject({ peft_type: 'LORA', lora_alpha: 8, base_model_name_or_path: 'maker/model' })
    await importAdapter(back, model, at(`${family}-again.gguf`))
    const about = (path: string): Buffer => readFileSync(path).subarray(-10_000)
    expect(about(at(`${family}-again.gguf`)).equals(about(at(`${family}-adapter.gguf`)))).toBe(true)
  })

  test.skipIf(!engine)('changes llama.cpp’s logits as it changes the engine’s', async () => {
    if (!engine) return
    const [dir, adapter, model] = [at(`${family}-even`), at(`${family}-even.gguf`), base(family)]
    writePeft(dir, sizes)
    await importAdapter(dir, model, adapter)
    const { rank, alpha, matrices } = await engine.inspectAdapter(adapter)
    const loaded = await engine.loadModel({ path: model }, { threads: 1 })
    const trainer = await loaded.createTrainer({ rank, alpha, matrices })
    await trainer.importAdapter(adapter)
    const [scores] = await loaded.score([{ tokens, rows }], { logits: true, trainer })
    const expected = await llamaLogProbabilities(model, tokens, rows, adapter)
    const plain = await llamaLogProbabilities(model, tokens, rows)
    const vocabulary = loaded.architecture.vocabulary
    for (const [i, reference] of expected.entries()) {
      const row = scores?.logits.slice(i * vocabulary, (i + 1) * vocabulary) ?? []
      expect(relativeError(centered(row), centered(reference))).toBeLessThan(1e-4)
      expect(relativeError(centered(plain[i] ?? []), centered(reference))).toBeGreaterThan(1e-2)
    }
    await trainer.dispose()
    await loaded.dispose()
  })
})

test('scales as PEFT does: alpha by module, and by the root of the rank', async () => {
  const model = base('qwen2')
  const scaleOf = async (name: string, config: object): Promise<number> => {
    const tensors = writePeft(at(name), sizes, { config })
    await importAdapter(at(name), model, at(`${name}.gguf`))
    await exportAdapter(at(`${name}.gguf`), model, at(`${name}-back`), '')
    const { lora_alpha, r } = JSON.parse(readFileSync(join(at(`${name}-back`), 'adapter_config.json'), 'utf8'))
    const wanted = 'base_model.model.model.layers.1.mlp.up_proj.lora_B.weight'
    const before = tensors.find(({ name: own }) => own === wanted)?.bytes.readFloatLE(0) ?? 0
    const path = join(at(`${name}-back`), 'adapter_model.safetensors')
    const after = readFileSync(path).readFloatLE((await readSafetensors(path)).get(wanted)?.offset ?? 0)
    return (after / before) * (lora_alpha / r)
  }
  expect(await scaleOf('plain', {})).toBeCloseTo(2, 5)
  expect(await scaleOf('root', { use_rslora: true })).toBeCloseTo(4, 5)
  expect(await scaleOf('pattern', { alpha_pattern: { up_proj: 20 } })).toBeCloseTo(5, 5)
})

describe('what cannot be imported', () => {
  const broken: [string, string, (dir: string) => void][] = [
    ['another kind of adapter', 'MODEL_UNSUPPORTED', (dir) => writePeft(dir, sizes, { config: { peft_type: 'IA3' } })],
    ['DoRA', 'MODEL_UNSUPPORTED', (dir) => writePeft(dir, sizes, { config: { use_dora: true } })],
    [
      'whole modules',
      'MODEL_UNSUPPORTED',
      (dir) => writePeft(dir, sizes, { config: { modules_to_save: ['lm_head'] } }),
    ],
    ['half a config', 'CHECKPOINT_DAMAGED', (dir) => truncateSync(join(dir, 'adapter_config.json'), 20)],
    ['half the weights', 'CHECKPOINT_DAMAGED', (dir) => truncateSync(join(dir, 'adapter_model.safetensors'), 9000)],
  ]
  test.each(broken)('%s: %s', async (name, code, spoil) => {
    const dir = at(`broken ${name}`)
    writePeft(dir, sizes)
    spoil(dir)
    const out = at('broken-out')
    await expect(importAdapter(dir, base('qwen2'), join(out, 'a.gguf'))).rejects.toMatchObject({ code })
    mkdirSync(out, { recursive: true })
    expect(readdirSync(out)).toEqual([])
  })

  test('an adapter of another model', async () => {
    const dir = at('other')
    writePeft(dir, sizes)
    const small = at('small.gguf')
    writeRandomModel(small, { tokenizer })
    await expect(importAdapter(dir, small, at('o.gguf'))).rejects.toMatchObject({ code: 'ADAPTER_MISMATCH' })
  })
})
