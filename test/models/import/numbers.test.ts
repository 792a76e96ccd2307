import fc from 'fast-check'
import { expect, test } from 'vitest'
import { convert, toFloats, toHalf } from '../../../src-main/models/import/numbers.ts'

const float32 = fc.float({ noNaN: true })

test('half precision is rounded as IEEE 754 says', () => {
  const bits = new Uint16Array(1)
  const half = new Float16Array(bits.buffer)
  const check = (x: number): void => {
    half[0] = x
    expect(toHalf(x)).toBe(bits[0])
  }
  for (let pattern = 0; pattern < 0x7c00; pattern++) {
    bits[0] = pattern
    const value = half[0] as number
    expect(toHalf(value)).toBe(pattern)
  }
  for (const x of [65519, 65520, 2 ** -25, 1.5 * 2 ** -25, 2 ** -24, Number.POSITIVE_INFINITY, -0]) check(x)
  fc.assert(fc.property(float32, check), { numRuns: 5000 })
})

test('every half and every bfloat16 is read exactly', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i)
  const halves = toFloats(new Uint8Array(all.buffer), 'F16')
  expect(halves).toEqual(Float32Array.from(new Float16Array(all.buffer)))
  const wide = toFloats(new Uint8Array(all.buffer), 'BF16')
  expect(new Uint32Array(wide.buffer)[0x3f80]).toBe(0x3f800000)
  expect(convert(new Uint8Array(wide.buffer), 'F32', 'BF16').subarray(0, 0xff00)).toEqual(
    new Uint8Array(all.buffer).subarray(0, 0xff00),
  )
})

test('a Q8_0 block is never further off than half a step', () => {
  const block = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(block, (numbers) => {
      const values = Float32Array.from(numbers)
      const bytes = convert(new Uint8Array(values.buffer), 'F32', 'Q8_0')
      const scale = toFloats(bytes.slice(0, 2), 'F16')[0] as number
      const largest = Math.max(...numbers.map(Math.abs))
      for (const [i, byte] of new Int8Array(bytes.slice(2).buffer).entries()) {
        expect(Math.abs(byte * scale - (values[i] as number))).toBeLessThanOrEqual(0.58 * (largest / 127) + 1e-5)
      }
    }),
  )
})
