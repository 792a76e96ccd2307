import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadChatModel } from '../../src-main/inference/index.ts'
import { fitModel } from '../../src-main/models/index.ts'
import { tokensPerSecond } from '../../src-main/service/speed.ts'
import { stepBytes } from '../../src-main/service/training-memory.ts'
import { openEngine } from '../../src-main/training/index.ts'
import { nodeArgs } from '../support/app.ts'
import { type ModelShape, tokenizerOf, writeRandomModel } from '../support/gguf.ts'

type Kind = 'inference' | 'training'

interface Measured {
  bytes: number
  /** Written, one after the other; null for training. */
  tokensPerSecond: number | null
}

interface Case {
  name: string
  shape: ModelShape
  /** Tokens of the vocabulary; the micro model's tokens are filled up. */
  vocabulary: number
  contextLength: number
}

const common = { architecture: 'qwen2', headSize: 64, contextLength: 32768, weights: 'Q8_0' } as const
const cases: Case[] = [
  {
    name: '90 M',
    shape: { ...common, embedding: 512, layers: 12, heads: 8, keyValueHeads: 2, feedForward: 2048 },
    vocabulary: 64_000,
    contextLength: 2048,
  },
  {
    name: 'Qwen2.5-0.5B',
    shape: { ...common, embedding: 896, layers: 24, heads: 14, keyValueHeads: 2, feedForward: 4864 },
    vocabulary: 151_936,
    contextLength: 2048,
  },
  {
    name: 'Qwen2.5-1.5B',
    shape: { ...common, embedding: 1536, layers: 28, heads: 12, keyValueHeads: 2, headSize: 128, feedForward: 8960 },
    vocabulary: 151_936,
    contextLength: 2048,
  },
]
const SLOTS = 2
const TRAINING_TOKENS = 512

/** Peak resident memory of this process so far, bytes (Linux). */
const peak = (): number => 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])

/** Runs in the child: what running or teaching the model takes beyond an idle process with the libraries loaded. */
async function measure(kind: Kind, path: string, contextLength: number): Promise<Measured> {
  if (kind === 'inference') {
    const { llamaRuntime } = await import('../../src-main/inference/runtime.ts')
    await llamaRuntime('off')
    const before = peak()
    const model = await loadChatModel({
      path,
      prompt: 'question-only',
      contextLength,
      slots: SLOTS,
      gpu: 'off',
      threads: 2,
    })
    // llama.cpp clears the whole cache when it makes it; a prompt longer than a batch fills the other buffers.
    const context = Array.from({ length: Math.min(contextLength - 8, 600) }, (_, i) => 300 + ((i * 7919) % 1000))
    const slot = await model.acquire([])
    const stop = { marks: [], ends: () => false }
    const sampling = { temperature: 0, topP: 1, topK: 0, minP: 0, seed: null }
    await slot.generate({ context, maxTokens: 2, sampling, stop })
    const bytes = peak() - before
    const { tokens, decodeMs } = await slot.generate({ context, maxTokens: 24, sampling, stop })
    return { bytes, tokensPerSecond: (1000 * (tokens.length - 1)) / decodeMs }
  }
  const engine = openEngine()
  const before = peak()
  const model = await engine.loadModel({ path }, { threads: 2 })
  const trainer = await model.createTrainer({ activations: 'recompute' })
  const tokens = Int32Array.from({ length: contextLength }, (_, i) => 300 + ((i * 7919) % 1000))
  const rows = Int32Array.from({ length: contextLength / 2 }, (_, i) => contextLength / 2 + i)
  const labels = rows.map((row) => tokens[row] ?? 0)
  await trainer.step([{ sequences: [{ tokens, rows, labels }], losses: [{ kind: 'cross-entropy' }] }], {
    learningRate: 1e-4,
  })
  return { bytes: peak() - before, tokensPerSecond: null }
}

/** What `lagotto models fit` says beside what running and teaching a model takes, for three shapes. */
export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const { values } = parseArgs({ args, options: { only: { type: 'string' } } })
  const folder = mkdtempSync(join(tmpdir(), 'lagotto-bench-'))
  try {
    const tokenizer = await tokenizerOf()
    const results = []
    for (const { name, shape, vocabulary, contextLength } of cases) {
      if (values.only !== undefined && !name.includes(values.only)) continue
      const path = join(folder, 'model.gguf')
      const known = tokenizer['tokenizer.ggml.tokens']?.value as string[]
      const types = tokenizer['tokenizer.ggml.token_type']?.value as number[]
      const filler = Array.from({ length: vocabulary - known.length }, (_, i) => `[PAD${i}]`)
      writeRandomModel(path, {
        shape,
        tokenizer: {
          ...tokenizer,
          'tokenizer.ggml.tokens': { type: 'strings', value: [...known, ...filler] },
          'tokenizer.ggml.token_type': { type: 'i32s', value: [...types, ...filler.map(() => 5)] },
        },
      })
      for (const kind of ['inference', 'training'] as const) {
        const tokens = kind === 'inference' ? contextLength : TRAINING_TOKENS
        const fit = await fitModel(path, {
          modelsDir: folder,
          contextLength: tokens,
          slots: SLOTS,
          hub: { endpoint: 'http://127.0.0.1:1', token: null },
          trainingBytes: stepBytes,
          tokensPerSecond,
        })
        const child = spawnSync(process.execPath, [...nodeArgs, import.meta.filename, kind, path, String(tokens)], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        if (child.status !== 0)
          throw new Error(`${name}, ${kind}: the process ended with ${child.signal ?? child.status}`)
        const found = JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '') as Measured
        const measured = found.bytes
        const estimate = kind === 'inference' ? fit.memoryBytes : (fit.trainingBytes ?? Number.NaN)
        const speed = kind === 'inference' ? { estimate: fit.tokensPerSecond, measured: found.tokensPerSecond } : null
        results.push({ name, kind, tokens, estimate, measured, ratio: estimate / measured, speed })
      }
      rmSync(path)
    }
    const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
    const table = results
      .map(({ name, kind, tokens, estimate, measured, ratio, speed }) =>
        [
          name.padEnd(14),
          kind.padEnd(10),
          `${tokens} tokens`.padEnd(12),
          `estimate ${mb(estimate)}`.padEnd(20),
          `measured ${mb(measured)}`.padEnd(20),
          ratio.toFixed(2),
          ...(speed ? [`estimate ${speed.estimate?.toFixed(1)} tok/s, measured ${speed.measured?.toFixed(1)}`] : []),
        ].join(' '),
      )
      .join('\n')
    return { table, result: { bench: 'fit', slots: SLOTS, results } }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [kind, path, contextLength] = process.argv.slice(2)
if (process.argv[1] === import.meta.filename && path)
  console.log(JSON.stringify(await measure(kind as Kind, path, Number(contextLength))))
