import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { events, expectConsistent, folder, read, rows, run, states, store, texts, write } from '../support/ingestion.ts'

describe('what ingestion looks at', () => {
  it('leaves out what is hidden or a program’s own, and names links without following them', async () => {
    for (const path of ['.hidden.md', '.git/a.md', 'node_modules/a.md', '~$open.docx', 'Thumbs.db']) write(path, 'x')
    write('seen.md', 'seen')
    symlinkSync(join(folder, 'seen.md'), join(folder, 'link.md'))
    symlinkSync(folder, join(folder, 'loop'))
    await run()
    expect(states()).toEqual({
      'seen.md': 'indexed',
      'link.md': 'skipped FILE_UNSUPPORTED',
      loop: 'skipped FILE_UNSUPPORTED',
    })
    expect(rows()[0]?.error?.message).toMatch(/link/)
    await run()
    expect(events.filter((event) => event.type === 'file')).toEqual([])
  })

  it('reads text files without an extension, and says of others that they are none', async () => {
    write('README', 'Read me first.')
    write('Makefile', 'all:\n\tcc main.c')
    write('program', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1, 2, 3]))
    await run()
    expect(states()).toEqual({ README: 'indexed', Makefile: 'indexed', program: 'skipped FILE_UNSUPPORTED' })
    await run()
    expect(read).toEqual([])
  })

  it('goes by include and exclude patterns and the size limit, and by new ones at once', async () => {
    write('a.md', 'a')
    write('drafts/b.md', 'b')
    write('c.txt', 'c')
    write('large.md', 'x '.repeat(1000))
    const rules = { include: ['*.MD'], exclude: ['drafts/'], maxFileBytes: 1000 }
    await run({ rules })
    expect(states()).toEqual({ 'a.md': 'indexed', 'large.md': 'skipped FILE_TOO_LARGE' })
    await run({ rules: { include: [], exclude: ['/a.md'], maxFileBytes: 5000 } })
    expect(states()).toEqual({ 'drafts/b.md': 'indexed', 'c.txt': 'indexed', 'large.md': 'indexed' })
    expectConsistent()
  })

  it('respects ignore files, the nearest one most', async () => {
    write('.gitignore', '*.log\nbuild/\n')
    write('sub/.gitignore', '!keep.log\nsecret.md\n')
    write('.lagottoignore', 'notes.md\n')
    for (const path of [
      'a.log',
      'build/b.md',
      'sub/keep.log',
      'sub/other.log',
      'sub/secret.md',
      'secret.md',
      'notes.md',
    ])
      write(path, `text of ${path}`)
    await run()
    expect(states()).toEqual({ 'secret.md': 'indexed', 'sub/keep.log': 'indexed' })
    write('.lagottoignore', '')
    await run({ only: [join(folder, '.lagottoignore')] })
    expect(states()).toEqual({ 'notes.md': 'indexed', 'secret.md': 'indexed', 'sub/keep.log': 'indexed' })
  })

  it('never looks into the folder of the app itself', async () => {
    write('a.md', 'a')
    write('app data/index.md', 'of the app')
    const own = join(folder, 'app data')
    await run({ own })
    await run({ own, only: [join(own, 'index.md')] })
    expect(states()).toEqual({ 'a.md': 'indexed' })
  })

  it('looks only at the paths it is told, and at what lies below them', async () => {
    for (const path of ['a.md', 'b.md', 'sub/c.md', 'sub/d.md', 'subway.md']) write(path, path)
    await run()
    write('a.md', 'new a')
    write('b.md', 'new b')
    write('sub/e.md', 'new e')
    rmSync(join(folder, 'sub/c.md'))
    rmSync(join(folder, 'subway.md'))
    await run({ only: [join(folder, 'a.md'), join(folder, 'sub'), join(folder, 'sub/d.md')] })
    expect(read.sort()).toEqual(['a.md', 'sub/e.md'])
    expect(texts()).toEqual(['b.md', 'new a', 'new e', 'sub/d.md', 'subway.md'])
    expectConsistent()
  })

  it('takes an empty folder on another file system for a disk that is not there', async () => {
    write('a.md', 'a')
    await run()
    const [source] = store.sources('library')
    expect(source).toMatchObject({ problem: null, syncedAt: expect.any(Number), device: expect.any(Number) })
    store.setSourceState(source?.id ?? '', { problem: null, syncedAt: null, device: 12345 })
    rmSync(join(folder, 'a.md'))
    await expect(run()).rejects.toMatchObject({ code: 'PATH_MISSING' })
    expect(texts()).toEqual(['a'])
    expect(store.sources('library')[0]).toMatchObject({ problem: { code: 'PATH_MISSING' }, device: 12345 })
    write('a.md', 'a')
    await run()
    expect(store.sources('library')[0]?.problem).toBeNull()
  })
})
