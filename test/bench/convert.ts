import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { randomStream, weightTypeSchema } from '../../src-main/contract/index.ts'
import { nodeArgs } from '../support/app.ts'
import { type CheckpointShape, tensorsOf, tokenizerFiles } from '../support/checkpoint.ts'
import { tokenizerOf } from '../support/gguf.ts'

/** Qwen2.5-0.5B (its config.json). */
const shape: CheckpointShape = {
  family: 'qwen2',
  embedding: 896,
  layers: 24,
  heads: 14,
  keyValueHeads: 2,
  headSize: 64,
  feedForward: 4864,
  tied: true,
}
const VOCABULARY = 151_936

/** A checkpoint of random BF16 weights, about a gigabyte, of which a mebibyte is random and the rest repeats it. */
async function writeLarge(dir: string): Promise<void> {
  const { tokenizer, config } = tokenizerFiles(await tokenizerOf())
  writeFileSync(join(dir, 'tokenizer.json'), JSON.stringify(tokenizer))
  writeFileSync(join(dir, 'tokenizer_config.json'), JSON.stringify(config))
  writeFileSync(
    join(dir, 'config.json'),
    JSON.stringify({
      model_type: shape.family,
      hidden_size: shape.embedding,
      num_hidden_layers: shape.layers,
      num_attention_heads: shape.heads,
      num_key_value_heads: shape.keyValueHeads,
      intermediate_size: shape.feedForward,
      max_position_embeddings: 32768,
      rms_norm_eps: 1e-6,
      rope_theta: 1e6,
      vocab_size: VOCABULARY,
      tie_word_embeddings: true,
    }),
  )
  let bytes = 0
  const header: Record<string, object> = {}
  for (const [name, size] of Object.entries(tensorsOf(shape, VOCABULARY, true))) {
    const length = 2 * size.reduce((product, n) => product * n, 1)
    header[name] = { dtype: 'BF16', shape: size, data_offsets: [bytes, bytes + length] }
    bytes += length
  }
  const next = randomStream(1)
  const weights = Float32Array.from({ length: 2 ** 19 }, () => 0.04 * (next() - 0.5))
  const block = Buffer.from(Uint16Array.from(new Uint32Array(weights.buffer), (bits) => bits >>> 16).buffer)
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  const file = openSync(join(dir, 'model.safetensors'), 'w')
  writeSync(file, Buffer.concat([length, json]))
  for (let at = 0; at < bytes; at += block.length) writeSync(file, block, 0, Math.min(block.length, bytes - at))
  closeSync(file)
}

/** A random checkpoint of the shape of Qwen2.5-0.5B to GGUF, in a process of its own whose memory is measured. */
export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const { values } = parseArgs({ args, options: { type: { type: 'string', default: 'Q8_0' } } })
  const type = weightTypeSchema.parse(values.type)
  const dir = mkdtempSync(join(tmpdir(), 'lagotto-bench-'))
  try {
    await writeLarge(dir)
    const out = join(dir, 'out.gguf')
    const module = join(import.meta.dirname, '../../src-main/models/import/convert.ts')
    const code = `
      import { convertCheckpoint } from ${JSON.stringify(module)}
      const start = performance.now()
      await convertCheckpoint(${JSON.stringify(dir)}, ${JSON.stringify(out)}, ${JSON.stringify(type)})
      const { maxRSS } = process.resourceUsage()
      console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, peakBytes: 1024 * maxRSS }))`
    const { stdout } = spawnSync(process.execPath, [...nodeArgs, '--input-type=module', '-e', code], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const { seconds, peakBytes } = JSON.parse(stdout) as { seconds: number; peakBytes: number }
    const result = {
      bench: 'convert',
      type,
      inputBytes: statSync(join(dir, 'model.safetensors')).size,
      outputBytes: statSync(out).size,
      seconds,
      peakBytes,
    }
    const table = [
      `${(result.inputBytes / 1e6).toFixed(0)} MB of BF16 to ${(result.outputBytes / 1e6).toFixed(0)} MB of ${type}`,
      `time           ${seconds.toFixed(1)} s`,
      `peak memory    ${(peakBytes / 1e6).toFixed(0)} MB`,
    ].join('\n')
    return { table, result }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
