/** A metadata value with its GGUF type. */
export type GgufValue =
  | { type: 'u32' | 'i32' | 'f32'; value: number }
  | { type: 'bool'; value: boolean }
  | { type: 'string'; value: string }
  | { type: 'strings'; value: readonly string[] }
  | { type: 'i32s'; value: readonly number[] }

export type GgufMetadata = Record<string, GgufValue>

/** How a tensor's elements are stored: ggml's types that we write. */
export type GgmlType = 'F32' | 'F16' | 'BF16' | 'Q8_0'

/** What the header says about a tensor. */
export interface TensorInfo {
  name: string
  /** ggml order: the row length first. */
  dimensions: readonly number[]
  type: GgmlType
}

const VALUE_TYPES = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const
const GGML_TYPES: Record<GgmlType, number> = { F32: 0, F16: 1, Q8_0: 8, BF16: 30 }
const ALIGNMENT = 32

/** Elements that share a scale in Q8_0, and the bytes they take (ggml-common.h). */
export const Q8_BLOCK = 32
export const Q8_BLOCK_BYTES = 2 + Q8_BLOCK

export const u32 = (value: number): GgufValue => ({ type: 'u32', value })
export const f32 = (value: number): GgufValue => ({ type: 'f32', value })
export const text = (value: string): GgufValue => ({ type: 'string', value })
export const bool = (value: boolean): GgufValue => ({ type: 'bool', value })

function number(size: number, write: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(size)
  write(buffer)
  return buffer
}
const uint32 = (n: number): Buffer => number(4, (b) => b.writeUInt32LE(n))
const int32 = (n: number): Buffer => number(4, (b) => b.writeInt32LE(n))
const uint64 = (n: number): Buffer => number(8, (b) => b.writeBigUInt64LE(BigInt(n)))
const string = (s: string): Buffer => {
  const bytes = Buffer.from(s, 'utf8')
  return Buffer.concat([uint64(bytes.length), bytes])
}
const array = <T>(type: number, items: readonly T[], encodeItem: (item: T) => Buffer): Buffer =>
  Buffer.concat([uint32(VALUE_TYPES.array), uint32(type), uint64(items.length), ...items.map(encodeItem)])

function encode(value: GgufValue): Buffer {
  switch (value.type) {
    case 'u32':
      return Buffer.concat([uint32(VALUE_TYPES.u32), uint32(value.value)])
    case 'i32':
      return Buffer.concat([uint32(VALUE_TYPES.i32), int32(value.value)])
    case 'f32':
      return Buffer.concat([uint32(VALUE_TYPES.f32), number(4, (b) => b.writeFloatLE(value.value))])
    case 'bool':
      return Buffer.concat([uint32(VALUE_TYPES.bool), Buffer.from([value.value ? 1 : 0])])
    case 'string':
      return Buffer.concat([uint32(VALUE_TYPES.string), string(value.value)])
    case 'strings':
      return array(VALUE_TYPES.string, value.value, string)
    case 'i32s':
      return array(VALUE_TYPES.i32, value.value, int32)
  }
}

const elements = (dimensions: readonly number[]): number => dimensions.reduce((product, n) => product * n, 1)

/** Bytes that so many elements take. */
export function bytesOf(type: GgmlType, count: number): number {
  if (type === 'Q8_0') return (count / Q8_BLOCK) * Q8_BLOCK_BYTES
  return type === 'F32' ? 4 * count : 2 * count
}

/** Bytes of a tensor's content. */
export const tensorBytes = ({ dimensions, type }: TensorInfo): number => bytesOf(type, elements(dimensions))

/** Bytes with the padding that follows them in the file. */
export const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

/**
 * Everything of a GGUF file (version 3) that comes before the tensors' content, padded. The contents follow in the
 * order of `tensors`, each padded.
 */
export function ggufHeader(metadata: GgufMetadata, tensors: readonly TensorInfo[]): Buffer {
  let offset = 0
  const infos = tensors.map((tensor) => {
    const { name, dimensions, type } = tensor
    const info = Buffer.concat([
      string(name),
      uint32(dimensions.length),
      ...dimensions.map(uint64),
      uint32(GGML_TYPES[type]),
      uint64(offset),
    ])
    offset += padded(tensorBytes(tensor))
    return info
  })
  const entries = Object.entries(metadata)
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    uint32(3),
    uint64(tensors.length),
    uint64(entries.length),
    ...entries.flatMap(([key, value]) => [string(key), encode(value)]),
    ...infos,
  ])
  return Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length)])
}
