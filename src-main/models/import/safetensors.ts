import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { damaged, unsupported } from './errors.ts'

/** Element types of safetensors that we can read. */
export type SourceType = 'F32' | 'F16' | 'BF16'

/** A tensor in a safetensors file. */
export interface SourceTensor {
  path: string
  type: SourceType
  /** Rows first, as PyTorch counts. */
  shape: number[]
  /** Of the first byte, from the beginning of the file. */
  offset: number
  bytes: number
}

const BYTES: Record<SourceType, number> = { F32: 4, F16: 2, BF16: 2 }
/** The format's own limit on the header. */
const MAX_HEADER = 100e6

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().min(0)),
  data_offsets: z.tuple([z.number().int().min(0), z.number().int().min(0)]),
})

/**
 * Reads where the tensors of a safetensors file lie. Nothing that the header says is believed before it is checked
 * against the file.
 *
 * @throws {AppError} CHECKPOINT_DAMAGED, MODEL_UNSUPPORTED
 */
export async function readSafetensors(path: string): Promise<Map<string, SourceTensor>> {
  const name = basename(path)
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const head = Buffer.alloc(8)
    if ((await file.read(head, 0, 8, 0)).bytesRead < 8) throw damaged(name, `it has ${size} bytes`)
    const headerBytes = head.readBigUInt64LE()
    if (headerBytes > BigInt(Math.min(MAX_HEADER, size - 8)))
      throw damaged(name, `a header of ${headerBytes} bytes in a file of ${size}`)
    const header = Buffer.alloc(Number(headerBytes))
    await file.read(header, 0, header.length, 8)
    return readEntries(header.toString('utf8'), path, 8 + header.length, size)
  } finally {
    await file.close()
  }
}

function readEntries(json: string, path: string, dataAt: number, size: number): Map<string, SourceTensor> {
  const file = basename(path)
  let header: unknown
  try {
    header = JSON.parse(json)
  } catch (error) {
    throw damaged(file, `its header is no JSON: ${error}`)
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw damaged(file, 'its header is no list')
  const tensors = new Map<string, SourceTensor>()
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const entry = entrySchema.safeParse(value)
    if (!entry.success) throw damaged(file, `${name}: ${entry.error.message}`)
    const { dtype, shape } = entry.data
    const [begin, end] = entry.data.data_offsets
    if (!Object.hasOwn(BYTES, dtype)) throw unsupported(`The weights of this checkpoint are stored as ${dtype}.`, name)
    const type = dtype as SourceType
    const bytes = shape.reduce((product, n) => product * n, BYTES[type])
    if (end - begin !== bytes || dataAt + end > size)
      throw damaged(file, `${name}: ${bytes} bytes at ${begin} to ${end}, the file has ${size - dataAt}`)
    tensors.set(name, { path, type, shape, offset: dataAt + begin, bytes })
  }
  return tensors
}
