import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { testBackend } from '../../../src-main/inference/index.ts'
import { root } from '../../support/data.ts'
import { temporaryFolder } from '../../support/folder.ts'

const model = join(root, 'resources/models/micro-student.gguf')
const folder = temporaryFolder()
afterEach(() => vi.unstubAllEnvs())

test('the processor works, and how fast is told', async () => {
  const tested = await testBackend('cpu', model)
  expect(tested).toMatchObject({ works: true, reason: null })
  expect(tested.tokensPerSecond).toBeGreaterThan(0)
})

test('a driver that takes its process down is an answer', async () => {
  const crash = join(folder, 'crash.cjs')
  writeFileSync(crash, 'process.abort()')
  vi.stubEnv('NODE_OPTIONS', `--require ${crash}`)
  expect(await testBackend('cpu', model)).toMatchObject({
    works: false,
    reason: expect.stringContaining('The driver for the CPU crashed'),
  })
})
