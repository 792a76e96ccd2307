import { mkdir, open, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { appError } from '../../contract/index.ts'
import { checkSpace, writeAll, writeBeside } from '../disk.ts'
import { damaged, unsupported } from '../import/errors.ts'
import { f32, ggufHeader, padded, type TensorInfo, tensorBytes, text, u32 } from '../import/gguf-format.ts'
import { toFloats } from '../import/numbers.ts'
import { interleaveRows } from '../import/rows.ts'
import { readSafetensors, type SourceTensor } from '../import/safetensors.ts'
import {
  type AdaptedMatrix,
  type BaseModel,
  baseModel,
  matrixOfModule,
  rotatedRows,
  sizeOf,
  tensorOf,
} from './modules.ts'

const rank = z.number().int().min(1).max(4096)
const alpha = z.number().finite()

/** What `adapter_config.json` of PEFT says (huggingface/peft, `LoraConfig`). */
const configSchema = z.object({
  peft_type: z.string(),
  r: rank,
  lora_alpha: alpha,
  use_rslora: z.boolean().nullish(),
  use_dora: z.boolean().nullish(),
  fan_in_fan_out: z.boolean().nullish(),
  bias: z.string().nullish(),
  modules_to_save: z.array(z.string()).nullish(),
  rank_pattern: z.record(z.string(), rank).nullish(),
  alpha_pattern: z.record(z.string(), alpha).nullish(),
  base_model_name_or_path: z.string().nullish(),
})
type Config = z.infer<typeof configSchema>

interface Pair extends AdaptedMatrix {
  module: string
  a: SourceTensor
  b: SourceTensor
  rank: number
}

async function readConfig(dir: string): Promise<Config> {
  const json = await readFile(join(dir, 'adapter_config.json'), 'utf8').catch(() => {
    throw unsupported(`${dir} holds no adapter: there is no adapter_config.json in it.`)
  })
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw damaged('adapter_config.json', String(error))
  }
  const parsed = configSchema.safeParse(value)
  if (!parsed.success) throw damaged('adapter_config.json', parsed.error.message)
  const config = parsed.data
  if (config.peft_type !== 'LORA')
    throw unsupported(`Adapters of the kind "${config.peft_type}" cannot be used; LoRA can.`)
  if (config.use_dora) throw unsupported('Adapters with DoRA cannot be used; plain LoRA can.')
  if (config.fan_in_fan_out) throw unsupported('This adapter stores its matrices the other way around.')
  if (config.bias && config.bias !== 'none') throw unsupported('Adapters that change biases cannot be used.')
  if (config.modules_to_save?.length)
    throw unsupported('This adapter replaces whole parts of the model.', config.modules_to_save.join(', '))
  return config
}

function pairsOf(tensors: ReadonlyMap<string, SourceTensor>, base: BaseModel): Pair[] {
  const found = new Map<string, { a?: SourceTensor; b?: SourceTensor }>()
  for (const [name, tensor] of tensors) {
    const [, module = '', part] = /^base_model\.model\.(.+)\.lora_([AB])(?:\.\w+)?\.weight$/.exec(name) ?? []
    if (part === undefined) throw unsupported('This adapter changes parts that llama.cpp cannot adapt.', name)
    found.set(module, { ...found.get(module), [part === 'A' ? 'a' : 'b']: tensor })
  }
  if (found.size === 0) throw damaged('The adapter', 'there is nothing in it')
  return [...found].map(([module, { a, b }]) => {
    const matrix = matrixOfModule(module)
    if (!matrix) throw unsupported('This adapter changes parts that llama.cpp cannot adapt.', module)
    if (!a || !b) throw damaged('The adapter', `half of ${module} is missing`)
    const { inputs, outputs } = sizeOf(matrix, base)
    const rank = a.shape[0] ?? 0
    const fits = a.shape.length === 2 && b.shape.length === 2 && a.shape[1] === inputs && b.shape[0] === outputs
    if (matrix.layer >= base.layers || !fits || b.shape[1] !== rank || rank === 0) {
      throw appError(
        'ADAPTER_MISMATCH',
        'The adapter was made for another model.',
        'Choose the model that it was trained for.',
        { detail: `${module}: [${a.shape}] and [${b.shape}], the model has ${inputs} inputs and ${outputs} outputs` },
      )
    }
    return { ...matrix, module, a, b, rank }
  })
}

/** PEFT's patterns are regular expressions over the end of a module's name; plain names are what people write. */
const patternOf = <T>(patterns: Record<string, T> | null | undefined, module: string): T | undefined =>
  Object.entries(patterns ?? {}).find(([key]) => module === key || module.endsWith(`.${key}`))?.[1]

/** By how much the product of a pair is scaled. */
function scaleOf({ module, rank }: Pair, config: Config): number {
  const alpha = patternOf(config.alpha_pattern, module) ?? config.lora_alpha
  return alpha / (config.use_rslora ? Math.sqrt(rank) : rank)
}

async function readTensor({ path, offset, bytes, type }: SourceTensor): Promise<Float32Array> {
  const file = await open(path, 'r')
  try {
    const content = Buffer.allocUnsafeSlow(bytes)
    const { bytesRead } = await file.read(content, 0, bytes, offset)
    if (bytesRead < bytes) throw damaged(basename(path), 'it became shorter')
    return toFloats(content, type)
  } finally {
    await file.close()
  }
}

const bytesOfFloats = (values: Float32Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength)

/** B with the scale that llama.cpp does not know folded in, and its rows in llama.cpp's order. */
function prepared(values: Float32Array, pair: Pair, factor: number, base: BaseModel): Buffer {
  const bytes = bytesOfFloats(factor === 1 ? values : values.map((x) => x * factor))
  const rows = rotatedRows(pair, base)
  if (rows === null) return bytes
  const head = rows * pair.rank * 4
  return Buffer.concat(
    Array.from({ length: bytes.length / head }, (_, i) =>
      interleaveRows(bytes.subarray(i * head, (i + 1) * head), rows),
    ),
  )
}

/**
 * Converts a LoRA adapter of PEFT (a folder with `adapter_config.json` and `adapter_model.safetensors`) to the adapter
 * file that llama.cpp and the training engine read. Written beside and renamed.
 *
 * @param dir the adapter's folder
 * @param basePath GGUF file of the model that it was trained for
 * @param path of the adapter file
 * @throws {AppError} MODEL_UNSUPPORTED, CHECKPOINT_DAMAGED, ADAPTER_MISMATCH, DISK_FULL
 */
export async function importAdapter(dir: string, basePath: string, path: string): Promise<void> {
  const { readGgufFileInfo } = await import('node-llama-cpp')
  const info = await readGgufFileInfo(basePath, { sourceType: 'filesystem', logWarnings: false })
  const base = baseModel(info)
  const config = await readConfig(dir)
  const tensors = await readSafetensors(join(dir, 'adapter_model.safetensors')).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      throw unsupported(`${dir} holds no adapter_model.safetensors.`)
    },
  )
  const pairs = pairsOf(tensors, base)
  const alpha = config.lora_alpha * (config.use_rslora ? Math.sqrt(config.r) : 1)
  const infos = pairs.flatMap((pair): TensorInfo[] => {
    const { inputs, outputs } = sizeOf(pair, base)
    return [
      { name: `${tensorOf(pair)}.lora_a`, dimensions: [inputs, pair.rank], type: 'F32' },
      { name: `${tensorOf(pair)}.lora_b`, dimensions: [pair.rank, outputs], type: 'F32' },
    ]
  })
  const header = ggufHeader(
    {
      'general.type': text('adapter'),
      'general.architecture': text(base.architecture),
      'general.name': text(basename(dir)),
      'general.base_model.0.name': text(String(info.metadata.general?.name ?? basename(basePath))),
      'adapter.type': text('lora'),
      'adapter.lora.alpha': f32(alpha),
      'lagotto.adapter.rank': u32(config.r),
      'lagotto.adapter.origin': text(`PEFT adapter of ${config.base_model_name_or_path ?? 'an unnamed model'}`),
    },
    infos,
  )
  await mkdir(dirname(path), { recursive: true })
  await checkSpace(
    dirname(path),
    infos.reduce((sum, tensor) => sum + padded(tensorBytes(tensor)), header.length),
  )
  await writeBeside(path, async (file) => {
    const put = async (bytes: Uint8Array): Promise<void> => {
      await writeAll(file, bytes)
      await writeAll(file, Buffer.alloc(padded(bytes.length) - bytes.length))
    }
    await writeAll(file, header)
    for (const pair of pairs) {
      await put(bytesOfFloats(await readTensor(pair.a)))
      await put(prepared(await readTensor(pair.b), pair, (scaleOf(pair, config) * pair.rank) / alpha, base))
    }
  })
}
