import { chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createReaderPool, removeSource } from '../../src-main/corpus/index.ts'
import { docx, endlessMarkdown, pdf } from '../support/documents.ts'
import {
  emptySink,
  events,
  expectConsistent,
  folder,
  read,
  rows,
  run,
  sink,
  states,
  store,
  texts,
  write,
} from '../support/ingestion.ts'
import { cannotRun } from '../support/skip.ts'
import { unprivileged } from '../support/unprivileged.ts'

describe('ingest', () => {
  it('reads new files, says so, and tidies up', async () => {
    write('a.md', '# Alpha\n\nThe first note.')
    write('sub/b.txt', 'The second note.')
    write('sub/deeper/c.docx', docx([{ text: 'The third note.' }]))
    await run()
    expect(states()).toEqual({ 'a.md': 'indexed', 'sub/b.txt': 'indexed', 'sub/deeper/c.docx': 'indexed' })
    expect(texts()).toEqual(['# Alpha\n\nThe first note.', 'The second note.', 'The third note.'])
    expect(rows()[0]).toMatchObject({ title: 'Alpha', passages: 1, pages: null, error: null, libraryId: 'library' })
    expect(rows()[0]?.indexedAt).toBeGreaterThan(0)
    expect(sink.passages.find((passage) => passage.path === 'sub/b.txt')).toMatchObject({ title: 'b', start: 0 })
    expect(sink.finished).toBe(1)
    expect(events.filter((event) => event.type === 'file').map(({ file }) => file.state)).toEqual(
      Array(3).fill('indexed'),
    )
    expect(events.at(-1)).toMatchObject({ progress: { what: 'Done', done: 3, total: 3, unit: 'files' } })
    expectConsistent()
  })

  it.skipIf(cannotRun(process.platform !== 'linux', 'only Linux has file names that are no text'))(
    'has a reason for a file whose name is no text',
    async () => {
      write('a.md', 'note')
      writeFileSync(
        Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.md')]),
        'a latin name',
      )
      await run()
      expect(states()).toEqual({ 'a.md': 'indexed', 'caf\ufffd.md': 'skipped PATH_UNREADABLE' })
      expectConsistent()
    },
  )

  it('does nothing when nothing changed', async () => {
    write('a.md', 'note')
    await run()
    await run()
    expect(read).toEqual([])
    expect(sink.writes).toEqual([1])
    expect(sink.finished).toBe(1)
  })

  it('reads changed files again, and touched ones not', async () => {
    write('changed.md', 'before')
    write('touched.md', 'same')
    await run()
    const before = rows()
    write('changed.md', 'after the change')
    utimesSync(join(folder, 'touched.md'), new Date(), new Date(Date.now() + 5000))
    await run()
    expect(read).toEqual(['changed.md'])
    expect(texts()).toEqual(['after the change', 'same'])
    expect(rows().map((row) => row.id)).toEqual(before.map((row) => row.id))
    expect(rows()[1]).toMatchObject({ state: 'indexed', passages: 1, indexedAt: before[1]?.indexedAt })
    await run()
    expect(events.filter((event) => event.type === 'file')).toEqual([])
  })

  it('forgets deleted files and follows moved ones', async () => {
    write('deleted.md', 'deleted')
    write('moved.md', 'moved')
    await run()
    const before = rows().find(({ relativePath }) => relativePath === 'moved.md')
    rmSync(join(folder, 'deleted.md'))
    mkdirSync(join(folder, 'sub'))
    renameSync(join(folder, 'moved.md'), join(folder, 'sub/there.md'))
    await run()
    expect(read).toEqual([])
    expect(rows()[0]).toMatchObject({ id: before?.id, title: 'there' })
    expect(states()).toEqual({ 'sub/there.md': 'indexed' })
    expect(sink.passages.map((passage) => [passage.text, passage.path])).toEqual([['moved', 'sub/there.md']])
    expectConsistent()
  })

  it('gives a reason for each file that it cannot read, and tries again', async () => {
    write('good.md', 'good')
    write('empty.txt', '')
    write('broken.pdf', 'not a PDF')
    write('picture.png', 'x')
    write(
      'binary.txt',
      new Uint8Array(500).map((_, i) => (i * i) % 256),
    )
    await run()
    expect(states()).toEqual({
      'good.md': 'indexed',
      'empty.txt': 'failed FILE_EMPTY',
      'broken.pdf': 'failed FILE_DAMAGED',
      'picture.png': 'skipped FILE_UNSUPPORTED',
      'binary.txt': 'skipped FILE_UNSUPPORTED',
    })
    expect(events.filter((event) => event.type === 'file').length).toBe(5)
    write('empty.txt', 'now there is text')
    await run()
    expect(read).toEqual(['empty.txt'])
    expect(texts()).toEqual(['good', 'now there is text'])
    await run({ retry: true })
    expect(read.sort()).toEqual(['binary.txt', 'broken.pdf'])
  })

  it('takes the passages of a file away that has become unreadable', async () => {
    write('a.pdf', 'x')
    write('b.txt', 'text')
    await run()
    write('b.txt', ' ')
    await run()
    expect(states()).toEqual({ 'a.pdf': 'failed FILE_DAMAGED', 'b.txt': 'failed FILE_EMPTY' })
    expect(sink.passages).toEqual([])
    expect(rows()[1]).toMatchObject({ passages: 0, indexedAt: null })
  })

  it('keeps what could not be read of a file with it', async () => {
    write('a.pdf', pdf([['Some text on the first page.'], [], ['And on the third.']]))
    await run()
    expect(rows()[0]).toMatchObject({ state: 'indexed', pages: 3, warnings: ['Page 2 has no text.'] })
    expect(store.files('library', { warned: true, offset: 0, limit: 9 }).total).toBe(1)
  })

  it('writes a long text piece by piece, whole and without doubles', async () => {
    const lines = Array.from({ length: 120_000 }, (_, i) => `Line ${i} of a long log, with nothing to tell.`)
    write('long.log', lines.join('\n'))
    await run()
    expect(sink.writes.length).toBeGreaterThan(3)
    expect(new Set(sink.passages.map(({ id }) => id)).size).toBe(sink.passages.length)
    expect(sink.passages.map(({ text }) => text).join('\n')).toBe(lines.join('\n'))
    expectConsistent()
    write('long.log', lines.slice(0, 100_000).join('\n'))
    await run()
    expect(sink.passages.toSorted((a, b) => a.start - b.start).at(-1)?.text).toMatch(/Line 99999 /)
    expectConsistent()
  })

  it('takes single files, and each file once when sources overlap', async () => {
    write('sub/a.md', 'once')
    store.addSource('library', 'folder', join(folder, 'sub'))
    store.addSource('library', 'file', join(folder, 'sub/a.md'))
    await run()
    expect(rows().length).toBe(1)
    await run()
    expect(read).toEqual([])
    expect(texts()).toEqual(['once'])
  })

  it('keeps the files of a source that is not there, does the others, and says so', async () => {
    const disk = join(folder, '../disk')
    mkdirSync(disk)
    writeFileSync(join(disk, 'a.md'), 'on the disk')
    store.addSource('library', 'folder', disk)
    await run()
    renameSync(disk, `${disk}-elsewhere`)
    write('b.md', 'new')
    await expect(run()).rejects.toMatchObject({
      code: 'PATH_MISSING',
      value: { message: expect.stringContaining(disk) },
    })
    expect(texts()).toEqual(['new', 'on the disk'])
    await expect(run({ index: 'other' })).rejects.toMatchObject({ code: 'PATH_MISSING' })
    expect(states()).toEqual({ 'a.md': 'waiting', 'b.md': 'indexed' })
    renameSync(`${disk}-elsewhere`, disk)
    await run({ index: 'other' })
    expect(states()).toEqual({ 'a.md': 'indexed', 'b.md': 'indexed' })
  })

  it.skipIf(cannotRun(process.platform === 'win32', 'Windows has other permissions'))(
    'names a folder that it may not look into, and keeps its files',
    async () => {
      write('closed/a.md', 'inside')
      await run()
      chmodSync(join(folder, 'closed'), 0)
      onTestFinished(() => chmodSync(join(folder, 'closed'), 0o700))
      await unprivileged(join(folder, '../..'), run)
      expect(states()).toEqual({ closed: 'skipped PATH_UNREADABLE', 'closed/a.md': 'indexed' })
      expect(texts()).toEqual(['inside'])
    },
  )

  it('reads everything again for a new index', async () => {
    write('a.md', 'a')
    write('b.md', 'b')
    await run()
    emptySink()
    await run({ index: 'other' })
    expect(texts()).toEqual(['a', 'b'])
    expectConsistent()
  })

  it('goes on with a new index that was broken off, and counts what the old one has until then', async () => {
    for (let i = 0; i < 100; i++) write(`${i}.md`, `Note ${i}`)
    await run()
    emptySink()
    const stop = new AbortController()
    const stopped = run({
      index: 'other',
      signal: stop.signal,
      emit: (event) => {
        if (event.type === 'file' && event.file.state === 'indexed') stop.abort()
      },
    })
    await expect(stopped).rejects.toThrow()
    const done = rows().filter((row) => row.state === 'indexed').length
    expect(done).toBeGreaterThan(0)
    expect(rows().every(({ passages }) => passages === 1)).toBe(true)
    await run({ index: 'other' })
    expect(read).toHaveLength(100 - done)
    expect(sink.passages).toHaveLength(100)
    expectConsistent()
  })

  it('writes in batches, and reports progress now and then', async () => {
    for (let i = 0; i < 200; i++) write(`${i}.txt`, `Note number ${i}.`)
    const started = performance.now()
    await run()
    expect(sink.passages.length).toBe(200)
    expect(Math.max(...sink.writes)).toBeLessThanOrEqual(32)
    expect(sink.writes.length).toBeLessThan(60)
    const progress = events.flatMap((event) => (event.type === 'progress' ? [event.progress] : []))
    expect(progress.length).toBeLessThanOrEqual(4 + (performance.now() - started) / 100)
    for (const [i, { done, total }] of progress.entries()) {
      expect(done).toBeLessThanOrEqual(total)
      expect(done).toBeGreaterThanOrEqual(progress[i - 1]?.done ?? 0)
    }
  })

  it('gives up a document that takes too long, and only that', async () => {
    const impatient = createReaderPool({ workers: 1, timeoutMs: 3000 })
    onTestFinished(() => impatient.close())
    write('endless.md', endlessMarkdown)
    write('good.txt', 'good')
    await run({ reader: impatient })
    expect(states()).toEqual({ 'endless.md': 'failed FILE_TIMEOUT', 'good.txt': 'indexed' })
  })
})

describe('removeSource', () => {
  it('takes the passages out of the index and forgets the files', async () => {
    write('a.md', 'a')
    await run()
    const [source] = store.sources('library')
    await removeSource({ sourceId: source?.id ?? '', store, sink })
    expect(store.sources('library')).toEqual([])
    expect(rows()).toEqual([])
    expect(sink.passages).toEqual([])
  })
})
