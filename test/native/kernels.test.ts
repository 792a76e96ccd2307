import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { root } from '../support/data.ts'
import { testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { tinyShape, tokenizerOf, writeRandomModel } from '../support/gguf.ts'

const engine = testEngine()
const folder = temporaryFolder()
const pathOf = (type: string): string => join(folder, `${type}.gguf`)

/** Exact, up to the order of sums; or as far off as rounding to BF16 here, to 8 bits in ggml's operators there. */
const bounds = { f32: 1e-5, f16: 2e-2, bf16: 2e-2, q8_0: 2e-2, q6_K: 3e-2, q4_K: 3e-2 } as const
type Type = keyof typeof bounds
const kinds = ['amx-bf16', 'avx512-bf16', 'avx512', 'avx2', 'portable']

describe.skipIf(!engine)('kernels', () => {
  if (!engine) return

  beforeAll(async () => {
    const shape = { ...tinyShape, embedding: 256, heads: 4, headSize: 64, feedForward: 512 }
    writeRandomModel(pathOf('base'), { shape, tokenizer: await tokenizerOf(), deviation: 0.04 })
    const model = await engine.loadModel({ path: pathOf('base') }, { threads: 1 })
    for (const type of Object.keys(bounds) as Type[]) await model.write({ path: pathOf(type), type })
    await model.dispose()
  })

  const check = (type: Type, kernels: string) => {
    const script = join(root, 'test/support/kernel-check.ts')
    const output = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', script, pathOf(type)], {
      encoding: 'utf8',
      env: { ...process.env, LAGOTTO_KERNELS: kernels },
    })
    return JSON.parse(output) as { kernels: string; logits: number; gradients: number }
  }

  for (const kind of kinds) {
    test(`of the kind ${kind} agree with plain operators`, () => {
      const exact = check('f32', kind)
      // A processor without these instructions takes the portable ones.
      expect([kind, 'portable']).toContain(exact.kernels)
      expect(exact.logits).toBeLessThan(bounds.f32)
      expect(exact.gradients).toBeLessThan(bounds.f32)
      for (const type of ['q8_0', 'bf16'] as const) {
        const rounded = check(type, kind)
        expect(rounded.logits).toBeLessThan(bounds[type])
        expect(rounded.gradients).toBeLessThan(4 * bounds[type])
      }
    })
  }

  for (const type of Object.keys(bounds) as Type[]) {
    test(`multiply weights of the type ${type}`, () => {
      const { logits, gradients } = check(type, '')
      expect(logits).toBeLessThan(bounds[type])
      expect(gradients).toBeLessThan(4 * bounds[type])
    })
  }
})
