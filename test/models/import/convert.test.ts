import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Token } from 'node-llama-cpp'
import { describe, expect, test } from 'vitest'
import { llamaRuntime } from '../../../src-main/inference/runtime.ts'
import { convertCheckpoint } from '../../../src-main/models/import/convert.ts'
import { importCheckpoint } from '../../../src-main/models/import/import-checkpoint.ts'
import { inspectModel } from '../../../src-main/models/index.ts'
import { type CheckpointShape, tinyCheckpoint, writeCheckpoint } from '../../support/checkpoint.ts'
import { root } from '../../support/data.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { tokenizerOf } from '../../support/gguf.ts'

const folder = temporaryFolder()
const tokenizer = await tokenizerOf()
const llama = await llamaRuntime('off')
const prompt = 'Who founded the Pathel Guild, and when did it move?'
let counter = 0

/** The probabilities that a model gives to the most likely next tokens after the prompt. */
async function nextTokens(modelPath: string): Promise<Map<Token, number>> {
  const model = await llama.loadModel({ modelPath })
  const context = await model.createContext({ contextSize: 256, threads: 1 })
  const sequence = context.getSequence()
  const tokens = model.tokenize(prompt)
  const last = tokens.length - 1
  const found = await sequence.controlledEvaluate(
    tokens.map((token, i) => (i === last ? [token, { generateNext: { probabilities: true } }] : token)),
  )
  const probabilities = found[last]?.next.probabilities
  await model.dispose()
  if (!probabilities) throw new Error('no probabilities')
  return probabilities
}

async function converted(
  options: Parameters<typeof writeCheckpoint>[2] = {},
  type: Parameters<typeof convertCheckpoint>[2] = 'F16',
): Promise<string> {
  const dir = join(folder, `checkpoint-${++counter}`)
  writeCheckpoint(dir, tokenizer, options)
  const path = `${dir}.gguf`
  await convertCheckpoint(dir, path, type)
  return path
}

function expectClose(a: Map<Token, number>, b: Map<Token, number>, tolerance: number): void {
  expect([...a.keys()][0]).toBe([...b.keys()][0])
  for (const [token, p] of [...a].slice(0, 20)) expect(Math.abs((b.get(token) ?? 0) - p)).toBeLessThan(tolerance)
}

const shape = (family: CheckpointShape['family'], more: Partial<CheckpointShape> = {}): CheckpointShape => ({
  ...tinyCheckpoint,
  ...more,
  family,
})

describe('a converted checkpoint', () => {
  test.each(['qwen2', 'llama', 'qwen3'] as const)('of the family %s runs in llama.cpp', async (family) => {
    const path = await converted({ shape: shape(family), biases: family === 'qwen2' ? 'random' : 'none' })
    expect(await inspectModel(path)).toMatchObject({ architecture: family, quantization: 'F16', error: null })
    const probabilities = [...(await nextTokens(path)).values()]
    expect(probabilities.every((p) => p >= 0 && p <= 1)).toBe(true)
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 3)
  })

  test('of llama turns its heads as one of qwen2 with the same weights does', async () => {
    const llamaPath = await converted({ shape: shape('llama'), biases: 'none' })
    const qwen = await converted({ shape: shape('qwen2'), biases: 'none' })
    expectClose(await nextTokens(llamaPath), await nextTokens(qwen), 1e-5)
  })

  test('says the same from F32, F16, BF16, from one file or several, and nearly so in Q8_0', async () => {
    const reference = await nextTokens(await converted({ shape: shape('qwen2', { tied: false }) }))
    const same = { shape: shape('qwen2', { tied: false }) }
    expectClose(reference, await nextTokens(await converted({ ...same, shards: 3 })), 1e-6)
    expectClose(reference, await nextTokens(await converted({ ...same, dtype: 'F16' })), 1e-3)
    const bfloat = await nextTokens(await converted({ ...same, dtype: 'BF16' }, 'BF16'))
    expectClose(bfloat, await nextTokens(await converted({ ...same, dtype: 'BF16' })), 5e-3)
    const q8 = await nextTokens(await converted(same, 'Q8_0'))
    for (const [token, p] of [...reference].slice(0, 5)) expect(Math.abs((q8.get(token) ?? 0) - p)).toBeLessThan(0.05)
  })

  test('keeps a stretched context of Llama 3', async () => {
    const rope_scaling = {
      rope_type: 'llama3',
      factor: 32,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 64,
    }
    const stretched = await nextTokens(
      await converted({ shape: shape('llama'), biases: 'none', config: { rope_scaling } }),
    )
    const plain = await nextTokens(await converted({ shape: shape('llama'), biases: 'none' }))
    expect([...stretched.values()][0]).not.toBeCloseTo([...plain.values()][0] ?? 0, 6)
  })

  test('keeps the tokenizer, the special tokens and the chat template', async () => {
    const { readGgufFileInfo } = await import('node-llama-cpp')
    const { metadata } = await readGgufFileInfo(await converted(), { sourceType: 'filesystem', logWarnings: false })
    const made = metadata.tokenizer as unknown as { chat_template: string; ggml: Record<string, unknown> }
    for (const key of ['tokens', 'token_type', 'merges', 'eos_token_id', 'add_bos_token', 'pre'])
      expect(made.ggml[key], key).toEqual(tokenizer[`tokenizer.ggml.${key}`]?.value)
    expect(made.chat_template).toBe(tokenizer['tokenizer.chat_template']?.value)
  })

  test('is made in a thread that can be stopped, and then leaves nothing behind', async () => {
    const dir = join(folder, 'stopped')
    writeCheckpoint(dir, tokenizer, { shape: shape('qwen2', { embedding: 512, layers: 4, feedForward: 2048 }) })
    const request = { dir, path: join(folder, 'out', 'stopped.gguf'), type: 'Q8_0' as const }
    const stop = new AbortController()
    const onProgress = (): void => stop.abort(new Error('enough'))
    await expect(importCheckpoint(request, { signal: stop.signal, onProgress })).rejects.toThrow('enough')
    expect(readdirSync(join(folder, 'out'))).toEqual([])
    const seen: number[] = []
    await importCheckpoint(request, { onProgress: ({ doneBytes, totalBytes }) => seen.push(doneBytes / totalBytes) })
    expect(seen.at(-1)).toBe(1)
    expect(await inspectModel(request.path)).toMatchObject({ quantization: 'Q8_0', error: null })
  })
})

describe('what cannot be converted', () => {
  const broken: [string, string, (dir: string) => void][] = [
    ['no config.json', 'MODEL_UNSUPPORTED', (dir) => rmSync(join(dir, 'config.json'))],
    ['no tokenizer', 'MODEL_UNSUPPORTED', (dir) => rmSync(join(dir, 'tokenizer.json'))],
    ['no weights', 'CHECKPOINT_DAMAGED', (dir) => rmSync(join(dir, 'model.safetensors'))],
    ['weights cut off', 'CHECKPOINT_DAMAGED', (dir) => truncateSync(join(dir, 'model.safetensors'), 50_000)],
    ['another kind', 'MODEL_UNSUPPORTED', (dir) => writeFileSync(join(dir, 'config.json'), '{"model_type":"mamba"}')],
    ['half a config', 'CHECKPOINT_DAMAGED', (dir) => writeFileSync(join(dir, 'config.json'), '{"model_type":"llama"}')],
    ['a config cut off', 'CHECKPOINT_DAMAGED', (dir) => truncateSync(join(dir, 'config.json'), 30)],
  ]
  test.each(broken)('%s: %s', async (_, code, spoil) => {
    const dir = join(folder, `broken-${++counter}`)
    writeCheckpoint(dir, tokenizer)
    spoil(dir)
    await expect(convertCheckpoint(dir, `${dir}.gguf`, 'F16')).rejects.toMatchObject({ code })
    expect(existsSync(`${dir}.gguf`) || existsSync(`${dir}.gguf.part`)).toBe(false)
  })

  test('tensors of another shape than the configuration says', async () => {
    await expect(converted({ config: { hidden_size: 96 } })).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' })
    await expect(converted({ config: { num_hidden_layers: 1 } })).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' })
  })
})

const bundle = join(root, 'node_modules/node-llama-cpp/llama/gitRelease.bundle')

describe("llama.cpp's published vectors", () => {
  const source = join(folder, 'llama.git')
  const show = (name: string): Buffer => {
    if (!existsSync(source)) execFileSync('git', ['clone', '-q', '--bare', bundle, source], { stdio: 'pipe' })
    return execFileSync('git', ['-C', source, 'show', `HEAD:models/${name}`], { maxBuffer: 2 ** 28 })
  }

  test.each(['qwen2', 'llama-bpe'])('are met by a tokenizer converted from tokenizer.json: %s', async (name) => {
    const vocabulary = join(folder, `${name}-vocabulary.gguf`)
    writeFileSync(vocabulary, show(`ggml-vocab-${name}.gguf`))
    const metadata = await tokenizerOf(vocabulary)
    const dir = join(folder, `vocabulary-${name}`)
    const small = { embedding: 32, layers: 1, heads: 2, keyValueHeads: 1, headSize: 16, feedForward: 32 }
    writeCheckpoint(dir, metadata, { shape: { ...tinyCheckpoint, ...small } })
    await convertCheckpoint(dir, `${dir}.gguf`, 'Q8_0')
    const model = await llama.loadModel({ modelPath: `${dir}.gguf`, vocabOnly: true })
    const inputs = show(`ggml-vocab-${name}.gguf.inp`).toString('utf8').split('\n__ggml_vocab_test__\n')
    const outputs = show(`ggml-vocab-${name}.gguf.out`).toString('utf8').split('\n')
    for (const [i, input] of inputs.entries()) {
      expect(model.tokenize(input).join(' '), JSON.stringify(input)).toBe(outputs[i]?.trim())
    }
    expect(inputs.length).toBeGreaterThan(40)
    await model.dispose()
  })
})
