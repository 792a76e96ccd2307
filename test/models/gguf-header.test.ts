import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../src-main/contract/index.ts'
import { headerProblem } from '../../src-main/models/gguf-header.ts'
import { inspectModel } from '../../src-main/models/index.ts'
import { root } from '../support/data.ts'
import { temporaryFolder } from '../support/folder.ts'

const bundled = join(root, 'resources/models/micro-student.gguf')
const good = readFileSync(bundled)
const path = join(temporaryFolder(), 'hostile.gguf')

test('finds nothing wrong with a good file', () => {
  expect(headerProblem(bundled, statSync(bundled).size)).toBeNull()
})

test('a length that leads beyond the file is an error, not a crash', async () => {
  const bytes = Buffer.from(good)
  bytes.fill(1, 5000, 5004)
  writeFileSync(path, bytes)
  await expect(inspectModel(path)).rejects.toMatchObject({ code: 'MODEL_TRUNCATED' })
  const later = Buffer.from(good)
  later.writeUInt32LE(200, 4)
  later.writeBigUInt64LE(2n ** 40n, 16)
  writeFileSync(path, later)
  await expect(inspectModel(path)).rejects.toMatchObject({ code: 'MODEL_TRUNCATED' })
  for (const at of [8, 16, 24]) {
    const huge = Buffer.from(good.subarray(0, 100_000))
    huge.writeBigUInt64LE(2n ** 63n, at)
    writeFileSync(path, huge)
    await expect(inspectModel(path)).rejects.toMatchObject({ code: 'MODEL_TRUNCATED' })
  }
})

/** A header with one value, in a file that claims to be as long as the value says. */
function oneValue(type: number[], count: bigint): Buffer {
  const bytes = Buffer.alloc(24 + 8 + 1 + 4 * type.length + 8)
  bytes.write('GGUF')
  bytes.writeUInt32LE(3, 4)
  bytes.writeBigUInt64LE(1n, 16)
  bytes.writeBigUInt64LE(1n, 24)
  bytes.write('x', 32)
  for (const [i, number] of type.entries()) bytes.writeUInt32LE(number, 33 + 4 * i)
  bytes.writeBigUInt64LE(count, bytes.length - 8)
  return bytes
}

test.each([
  ['a text of gigabytes', oneValue([8], 5n * 2n ** 30n)],
  ['a list of gigabytes', oneValue([9, 0], 5n * 2n ** 30n)],
  ['a list of millions of numbers', oneValue([9, 0], 2n ** 25n)],
  ['a list of empty texts without end', oneValue([9, 8], 2n ** 29n)],
])('a header of gigabytes is refused without being read: %s', async (_, bytes) => {
  writeFileSync(path, bytes)
  truncateSync(path, 6 * 2 ** 30)
  await expect(inspectModel(path)).rejects.toMatchObject({ code: 'MODEL_TRUNCATED' })
  truncateSync(path, 0)
})

test('more tensors than any model has are refused', async () => {
  const bytes = Buffer.alloc(24)
  bytes.write('GGUF')
  bytes.writeUInt32LE(3, 4)
  bytes.writeBigUInt64LE(2n ** 20n, 8)
  writeFileSync(path, bytes)
  truncateSync(path, 2 ** 26)
  await expect(inspectModel(path)).rejects.toMatchObject({ code: 'MODEL_TRUNCATED' })
})

test('whatever the header holds, ends with facts or a clear error', async () => {
  const edits = fc.array(fc.tuple(fc.integer({ min: 4, max: 60_000 }), fc.nat(255)), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(edits, async (changes) => {
      const bytes = Buffer.from(good)
      for (const [at, byte] of changes) bytes[at] = byte
      writeFileSync(path, bytes)
      await inspectModel(path).catch((error: unknown) => expect(error).toBeInstanceOf(AppError))
    }),
    { numRuns: 60 },
  )
})
