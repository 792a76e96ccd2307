import { bytesOf, type GgmlType, Q8_BLOCK, Q8_BLOCK_BYTES } from './gguf-format.ts'
import type { SourceType } from './safetensors.ts'

const bits = new Uint32Array(1)
const float = new Float32Array(bits.buffer)

/** The half-precision number nearest to a single-precision one, ties to even; its bits. */
export function toHalf(x: number): number {
  float[0] = x
  const all = bits[0] ?? 0
  const sign = (all >>> 16) & 0x8000
  const abs = all & 0x7fffffff
  if (abs >= 0x47_7f_f0_00) return sign | (abs > 0x7f800000 ? 0x7e00 : 0x7c00)
  const subnormal = abs < 0x38_80_00_00
  if (subnormal && abs < 0x33_00_00_00) return sign
  const shift = subnormal ? 126 - (abs >>> 23) : 13
  const mantissa = subnormal ? (abs & 0x7fffff) | 0x800000 : abs - 0x38_00_00_00
  const cut = mantissa & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  const kept = mantissa >>> shift
  return sign | (kept + (cut > half || (cut === half && (kept & 1) === 1) ? 1 : 0))
}

function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 31
  const fraction = half & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

let halves: Float32Array | null = null

/** Elements as single-precision numbers. */
export function toFloats(bytes: Uint8Array, type: SourceType): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  if (type === 'F32') return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
  const raw = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2)
  const result = new Float32Array(raw.length)
  if (type === 'BF16') {
    const patterns = new Uint32Array(result.buffer)
    for (let i = 0; i < raw.length; i++) patterns[i] = (raw[i] as number) << 16
    return result
  }
  halves ??= Float32Array.from({ length: 65536 }, (_, half) => fromHalf(half))
  for (let i = 0; i < raw.length; i++) result[i] = halves[raw[i] as number] as number
  return result
}

function toHalves(values: Float32Array): Uint8Array {
  const result = new Uint16Array(values.length)
  for (let i = 0; i < values.length; i++) result[i] = toHalf(values[i] as number)
  return new Uint8Array(result.buffer)
}

function toBfloats(values: Float32Array): Uint8Array {
  const patterns = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const result = new Uint16Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const pattern = patterns[i] as number
    const nan = (pattern & 0x7fffffff) > 0x7f800000
    result[i] = nan ? (pattern >>> 16) | 64 : (pattern + 0x7fff + ((pattern >>> 16) & 1)) >>> 16
  }
  return new Uint8Array(result.buffer)
}

/** Blocks of 32 with a half-precision scale, rounded as ggml's reference does (`quantize_row_q8_0_ref`). */
function toQ8(values: Float32Array): Uint8Array {
  const result = new Uint8Array(bytesOf('Q8_0', values.length))
  for (let at = 0, out = 0; at < values.length; at += Q8_BLOCK, out += Q8_BLOCK_BYTES) {
    let largest = 0
    for (let i = at; i < at + Q8_BLOCK; i++) {
      const size = Math.abs(values[i] as number)
      if (size > largest) largest = size
    }
    const scale = Math.fround(largest / 127)
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
    const half = toHalf(scale)
    result[out] = half & 255
    result[out + 1] = half >>> 8
    for (let i = 0; i < Q8_BLOCK; i++) {
      const x = Math.fround((values[at + i] as number) * inverse)
      result[out + 2 + i] = x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5)
    }
  }
  return result
}

/** Elements in another type; Q8_0 takes whole blocks. */
export function convert(bytes: Uint8Array, from: SourceType, to: GgmlType): Uint8Array {
  if (from === to) return bytes
  const values = toFloats(bytes, from)
  if (to === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (to === 'F16') return toHalves(values)
  return to === 'BF16' ? toBfloats(values) : toQ8(values)
}
