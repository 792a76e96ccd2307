import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { type WatchOptions, watchFolders } from '../../src-main/corpus/index.ts'
import { temporaryFolder } from '../support/folder.ts'

const base = temporaryFolder()
let count = 0
const told: string[] = []
const failures: unknown[] = []
afterEach(() => {
  told.length = 0
  failures.length = 0
})

function watching(options: Partial<WatchOptions> = {}) {
  const folder = join(base, String(count++))
  mkdirSync(join(folder, 'sub'), { recursive: true })
  const watcher = watchFolders({
    quietMs: 50,
    onTouched: (paths) => told.push(...[...paths].map((path) => path.slice(folder.length + 1))),
    onFailed: (error) => failures.push(error),
    ...options,
  })
  onTestFinished(() => watcher.close())
  return { folder, watcher }
}
const toldOf = (path: string) => expect.poll(() => told, { timeout: 5000 }).toContain(path)

describe('watchFolders', () => {
  it('tells of files that come, change, move and go', async () => {
    const { folder, watcher } = watching()
    watcher.add(folder)
    watcher.add(join(folder, 'sub'))
    writeFileSync(join(folder, 'sub/a.md'), 'one')
    await toldOf('sub/a.md')
    told.length = 0
    writeFileSync(join(folder, 'sub/a.md'), 'two')
    await toldOf('sub/a.md')
    told.length = 0
    renameSync(join(folder, 'sub/a.md'), join(folder, 'b.md'))
    await toldOf('b.md')
    expect(told).toContain('sub/a.md')
    told.length = 0
    rmSync(join(folder, 'b.md'))
    await toldOf('b.md')
    expect(failures).toEqual([])
  })

  it('tells of a burst at once, and of one that does not end now and then', async () => {
    const tellings: number[] = []
    const { folder, watcher } = watching({ quietMs: 100, longestMs: 400, onTouched: ({ size }) => tellings.push(size) })
    watcher.add(folder)
    for (let i = 0; i < 50; i++) writeFileSync(join(folder, `${i}.md`), 'x')
    await expect.poll(() => tellings, { timeout: 5000 }).toEqual([50])
    const until = performance.now() + 1500
    for (let i = 0; performance.now() < until; i++) {
      writeFileSync(join(folder, 'growing.log'), String(i))
      await setTimeout(20)
    }
    expect(tellings.length).toBeGreaterThan(2)
  })

  it('follows a folder that takes the place of another', async () => {
    const { folder, watcher } = watching({ recursive: false })
    watcher.add(folder)
    watcher.add(join(folder, 'sub'))
    renameSync(join(folder, 'sub'), join(folder, 'old'))
    mkdirSync(join(folder, 'sub'))
    await toldOf('sub')
    watcher.add(join(folder, 'sub'))
    told.length = 0
    writeFileSync(join(folder, 'sub/new.md'), 'x')
    await toldOf('sub/new.md')
    expect(failures).toEqual([])
  })

  it('says nothing after it was closed, and nothing of folders that are not there', async () => {
    const { folder, watcher } = watching()
    watcher.add(join(folder, 'nowhere'))
    watcher.add(folder)
    writeFileSync(join(folder, 'a.md'), 'x')
    watcher.close()
    watcher.add(folder)
    await setTimeout(200)
    expect(told).toEqual([])
    expect(failures).toEqual([])
  })
})
