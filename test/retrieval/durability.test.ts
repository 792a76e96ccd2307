import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { openPassageIndex } from '../../src-main/retrieval/index.ts'
import { root } from '../support/data.ts'
import { indexFile, temporaryFolder } from '../support/index-files.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

function folder(): string {
  const { path, remove } = temporaryFolder()
  cleanups.push(remove)
  return path
}

/** Runs a writer and kills it `ms` after its first acknowledgement. @returns last acknowledged version of each file */
async function writeAndKill(dir: string, firstVersion: number, ms: number): Promise<Map<string, number>> {
  const writer = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'test/support/index-writer.ts'), dir, String(firstVersion)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const acknowledged = new Map<string, number>()
  const closed = once(writer, 'close')
  for await (const line of createInterface({ input: writer.stdout })) {
    if (acknowledged.size === 0) setTimeout(() => writer.kill('SIGKILL'), ms)
    const [file = '', version = ''] = line.split(' ')
    acknowledged.set(file, Number(version))
  }
  await closed
  return acknowledged
}

/** Every passage that a search can see, by file. */
async function contents(dir: string): Promise<Map<string, string[]>> {
  const index = await openPassageIndex({ dir })
  try {
    const hits = await index.search('everywhere', 1000)
    expect(hits.length).toBe(await index.count())
    return Map.groupBy(hits, ({ fileId }) => fileId)
      .entries()
      .reduce((all, [file, found]) => all.set(file, found.map(({ text }) => text).toSorted()), new Map())
  } finally {
    await index.close()
  }
}

describe('kill -9 in the middle of writing', () => {
  it('loses no acknowledged passage, leaves no doubles and no halves', { timeout: 60_000 }, async () => {
    const dir = folder()
    const known = new Map<string, number>()
    let version = 1
    for (let round = 0; round < 8; round++) {
      for (const [file, last] of await writeAndKill(dir, version, 40 + 130 * ((round * 0.618) % 1) * 4))
        known.set(file, last)
      const found = await contents(dir)
      for (const [file, last] of known) {
        const texts = found.get(file) ?? []
        const stored = Number(/version (\d+)/.exec(texts[0] ?? '')?.[1] ?? 0)
        const count = stored === 0 ? 0 : 1 + ((stored + Number(file.slice(1))) % 7)
        const whole = Array.from(
          { length: count },
          (_, i) => `everywhere ${file} version ${stored} passage ${i} of ${count}`,
        )
        expect(texts).toEqual(whole)
        // A write that was not acknowledged may have happened: for f3 that may be its removal.
        if (!(file === 'f3' && stored === 0)) expect(stored).toBeGreaterThanOrEqual(last)
        known.set(file, stored)
      }
      version = Math.max(version, ...known.values()) + 1
    }
  })
})

describe('a damaged index', () => {
  async function written(): Promise<{ dir: string; table: string }> {
    const dir = folder()
    const index = await openPassageIndex({ dir })
    await index.replace([indexFile('a', ...Array.from({ length: 50 }, (_, i) => `truffle number ${i}`))])
    await index.finish()
    await index.close()
    return { dir, table: join(dir, 'passages.lance') }
  }

  async function use(dir: string): Promise<string> {
    const index = await openPassageIndex({ dir })
    try {
      return `${(await index.search('truffle', 5)).length} hits`
    } finally {
      await index.close()
    }
  }

  const gone = (name: string) => (table: string) => rmSync(join(table, name), { recursive: true })
  const changed = (pattern: RegExp, change: (file: string) => void) => (table: string) => {
    const entries = readdirSync(table, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    for (const { parentPath, name } of entries) {
      const file = join(parentPath, name)
      if (pattern.test(file)) change(file)
    }
  }
  const halve = (file: string) => truncateSync(file, statSync(file).size >> 1)
  const overwrite = (file: string) => writeFileSync(file, Buffer.alloc(statSync(file).size, 0x5a))

  const damages: [string, (table: string) => void][] = [
    ['manifests gone', gone('_versions')],
    ['data gone', gone('data')],
    ['index gone', gone('_indices')],
    ['manifest truncated', changed(/\.manifest$/, halve)],
    ['manifest emptied', changed(/\.manifest$/, (file) => truncateSync(file, 0))],
    ['data truncated', changed(/data.*\.lance$/, halve)],
    ['data overwritten', changed(/data.*\.lance$/, overwrite)],
    ['index truncated', changed(/_indices/, halve)],
  ]

  it.each(damages)('is named as such, with what to do: %s', async (_, damage) => {
    const { dir, table } = await written()
    damage(table)
    await expect(use(dir)).rejects.toMatchObject({
      code: 'INDEX_DAMAGED',
      value: { message: expect.stringContaining('damaged'), action: 'Index the library again.' },
    })
  })

  it('is not what a start that was killed before its first commit leaves', async () => {
    const dir = folder()
    mkdirSync(join(dir, 'passages.lance', 'data'), { recursive: true })
    expect(await use(dir)).toBe('0 hits')
  })
})

/** A disk of three megabytes; null where the system does not let us have one. */
function smallDisk(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null
  const dir = folder()
  if (spawnSync('sh', ['-c', `mount -t tmpfs -o size=3m tmpfs ${dir}`]).status !== 0) return null
  cleanups.unshift(() => spawnSync('sh', ['-c', `umount -l ${dir}`]))
  return dir
}

it('names a full disk, and keeps what was acknowledged before', async ({ skip }) => {
  const disk = smallDisk()
  if (disk === null) return skip('a small disk can only be mounted by root on Linux')
  const index = await openPassageIndex({ dir: join(disk, 'index') })
  const noise = () => Array.from({ length: 80 }, () => Math.random().toString(36).slice(2)).join(' ')
  let written = 0
  const fill = async () => {
    for (; written < 1000; written++)
      await index.replace([indexFile(`f${written}`, ...Array.from({ length: 10 }, noise))])
  }
  await expect(fill()).rejects.toMatchObject({ code: 'DISK_FULL' })
  expect(written).toBeGreaterThan(0)
  await index.finish()
  expect(await index.count()).toBe(10 * written)
  await index.close()
})

it('says that the folder cannot be used when a file is in its place', async () => {
  const dir = join(folder(), 'file')
  writeFileSync(dir, 'not a folder')
  await expect(openPassageIndex({ dir })).rejects.toMatchObject({ code: 'DATA_DIR_UNUSABLE' })
  expect(readFileSync(dir, 'utf8')).toBe('not a folder')
})
