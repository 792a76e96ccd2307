import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { repository, runCommand, temporaryDir } from '../support/app.ts'
import { serveOcrData } from '../support/ocr-data.ts'

const dataDir = temporaryDir()
const server = await serveOcrData()
process.env['LAGOTTO_OCR_DATA'] = server.url
afterAll(() => {
  server.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const lagotto = (...args: string[]) => runCommand([...args, '--data-dir', dataDir])
const scan = join(repository, 'test/fixtures/scan.pdf')

it('lagotto ocr fetches a language, and read recognizes text in it', async () => {
  const before = await lagotto('read', scan, '--ocr', 'eng')
  expect(before).toMatchObject({ code: 1, stdout: '' })
  expect(before.stderr).toContain('lagotto ocr fetch eng')
  expect((await lagotto('ocr', 'fetch', 'eng')).stdout).toMatch(/^eng +English +here$/m)
  expect((await lagotto('ocr', 'use', 'eng')).stdout).toMatch(/^eng +English +used$/m)
  const { code, stdout } = await lagotto('read', scan, '--ocr', 'eng')
  expect(code).toBe(0)
  expect(stdout).toContain('The white truffle of Alba grows near oak trees.')
  expect((await lagotto('ocr', 'use')).code).toBe(2)
}, 120_000)
