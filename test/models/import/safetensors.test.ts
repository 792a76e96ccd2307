import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../../src-main/contract/index.ts'
import { readSafetensors } from '../../../src-main/models/import/safetensors.ts'
import { safetensors } from '../../support/checkpoint.ts'
import { temporaryFolder } from '../../support/folder.ts'

const path = join(temporaryFolder(), 'hostile.safetensors')
const good = safetensors([{ name: 'w', dtype: 'F32', shape: [2, 3], bytes: Buffer.alloc(24) }])

async function read(bytes: Buffer) {
  writeFileSync(path, bytes)
  return readSafetensors(path)
}
function withHeader(header: string, length = BigInt(Buffer.byteLength(header)), data = 24): Buffer {
  const head = Buffer.alloc(8)
  head.writeBigUInt64LE(length)
  return Buffer.concat([head, Buffer.from(header), Buffer.alloc(data)])
}
const entry = (dtype: string, shape: number[], from: number, to: number): string =>
  JSON.stringify({ w: { dtype, shape, data_offsets: [from, to] } })

test('reads where the tensors lie', async () => {
  expect([...(await read(good))]).toEqual([
    ['w', { path, type: 'F32', shape: [2, 3], offset: good.length - 24, bytes: 24 }],
  ])
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a header beyond the file', withHeader('{}', 1000n)],
  ['a header of exabytes', withHeader('{}', 2n ** 63n)],
  ['a header that is no JSON', withHeader('{"w":')],
  ['a header that is a list', withHeader('[]')],
  ['a negative shape', withHeader(entry('F32', [-2, -3], 0, 24))],
  ['a shape whose size overflows', withHeader(entry('F32', [2 ** 52, 2 ** 52], 0, 24))],
  ['data beyond the file', withHeader(entry('F32', [100], 0, 400))],
  ['offsets that run backwards', withHeader(entry('F32', [6], 24, 0))],
  ['another size than the shape says', withHeader(entry('F32', [5], 0, 24))],
  ['an entry that is no tensor', withHeader('{"w": 7}')],
])('refuses %s', async (_, bytes) => {
  await expect(read(bytes)).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' })
})

test('says which types of numbers it cannot read', async () => {
  await expect(read(withHeader(entry('F8_E4M3', [24], 0, 24)))).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' })
})

test('whatever the bytes are, ends with tensors inside the file or with a clear error', async () => {
  const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(changes, fc.nat(good.length), async (edits, length) => {
      const bytes = Buffer.from(good)
      for (const [at, byte] of edits) bytes[at] = byte
      try {
        for (const { offset, bytes: size } of (await read(bytes.subarray(0, length))).values())
          expect(offset + size).toBeLessThanOrEqual(length)
      } catch (error) {
        expect(error).toBeInstanceOf(AppError)
      }
    }),
    { numRuns: 300 },
  )
})
