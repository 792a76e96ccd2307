import { closeSync, openSync, readSync } from 'node:fs'

/** Bytes of a value by its GGUF type number; strings (8) and arrays (9) say their own length. */
const SIZES: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 }
const STRING = 8
const ARRAY = 9
const MAX_DEPTH = 4
const MAX_DIMENSIONS = 4
const WINDOW_BYTES = 2 ** 20
/** The headers of models with the largest vocabularies take some 15 MB. */
export const MAX_HEADER_BYTES = 64 * 2 ** 20
/** Entries of all arrays together: those models have about 1.5 million. */
const MAX_ENTRIES = 2 ** 23
/** Tensors, and values: the largest models have some thousands of the one and some dozens of the other. */
const MAX_COUNT = 2 ** 16

/**
 * Walks through the header of a GGUF file (versions 2 and 3, little-endian) without keeping anything of it, so that
 * whoever reads it afterwards meets no length that leads beyond the file, and no header that fills the memory.
 *
 * @returns what is wrong with it; null: nothing
 */
export function headerProblem(path: string, size: number): string | null {
  const file = openSync(path, 'r')
  const window = Buffer.alloc(WINDOW_BYTES)
  let from = 0
  let held = 0
  let at = 4
  let entries = 0

  /** Position of the next `n` bytes in the window. */
  function take(n: number): number {
    if (at + n > size) throw new RangeError(`the header goes on beyond the end of the file, at byte ${at}`)
    if (at + n > MAX_HEADER_BYTES) throw new RangeError(`a header of more than ${MAX_HEADER_BYTES} bytes`)
    if (at < from || at + n > from + held) {
      from = at
      held = readSync(file, window, 0, window.length, at)
    }
    at += n
    return at - n - from
  }
  const u32 = (): number => window.readUInt32LE(take(4))
  function length(bytesEach: number): number {
    const count = window.readBigUInt64LE(take(8))
    if (count * BigInt(bytesEach) > BigInt(size - at)) throw new RangeError(`${count} entries at byte ${at - 8}`)
    return Number(count)
  }
  function skipString(): void {
    const bytes = length(1)
    at += bytes
  }
  function skipValue(type: number, depth = 0): void {
    const bytes = SIZES[type]
    if (bytes !== undefined) at += bytes
    else if (type === STRING) skipString()
    else if (type === ARRAY && depth < MAX_DEPTH) {
      const element = u32()
      const each = SIZES[element]
      const count = length(each ?? 8)
      entries += count
      if (entries > MAX_ENTRIES) throw new RangeError(`arrays of more than ${MAX_ENTRIES} entries`)
      if (each !== undefined) at += count * each
      else for (let i = 0; i < count; i++) skipValue(element, depth + 1)
    } else throw new RangeError(`a value of type ${type} at byte ${at}`)
  }

  try {
    const version = u32()
    // Version 1 is refused by name by whoever reads the file next, before it follows any length.
    if (version === 1) return null
    if (version !== 2 && version !== 3) return `version ${version} of the format`
    const tensors = length(24)
    const values = length(13)
    if (Math.max(tensors, values) > MAX_COUNT) throw new RangeError(`${tensors} tensors and ${values} values`)
    for (let i = 0; i < values; i++) {
      skipString()
      skipValue(u32())
    }
    for (let i = 0; i < tensors; i++) {
      skipString()
      const dimensions = u32()
      if (dimensions > MAX_DIMENSIONS) throw new RangeError(`a tensor of ${dimensions} dimensions`)
      at += 8 * dimensions + 12
    }
    take(0)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    closeSync(file)
  }
}
