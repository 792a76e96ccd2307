import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { WeightType } from '../../contract/index.ts'
import { checkSpace, writeAll, writeBeside } from '../disk.ts'
import { openCheckpoint } from './checkpoint.ts'
import { configMetadata, ropeFactors } from './config.ts'
import { damaged } from './errors.ts'
import { type GgmlType, ggufHeader, padded, Q8_BLOCK, type TensorInfo, tensorBytes, text, u32 } from './gguf-format.ts'
import { convert } from './numbers.ts'
import { interleaveRows } from './rows.ts'
import { planTensors, type TensorPlan } from './tensors.ts'
import { tokenizerMetadata } from './tokenizer.ts'

export interface ConvertOptions {
  /** Name of the model in its metadata; default: the folder's. */
  name?: string
  onProgress?(progress: { doneBytes: number; totalBytes: number }): void
}

/** Bytes of a checkpoint that are converted at a time. */
const CHUNK_BYTES = 4 * 2 ** 20
/** llama.cpp's numbers for what most tensors of a file are (llama.h, `llama_ftype`). */
const FILE_TYPES: Record<WeightType, number> = { F32: 0, F16: 1, Q8_0: 7, BF16: 32 }

/** Vectors stay F32, as in llama.cpp's own converter; rows that no block divides fall back to F16. */
function typeOf({ source: { shape } }: TensorPlan, wanted: WeightType): GgmlType {
  if (shape.length === 1) return 'F32'
  return wanted === 'Q8_0' && (shape.at(-1) ?? 0) % Q8_BLOCK !== 0 ? 'F16' : wanted
}

async function writeTensor(
  file: FileHandle,
  { source, interleave }: TensorPlan,
  type: GgmlType,
  headSize: number,
  onRead: (bytes: number) => void,
): Promise<void> {
  const rows = source.shape.length === 1 && !interleave ? 1 : (source.shape[0] ?? 0)
  const rowBytes = source.bytes / rows
  const step = interleave ? headSize : Math.max(1, Math.floor(CHUNK_BYTES / rowBytes))
  const input = await open(source.path, 'r')
  try {
    for (let row = 0; row < rows; row += step) {
      const bytes = Buffer.allocUnsafeSlow(Math.min(step, rows - row) * rowBytes)
      const { bytesRead } = await input.read(bytes, 0, bytes.length, source.offset + row * rowBytes)
      if (bytesRead < bytes.length) throw damaged(source.path, 'it became shorter')
      await writeAll(file, convert(interleave ? interleaveRows(bytes, headSize) : bytes, source.type, type))
      onRead(bytes.length)
    }
  } finally {
    await input.close()
  }
}

/**
 * Converts a Hugging Face checkpoint (safetensors; families qwen2, llama, qwen3) to a GGUF file that llama.cpp loads.
 * The weights stream through: a few mebibytes are in memory at a time. The file is written beside and renamed.
 *
 * @param dir the checkpoint's folder
 * @param path of the GGUF file
 * @throws {AppError} MODEL_UNSUPPORTED, CHECKPOINT_DAMAGED, PATH_MISSING, DISK_FULL
 */
export async function convertCheckpoint(
  dir: string,
  path: string,
  type: WeightType,
  options: ConvertOptions = {},
): Promise<void> {
  const checkpoint = await openCheckpoint(dir)
  const { config } = checkpoint
  const plans = planTensors(config, checkpoint.tensors)
  const factors = ropeFactors(config)
  const infos: TensorInfo[] = plans.map((plan) => ({
    name: plan.name,
    dimensions: [...plan.source.shape].reverse(),
    type: typeOf(plan, type),
  }))
  const extra: TensorInfo[] = factors ? [{ name: 'rope_freqs.weight', dimensions: [factors.length], type: 'F32' }] : []
  const header = ggufHeader(
    {
      ...configMetadata(config),
      'general.name': text(options.name ?? checkpoint.name),
      'general.file_type': u32(FILE_TYPES[type]),
      'general.quantization_version': u32(2),
      ...tokenizerMetadata(checkpoint.tokenizer, config),
    },
    [...extra, ...infos],
  )
  const bytes = [...extra, ...infos].reduce((sum, info) => sum + padded(tensorBytes(info)), header.length)
  await checkSpace(dirname(path), bytes)

  const totalBytes = plans.reduce((sum, { source }) => sum + source.bytes, 0)
  let doneBytes = 0
  await writeBeside(path, async (file) => {
    await writeAll(file, header)
    if (factors) {
      await writeAll(file, new Uint8Array(factors.buffer))
      await writeAll(file, Buffer.alloc(padded(factors.byteLength) - factors.byteLength))
    }
    for (const [i, plan] of plans.entries()) {
      const info = infos[i] as TensorInfo
      await writeTensor(file, plan, info.type, config.headSize, (read) => {
        doneBytes += read
        options.onProgress?.({ doneBytes, totalBytes })
      })
      await writeAll(file, Buffer.alloc(padded(tensorBytes(info)) - tensorBytes(info)))
    }
  })
}
