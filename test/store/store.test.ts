import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { emptyTrace } from '../../src-main/contract/index.ts'
import {
  type FileRow,
  jobStore,
  libraryStore,
  modelStore,
  openStore,
  paceStore,
  settingsStore,
  threadStore,
} from '../../src-main/store/index.ts'
import { root } from '../support/data.ts'
import { temporaryFolder } from '../support/folder.ts'

const folder = temporaryFolder()
const store = openStore(join(folder, 'data'))
afterAll(() => store.close())

describe('openStore', () => {
  test('lets one process at a time have a data folder, and says who has it', () => {
    expect(() => openStore(join(folder, 'data'))).toThrow(
      expect.objectContaining({ code: 'DATA_DIR_IN_USE', message: expect.stringContaining(String(process.pid)) }),
    )
  })

  test('takes over from a process that was killed', async () => {
    const dir = join(folder, 'killed')
    const module = pathToFileURL(join(root, 'src-main/store/index.ts')).href
    const script = `const { openStore } = await import(${JSON.stringify(module)}); globalThis.store = openStore(${JSON.stringify(dir)}); console.log('open'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      script,
    ])
    await once(child.stdout, 'data')
    expect(() => openStore(dir)).toThrow(expect.objectContaining({ code: 'DATA_DIR_IN_USE' }))
    child.kill('SIGKILL')
    await once(child, 'close')
    openStore(dir).close()
  })

  test('refuses a folder of a newer version, and one that cannot be one', () => {
    const dir = join(folder, 'newer')
    openStore(dir).close()
    const db = new DatabaseSync(join(dir, 'lagotto.sqlite'))
    db.exec('PRAGMA user_version = 999')
    db.close()
    expect(() => openStore(dir)).toThrow(expect.objectContaining({ code: 'DATA_DIR_UNUSABLE' }))
    expect(() => openStore('/dev/null/lagotto')).toThrow(expect.objectContaining({ code: 'DATA_DIR_UNUSABLE' }))
  })

  test('keeps all of a transaction or nothing, nested ones included', () => {
    const libraries = libraryStore(store)
    expect(() =>
      store.transaction(() => {
        libraries.create('Half')
        store.transaction(() => libraries.create('Nested'))
        throw new Error('stop')
      }),
    ).toThrow('stop')
    expect(libraries.list().map(({ name }) => name)).not.toContain('Half')
  })
})

describe('jobStore', () => {
  const jobs = jobStore(store)

  test('numbers events without gaps and gives them back from anywhere', () => {
    const { id } = jobs.create('ingestion', 'library', 'Library')
    jobs.append(id, [{ type: 'state', state: 'running', error: null }])
    const progress = { what: 'Reading', done: 1, total: 2, unit: 'files', rate: null, leftMs: null }
    const second = jobs.append(id, [
      { type: 'progress', progress },
      { type: 'turn-started', turn: 1 },
    ])
    expect(second.map(({ seq }) => seq)).toEqual([2, 3])
    expect(jobs.events(id, 1)).toEqual(second)
    expect(jobs.get(id)).toMatchObject({ state: 'running', progress, lastSeq: 3, endedAt: null })
    jobs.append(id, [{ type: 'state', state: 'succeeded', error: null }])
    expect(jobs.get(id)).toMatchObject({ state: 'succeeded', lastSeq: 4, endedAt: expect.any(Number) })
  })

  test('knows which jobs are open, and forgets old ones that are over', () => {
    const open = jobs.create('ingestion', 'a', 'A')
    const over = Array.from({ length: 3 }, (_, i) => jobs.create('ingestion', `b${i}`, 'B'))
    for (const { id } of over) jobs.append(id, [{ type: 'state', state: 'succeeded', error: null }])
    expect(jobs.open().map(({ id }) => id)).toContain(open.id)
    jobs.prune('ingestion', 1)
    expect(jobs.get(open.id)).not.toBeNull()
    expect(over.map(({ id }) => jobs.get(id) !== null)).toEqual([false, false, true])
    expect(jobs.append(over[0]?.id ?? '', [{ type: 'turn-started', turn: 1 }])).toEqual([])
  })
})

describe('libraryStore', () => {
  const libraries = libraryStore(store)
  const library = libraries.create('Papers')
  const source = libraries.addSource(library.id, 'folder', '/papers')
  const file = (name: string, fields: Partial<FileRow> = {}): FileRow => ({
    id: name,
    libraryId: library.id,
    sourceId: source.id,
    path: `/papers/${name}`,
    relativePath: name,
    title: name,
    state: 'indexed',
    sizeBytes: 10,
    modifiedAt: 1.5,
    contentHash: 'hash',
    indexFingerprint: 'index',
    indexedAt: 2,
    passages: 3,
    pages: null,
    error: null,
    warnings: [],
    inode: 7,
    ...fields,
  })

  test('keeps files, filters and counts them', () => {
    const error = { code: 'FILE_EMPTY' as const, message: 'Empty.', action: 'None.' }
    libraries.saveFiles([file('a_1%.md'), file('b.md'), file('c.pdf', { state: 'failed', passages: 0, error })])
    expect(libraries.file('c.pdf')).toEqual(file('c.pdf', { state: 'failed', passages: 0, error }))
    expect(libraries.counts(library.id)).toMatchObject({ passages: 6, files: { indexed: 2, failed: 1, waiting: 0 } })
    const found = (filter: string) =>
      libraries.files(library.id, { filter, offset: 0, limit: 9 }).files.map(({ id }) => id)
    expect(found('.MD')).toEqual(['a_1%.md', 'b.md'])
    expect(found('_1%')).toEqual(['a_1%.md'])
    expect(libraries.files(library.id, { state: 'failed', offset: 0, limit: 9 }).total).toBe(1)
    expect(libraries.files(library.id, { offset: 1, limit: 1 }).files.map(({ id }) => id)).toEqual(['b.md'])
  })

  test('overwrites a file by its id, and forgets files with their source', () => {
    libraries.saveFiles([file('b.md', { title: 'New' })])
    expect(libraries.file('b.md')?.title).toBe('New')
    libraries.deleteSource(source.id)
    expect(libraries.file('b.md')).toBeNull()
  })

  test('keeps the patterns of a library that once allowed files that nobody can read', () => {
    const libraries = libraryStore(store)
    const { id } = libraries.create('Archive')
    libraries.setRules(id, { include: ['*.pdf'], exclude: [], maxFileBytes: 900_000_000 })
    expect(libraries.get(id)?.rules).toEqual({ include: ['*.pdf'], exclude: [], maxFileBytes: 100_000_000 })
  })
})

describe('threadStore', () => {
  const threads = threadStore(store)
  const jobs = jobStore(store)

  test('keeps exchanges in order and finds threads by what was said', () => {
    const thread = threads.create('Rivers')
    const job = jobs.create('answer', 'x', 'x')
    const add = (id: string, question: string) =>
      threads.addExchange({ id, threadId: thread.id, jobId: job.id, question, libraryId: 'l', modelId: 'm' })
    add('e1', 'Which river?')
    add('e2', 'And which LAKE?')
    threads.saveTrace('e1', { ...emptyTrace('Which river?'), answer: 'The Gromuova' })
    expect(threads.exchanges(thread.id).map(({ id, trace }) => [id, trace?.answer])).toEqual([
      ['e1', 'The Gromuova'],
      ['e2', undefined],
    ])
    for (const query of ['rivers', 'lake', 'gromuova', '100%']) {
      expect(threads.list(query).map(({ id }) => id)).toEqual(query === '100%' ? [] : [thread.id])
    }
    threads.delete(thread.id)
    expect([threads.get(thread.id), threads.exchange('e1'), jobs.get(job.id)]).toEqual([null, null, null])
  })
})

describe('settingsStore', () => {
  test('keeps what was changed and ignores what no longer fits', () => {
    const settings = settingsStore(store)
    settings.update({ theme: 'dark', threads: undefined })
    store.db.exec(`INSERT INTO settings VALUES ('gpu', '"steam"'), ('old', '1')`)
    expect(settings.get()).toMatchObject({ theme: 'dark', gpu: 'auto', threads: null })
  })
})

describe('paceStore', () => {
  test('averages what was measured, and lets new figures change old ones', () => {
    const paces = paceStore(store)
    expect(paces.get('pages')).toBeNull()
    paces.add('pages', 2, 2000)
    paces.add('pages', 2, 4000)
    expect(paces.get('pages')).toBe(1500)
    // of a thousand earlier pages as many count as of fifty
    paces.add('pages', 996, 996 * 1500)
    paces.add('pages', 50, 50 * 500)
    expect(paces.get('pages')).toBe(1000)
    expect(paces.get('others')).toBeNull()
  })
})

describe('modelStore', () => {
  test('keeps one entry per file', () => {
    const models = modelStore(store)
    const first = models.add('/m.gguf')
    expect(models.add('/m.gguf')).toEqual(first)
    models.setPrompt(first.id, 'question-only')
    expect(models.list()).toEqual([{ ...first, prompt: 'question-only' }])
    models.remove(first.id)
    expect(models.list()).toEqual([])
  })
})
