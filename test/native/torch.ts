import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '../../src-main/training/index.ts'
import { microArchitecture, microBatch, shake, withTrainer } from '../support/micro.ts'

/**
 * `npm run test:torch`: gradients of all three families, with adapters and in full training, against PyTorch in double
 * precision (Debian: python3-torch). Relative L2 of all gradients together: at most 1e-5.
 */
const LIMIT = 1e-5
const folder = mkdtempSync(join(tmpdir(), 'lagotto-torch-'))
const engine = openEngine()

async function compare(family: 'qwen2' | 'llama' | 'qwen3', mode: 'lora' | 'full', plain: boolean): Promise<number> {
  const architecture = microArchitecture(family)
  const model = await engine.loadModel({ architecture, seed: 2 }, { threads: 1, full: true, plain })
  const weights: Record<string, number[]> = {}
  await withTrainer(model, { mode: 'full' }, async (all) => {
    await shake(all, 0.1)
    for (const { name } of all.parameters) weights[name] = [...(await all.read(name))]
  })
  const batch = microBatch(architecture.vocabulary, [{ kind: 'cross-entropy' }], [19, 8])
  const gradients: Record<string, number[]> = {}
  const lora = { rank: 3, alpha: 7 }
  await withTrainer(model, { mode, ...lora }, async (trainer) => {
    if (mode === 'lora') await shake(trainer, 0.1)
    for (const { name } of trainer.parameters) weights[name] = [...(await trainer.read(name))]
    for (const [name, gradient] of await trainer.gradients(batch)) gradients[name] = [...gradient]
  })
  await model.dispose()
  const sequences = batch.sequences.map(({ tokens, rows, weights: rowWeights }) => ({
    tokens: [...Array.from(tokens)],
    rows: Array.from(rows),
    weights: Array.from(rowWeights ?? []),
  }))
  const input = join(folder, 'case.json')
  writeFileSync(input, JSON.stringify({ architecture, scale: lora.alpha / lora.rank, weights, gradients, sequences }))
  const script = join(import.meta.dirname, 'torch_gradients.py')
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [script, input], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return Number(stdout)
}

try {
  if (spawnSync('/usr/bin/python3', ['-c', 'import torch']).status === 0) {
    for (const family of ['qwen2', 'llama', 'qwen3'] as const) {
      for (const mode of ['lora', 'full'] as const) {
        for (const plain of [false, true]) {
          const error = await compare(family, mode, plain)
          const verdict = error <= LIMIT ? 'ok' : 'FAILED'
          console.log(`${verdict}  ${family} ${mode}${plain ? ' plain' : ''}: ${error.toExponential(2)}`)
          if (error > LIMIT) process.exitCode = 1
        }
      }
    }
  } else {
    console.log('skipped: PyTorch is not installed (Debian: python3-torch)')
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
