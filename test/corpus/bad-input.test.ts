import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folder, pool, run, states } from '../support/ingestion.ts'
import { cannotRun } from '../support/skip.ts'
import { unprivileged } from '../support/unprivileged.ts'

it('reads files whose names are in any script', async () => {
  const names = [
    'Zażółć.txt',
    'отчёт.md',
    '日本語 メモ.txt',
    'ملاحظة.txt',
    '😀.txt',
    'a%20b#c?.txt',
    "it's [1] {2}.txt",
  ]
  for (const name of names) writeFileSync(join(folder, name), 'There is text.')
  await run()
  expect(states()).toEqual(Object.fromEntries(names.map((name) => [name, 'indexed'])))
})

it.skipIf(cannotRun(process.platform !== 'linux', 'only Linux takes names that are no Unicode'))(
  'names a file whose name is no Unicode, and reads the others',
  async () => {
    writeFileSync(
      Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.txt')]),
      'There is text.',
    )
    writeFileSync(join(folder, 'other.txt'), 'There is text.')
    await run()
    expect(states()).toEqual({ 'caf\ufffd.txt': 'skipped PATH_UNREADABLE', 'other.txt': 'indexed' })
  },
)

it('says so of a file that vanishes while it is read, and forgets it the next time', async () => {
  writeFileSync(join(folder, 'gone.txt'), 'There is text.')
  writeFileSync(join(folder, 'kept.txt'), 'There is text, too.')
  await run({
    reader: {
      ...pool,
      read(path, signal) {
        if (path.endsWith('gone.txt')) rmSync(path)
        return pool.read(path, signal)
      },
    },
  })
  expect(states()).toEqual({ 'gone.txt': 'failed PATH_MISSING', 'kept.txt': 'indexed' })
  await run()
  expect(states()).toEqual({ 'kept.txt': 'indexed' })
})

it.skipIf(cannotRun(process.platform === 'win32', 'Windows has other permissions'))(
  'says so of a file that it may not read, and reads it as soon as it may',
  async () => {
    const closed = join(folder, 'closed.txt')
    writeFileSync(closed, 'There is text.')
    writeFileSync(join(folder, 'open.txt'), 'There is text, too.')
    chmodSync(closed, 0)
    await unprivileged(join(folder, '../..'), run)
    expect(states()).toEqual({ 'closed.txt': 'failed PATH_UNREADABLE', 'open.txt': 'indexed' })
    chmodSync(closed, 0o600)
    await unprivileged(join(folder, '../..'), run)
    expect(states()).toEqual({ 'closed.txt': 'indexed', 'open.txt': 'indexed' })
  },
)

it('writes nothing into the folder of a library, which may be on a disk that cannot be written to', async () => {
  mkdirSync(join(folder, 'below'))
  writeFileSync(join(folder, 'below', 'a.txt'), 'There is text.')
  writeFileSync(join(folder, 'broken.pdf'), '%PDF-1.7 nothing')
  const look = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => [name, statSync(join(folder, name)).mtimeMs])
  const before = [look(), statSync(folder).mtimeMs]
  await run()
  await run()
  expect(states()).toEqual({ 'below/a.txt': 'indexed', 'broken.pdf': 'failed FILE_DAMAGED' })
  expect([look(), statSync(folder).mtimeMs]).toEqual(before)
})
