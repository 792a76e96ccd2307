import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { appError } from '../../contract/index.ts'
import { checkSpace, writeAll, writeBeside } from '../disk.ts'
import { headerProblem } from '../gguf-header.ts'
import { damaged } from '../import/errors.ts'
import { toFloats } from '../import/numbers.ts'
import { separateRows } from '../import/rows.ts'
import type { SourceType } from '../import/safetensors.ts'
import {
  type AdaptedMatrix,
  type BaseModel,
  baseModel,
  matrixOfTensor,
  moduleOf,
  rotatedRows,
  sizeOf,
  targetOf,
} from './modules.ts'

const TYPES: Record<number, { type: SourceType; bytes: number }> = {
  0: { type: 'F32', bytes: 4 },
  1: { type: 'F16', bytes: 2 },
  30: { type: 'BF16', bytes: 2 },
}

interface Part extends AdaptedMatrix {
  half: 'A' | 'B'
  /** As PEFT stores it: A is [rank, inputs], B is [outputs, rank]. */
  shape: [number, number]
  offset: number
  type: SourceType
  bytes: number
}

function mismatch(detail: string) {
  return appError(
    'ADAPTER_MISMATCH',
    'The adapter was made for another model.',
    'Choose the model that it was trained for.',
    { detail },
  )
}

async function readAdapter(path: string, base: BaseModel): Promise<{ parts: Part[]; alpha: number }> {
  const { readGgufFileInfo } = await import('node-llama-cpp')
  const file = await open(path, 'r')
  const { size } = await file.stat()
  await file.close()
  const problem = headerProblem(path, size)
  if (problem !== null) throw damaged(path, problem)
  const { metadata, fullTensorInfo } = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
  const adapter = (metadata as { adapter?: { type?: unknown; lora?: { alpha?: unknown } } }).adapter
  if (adapter?.type !== 'lora') {
    throw appError('ADAPTER_MISMATCH', `${path} is not a LoRA adapter.`, 'Choose an adapter file.')
  }
  if (metadata.general?.architecture !== base.architecture) throw mismatch(`for ${metadata.general?.architecture}`)
  const parts = (fullTensorInfo ?? []).map((tensor): Part => {
    const [, name = '', letter] = /^(.+)\.lora_([ab])$/.exec(tensor.name) ?? []
    const matrix = matrixOfTensor(name)
    const known = TYPES[tensor.ggmlType]
    if (!matrix || !known) throw mismatch(`${tensor.name} of type ${tensor.ggmlType}`)
    const [columns = 0, rows = 0] = tensor.dimensions.map(Number)
    const { inputs, outputs } = sizeOf(matrix, base)
    if (matrix.layer >= base.layers || (letter === 'a' ? columns !== inputs : rows !== outputs))
      throw mismatch(`${tensor.name}: [${columns}, ${rows}]`)
    const bytes = rows * columns * known.bytes
    const offset = Number(tensor.fileOffset)
    if (offset + bytes > size) throw damaged(path, `${tensor.name} ends at byte ${offset + bytes}`)
    return { ...matrix, half: letter === 'a' ? 'A' : 'B', shape: [rows, columns], offset, type: known.type, bytes }
  })
  if (parts.length === 0) throw damaged(path, 'there is nothing in it')
  return { parts, alpha: Number(adapter.lora?.alpha ?? 0) }
}

/** Values in PEFT's order of rows. */
function arranged(values: Float32Array, part: Part, base: BaseModel): Buffer {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  const rows = part.half === 'B' ? rotatedRows(part, base) : null
  if (rows === null) return bytes
  const head = rows * part.shape[1] * 4
  return Buffer.concat(
    Array.from({ length: bytes.length / head }, (_, i) => separateRows(bytes.subarray(i * head, (i + 1) * head), rows)),
  )
}

const nameOf = (part: Part): string => `base_model.model.${moduleOf(part)}.lora_${part.half}.weight`
const floatBytes = ({ shape: [rows, columns] }: Part): number => 4 * rows * columns

function configOf(parts: readonly Part[], alpha: number, baseName: string): object {
  const ranks = new Map(parts.filter(({ half }) => half === 'A').map((part) => [moduleOf(part), part.shape[0]]))
  const rank = Math.max(...ranks.values())
  const others = [...ranks].filter(([, own]) => own !== rank)
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseName,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    modules_to_save: null,
    use_dora: false,
    use_rslora: false,
    rank_pattern: Object.fromEntries(others),
    // llama.cpp scales by one alpha over each matrix's own rank, and so does PEFT.
    alpha_pattern: {},
    target_modules: [...new Set(parts.map(targetOf))].sort(),
  }
}

/**
 * Writes an adapter file (llama.cpp's) as a PEFT adapter: `adapter_config.json` and `adapter_model.safetensors` in F32.
 *
 * @param path of the adapter file
 * @param basePath GGUF file of the model that it belongs to
 * @param dir folder to write to; made when missing
 * @param baseName what PEFT is to load as the model: its name on the hub
 * @throws {AppError} ADAPTER_MISMATCH, CHECKPOINT_DAMAGED, MODEL_UNSUPPORTED, DISK_FULL
 */
export async function exportAdapter(path: string, basePath: string, dir: string, baseName: string): Promise<void> {
  const { readGgufFileInfo } = await import('node-llama-cpp')
  const base = baseModel(await readGgufFileInfo(basePath, { sourceType: 'filesystem', logWarnings: false }))
  const { parts, alpha } = await readAdapter(path, base)
  let at = 0
  const header: Record<string, object> = { __metadata__: { format: 'pt' } }
  for (const part of parts) {
    header[nameOf(part)] = { dtype: 'F32', shape: part.shape, data_offsets: [at, at + floatBytes(part)] }
    at += floatBytes(part)
  }
  const json = JSON.stringify(header)
  const head = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(head.length))
  await mkdir(dir, { recursive: true })
  await checkSpace(dir, at + head.length)
  const target = join(dir, 'adapter_model.safetensors')
  const source = await open(path, 'r')
  try {
    await writeBeside(target, async (file) => {
      await writeAll(file, Buffer.concat([length, head]))
      for (const part of parts) {
        const bytes = Buffer.allocUnsafeSlow(part.bytes)
        await source.read(bytes, 0, part.bytes, part.offset)
        await writeAll(file, arranged(toFloats(bytes, part.type), part, base))
      }
      await writeFile(
        join(dir, 'adapter_config.json'),
        `${JSON.stringify(configOf(parts, alpha, baseName), null, 2)}\n`,
      )
    })
  } finally {
    await source.close()
  }
}
