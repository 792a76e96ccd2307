import { totalmem } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fitModel } from '../../src-main/models/index.ts'
import { tinyCheckpoint, writeCheckpoint } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'
import { tinyShape, tokenizerOf, u32, writeRandomModel } from '../support/gguf.ts'
import { cannotRun } from '../support/skip.ts'

const folder = temporaryFolder()
const tokenizer = await tokenizerOf()
const path = join(folder, 'patient.gguf')
writeRandomModel(path, { tokenizer, metadata: { 'qwen2.context_length': u32(2 ** 32 - 1) } })

const options = {
  modelsDir: folder,
  slots: 1,
  contextLength: 512,
  hub: { endpoint: 'http://127.0.0.1:1', token: null },
  trainingBytes: async () => null,
  tokensPerSecond: async () => null,
}

describe('whether a model fits', () => {
  const { layers, keyValueHeads, headSize } = tinyShape
  const bytesPerToken = 2 * 2 * layers * keyValueHeads * headSize

  test.each([
    [0.3, 'good', 'runs well'],
    [0.7, 'tight', 'when little else does'],
    [1.2, 'no', 'does not run'],
  ] as const)('with a context of %d of the memory: %s', async (share, verdict, words) => {
    const contextLength = Math.floor((share * totalmem()) / bytesPerToken)
    const fit = await fitModel(path, { ...options, contextLength })
    expect(fit).toMatchObject({ verdict, contextLength, summary: expect.stringContaining(words) })
  })

  test.skipIf(cannotRun(process.platform !== 'linux', 'only Linux has a disk that never has room'))(
    'depends on the room on the disk',
    async () => {
      const dir = join(folder, 'checkpoint')
      writeCheckpoint(dir, tokenizer, { shape: tinyCheckpoint })
      expect((await fitModel(dir, options)).verdict).toBe('good')
      expect(await fitModel(dir, { ...options, modelsDir: '/proc/nowhere' })).toMatchObject({
        verdict: 'no',
        freeDiskBytes: 0,
        summary: expect.stringContaining('on the disk, and 0 MB are free'),
      })
    },
  )

  test('of a file that is not there is told as such', async () => {
    await expect(fitModel(join(folder, 'gone.gguf'), options)).rejects.toMatchObject({
      value: { code: 'PATH_MISSING' },
    })
  })
})
