import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Architecture, openEngine } from '../../src-main/training/index.ts'
import { text, writeGguf } from '../support/gguf.ts'

/** One way of training that is measured, in a process of its own for the sake of its peak memory. */
interface Setting {
  tokens: number
  rows: number
  threads: number
  /** Of the engine: whether layers' activations are kept or computed again. PyTorch keeps them. */
  activations: 'keep' | 'recompute'
}

interface Measured extends Setting {
  engine: 'lagotto' | 'torch'
  forwardTokensPerSecond: number
  stepTokensPerSecond: number
  stepSeconds: number
  stepCpuSeconds: number
  peakMiB: number
  /** Of the operations per second that this many threads reach in large products; null for PyTorch. */
  shareOfPeak: number | null
}

/** Qwen2.5-0.5B (its config.json). */
const architecture: Architecture = {
  family: 'qwen2',
  layers: 24,
  embedding: 896,
  heads: 14,
  keyValueHeads: 2,
  headSize: 64,
  feedForward: 4864,
  vocabulary: 151_936,
  contextLength: 4096,
  normEpsilon: 1e-6,
  ropeBase: 1e6,
}
const RANK = 8
const ROUNDS = 2

async function writeModel(folder: string): Promise<string> {
  const metadata = join(folder, 'metadata.gguf')
  writeGguf(metadata, { metadata: { 'general.architecture': text(architecture.family) }, tensors: [] })
  const path = join(folder, 'qwen2.5-0.5b-random.gguf')
  const model = await openEngine().loadModel({ architecture, seed: 1 })
  await model.write({ path, type: 'bf16', tokenizerFrom: metadata })
  await model.dispose()
  return path
}

async function timed(work: () => Promise<unknown>): Promise<{ seconds: number; cpu: number }> {
  const start = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 }
}

/** Operations of a forward and backward pass: two per weight and token forward, two back (frozen weights need no more). */
function operations({ tokens, rows }: Setting): number {
  const { embedding, heads, keyValueHeads, headSize, feedForward, layers, vocabulary } = architecture
  const perLayer = embedding * headSize * (2 * heads + 2 * keyValueHeads) + 3 * embedding * feedForward
  return 4 * (layers * perLayer * tokens + vocabulary * embedding * rows)
}

/** Runs in the child: `node train.ts --child <model> <setting>`. */
async function measure(path: string, setting: Setting): Promise<Measured> {
  const { tokens, rows, threads, activations } = setting
  const engine = openEngine()
  const { bf16 } = await engine.measurePeak()
  const model = await engine.loadModel({ path }, { threads })
  const trainer = await model.createTrainer({ rank: RANK, activations })
  const ids = Int32Array.from({ length: tokens }, (_, i) => (i * 7919) % architecture.vocabulary)
  const at = Int32Array.from({ length: rows }, (_, i) => tokens - rows + i)
  const labels = at.map((row) => (row * 31) % architecture.vocabulary)
  const batch = { sequences: [{ tokens: ids, rows: at, labels }], losses: [{ kind: 'cross-entropy' as const }] }
  const forward = await timed(() => trainer.loss(batch))
  const steps = []
  for (let i = 0; i < ROUNDS; i++) steps.push(await timed(() => trainer.step([batch], { learningRate: 1e-4 })))
  const best = steps.reduce((a, b) => (b.seconds < a.seconds ? b : a))
  return {
    ...setting,
    engine: 'lagotto',
    forwardTokensPerSecond: tokens / forward.seconds,
    stepTokensPerSecond: tokens / best.seconds,
    stepSeconds: best.seconds,
    stepCpuSeconds: best.cpu,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    shareOfPeak: operations(setting) / best.seconds / (bf16 * threads),
  }
}

const script = join(import.meta.dirname, 'train.ts')
const torchScript = join(import.meta.dirname, 'train_torch.py')

function child(command: string, args: string[], threads: number): Measured {
  // PyTorch's own setting does not reach OpenBLAS in its backward pass.
  const limits = { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) }
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...limits } })
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measured
}

/** Why PyTorch cannot be compared with here; null when it can. */
function torchMissing(): string | null {
  const probe = 'import torch; import ctypes.util; print(torch.__config__.show())'
  const { status } = spawnSync('/usr/bin/python3', ['-c', probe], { encoding: 'utf8' })
  return status === 0 ? null : 'PyTorch is not installed (Debian: python3-torch and libopenblas0-pthread)'
}

export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const { values } = parseArgs({
    args,
    options: {
      torch: { type: 'boolean', default: false },
      tokens: { type: 'string', default: '512,1024,2048' },
      threads: { type: 'string', default: '1,2' },
    },
  })
  const numbers = (list: string): number[] => list.split(',').map(Number)
  const missing = values.torch ? torchMissing() : null
  const folder = mkdtempSync(join(tmpdir(), 'lagotto-bench-'))
  try {
    const path = await writeModel(folder)
    const measured: Measured[] = []
    for (const threads of numbers(values.threads)) {
      for (const tokens of numbers(values.tokens)) {
        for (const rows of [tokens, 128]) {
          const flags = ['--disable-warning=ExperimentalWarning']
          for (const activations of ['keep', 'recompute'] as const) {
            const setting: Setting = { tokens, rows, threads, activations }
            measured.push(
              child(process.execPath, [...flags, script, '--child', path, JSON.stringify(setting)], threads),
            )
          }
          if (values.torch && missing === null) {
            const setting: Setting = { tokens, rows, threads, activations: 'keep' }
            measured.push(child('/usr/bin/python3', [torchScript, JSON.stringify(setting)], threads))
          }
        }
      }
    }
    const peak = await openEngine().measurePeak()
    const line = (m: Measured): string =>
      [
        m.engine.padEnd(8),
        String(m.threads).padStart(7),
        String(m.tokens).padStart(7),
        String(m.rows).padStart(6),
        m.activations.padStart(11),
        m.forwardTokensPerSecond.toFixed(1).padStart(9),
        m.stepTokensPerSecond.toFixed(1).padStart(9),
        m.stepCpuSeconds.toFixed(2).padStart(8),
        m.peakMiB.toFixed(0).padStart(9),
        (m.shareOfPeak === null ? '' : `${(100 * m.shareOfPeak).toFixed(0)} %`).padStart(9),
      ].join(' ')
    const table = [
      `Qwen2.5-0.5B shape, random BF16 weights, LoRA rank ${RANK} on all seven matrices, batch 1, cross-entropy`,
      `one thread's peak (${peak.kernels}): ${(peak.f32 / 1e9).toFixed(0)} GFLOP/s in F32, ${(peak.bf16 / 1e9).toFixed(0)} in BF16`,
      'engine   threads  tokens   rows activations fwd tok/s step tok/s CPU s  peak MiB  of peak',
      ...measured.map(line),
      ...(missing === null ? [] : [`not compared: ${missing}`]),
    ].join('\n')
    return { table, result: { peak, measured, ...(missing === null ? {} : { skipped: missing }) } }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [flag, path, setting] = process.argv.slice(2)
if (flag === '--child' && path && setting) console.log(JSON.stringify(await measure(path, JSON.parse(setting))))
