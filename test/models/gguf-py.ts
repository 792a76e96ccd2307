import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { convertCheckpoint } from '../../src-main/models/import/convert.ts'
import { tinyCheckpoint, writeCheckpoint } from '../support/checkpoint.ts'
import { root } from '../support/data.ts'
import { tokenizerOf } from '../support/gguf.ts'
import { centered, llamaLogProbabilities } from '../support/llama.ts'

/**
 * `npm run test:gguf`: the same random checkpoints converted by us and by llama.cpp's own Python package (gguf-py, from the
 * sources in node-llama-cpp's bundle): every tensor must be the same to the last byte, and llama.cpp must say the same from
 * both files. Needs Python with NumPy (Debian: python3-numpy, python3-yaml).
 */
const python = '/usr/bin/python3'
const folder = mkdtempSync(join(tmpdir(), 'lagotto-gguf-'))

function sources(): string {
  const clone = join(folder, 'llama.cpp')
  const bundle = join(root, 'node_modules/node-llama-cpp/llama/gitRelease.bundle')
  execFileSync('git', ['clone', '-q', '--no-checkout', bundle, clone])
  execFileSync('git', ['-C', clone, 'checkout', 'HEAD', '--', 'gguf-py/gguf'])
  return join(clone, 'gguf-py')
}

try {
  if (spawnSync(python, ['-c', 'import numpy, yaml']).status === 0) {
    const tokenizer = await tokenizerOf()
    const gguf = sources()
    const tokens = [1, 5, 9, 300, 41, 17]
    for (const family of ['qwen2', 'qwen3', 'llama'] as const) {
      for (const type of ['F32', 'F16', 'BF16', 'Q8_0'] as const) {
        const dir = join(folder, `${family}-${type}`)
        writeCheckpoint(dir, tokenizer, {
          shape: { ...tinyCheckpoint, family, tied: false },
          dtype: 'BF16',
          ...(family === 'qwen2' ? { biases: 'random' } : { biases: 'none' }),
        })
        const [ours, theirs] = [`${dir}-ours.gguf`, `${dir}-theirs.gguf`]
        await convertCheckpoint(dir, ours, type)
        const script = join(import.meta.dirname, 'gguf_py.py')
        const { status, stdout, stderr } = spawnSync(python, [script, gguf, dir, ours, theirs, type], {
          encoding: 'utf8',
        })
        if (status !== 0) throw new Error(stderr)
        const { tensors, different } = JSON.parse(stdout) as { tensors: number; different: string[] }
        const [a, b] = [
          centered((await llamaLogProbabilities(ours, tokens, [5]))[0] ?? []),
          centered((await llamaLogProbabilities(theirs, tokens, [5]))[0] ?? []),
        ]
        const apart = a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] ?? Number.NaN))), 0)
        const same = different.length === 0 && tensors > 0 && apart <= 1e-6
        console.log(
          `${same ? 'ok' : 'FAILED'}  ${family} ${type}: ${tensors} tensors, different: ${different.join(' ') || 'none'}, logits ${apart.toExponential(1)} apart`,
        )
        if (!same) process.exitCode = 1
      }
    }
  } else {
    console.log('skipped: Python with NumPy and PyYAML is not installed (Debian: python3-numpy python3-yaml)')
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit()
