import { rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { oncePerFile } from '../../src-main/models/once-per-file.ts'
import { temporaryFolder } from '../support/folder.ts'

it('reads a file once, again when it has changed, and again after a failure', async () => {
  const path = join(temporaryFolder(), 'file.txt')
  let times = 0
  const text = oncePerFile(async (file) => {
    times += 1
    return readFile(file, 'utf8')
  })
  await expect(text(path)).rejects.toThrow('ENOENT')
  await expect(text(path)).rejects.toThrow('ENOENT')
  writeFileSync(path, 'one')
  expect(await Promise.all([text(path), text(path), text(path)])).toEqual(['one', 'one', 'one'])
  expect(times).toBe(3)
  writeFileSync(path, 'three')
  expect([await text(path), await text(path)]).toEqual(['three', 'three'])
  rmSync(path)
  await expect(text(path)).rejects.toThrow('ENOENT')
  expect(times).toBe(5)
})
