import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { fetchFile } from '../../../src-main/models/download/fetch-file.ts'
import { resolveModel } from '../../../src-main/models/download/hub.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startHub } from '../../support/hub.ts'

const folder = temporaryFolder()
const disk = join(folder, 'disk')
const MB = 2 ** 20

function mountSmallDisk(): boolean {
  mkdirSync(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=120m', 'tmpfs', disk], { stdio: 'ignore' })
    return true
  } catch {
    console.warn('skipped: a small disk can only be mounted by root on Linux')
    return false
  }
}

describe.skipIf(!mountSmallDisk())('a disk that fills during a download', () => {
  afterAll(() => execFileSync('umount', ['-l', disk]))

  test('is told as such, and what was fetched is not in its way', async () => {
    const hub = await startHub({ 'maker/model': { 'model.gguf': Buffer.alloc(40 * MB, 'lagotto ') } })
    hub.behavior.bytesPerSecond = 40 * MB
    const model = await resolveModel('hf:maker/model', { endpoint: hub.endpoint, token: null })
    const file = model.files[0]
    if (!file) throw new Error('no file')
    let filled = false
    const onProgress = (bytes: number): void => {
      if (filled || bytes < 4 * MB) return
      filled = true
      try {
        for (let i = 0; ; i++) writeFileSync(join(disk, `other-${i}`), Buffer.alloc(2 * MB, 1))
      } catch {
        // Now it is full.
      }
    }
    await expect(fetchFile(file, join(disk, 'model', 'model.gguf'), { onProgress })).rejects.toMatchObject({
      code: 'DISK_FULL',
    })
    expect(filled).toBe(true)
    expect(readdirSync(join(disk, 'model'))).toEqual([])
    await hub.close()
  })
})
