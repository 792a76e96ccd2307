import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, expect, onTestFinished } from 'vitest'
import { defaultRules, type LibraryFile, type LibraryRules, type Progress } from '../../src-main/contract/index.ts'
import { createReaderPool, type DocumentReader, type IngestOptions, ingest } from '../../src-main/corpus/index.ts'
import { type FileRow, type LibraryStore, libraryStore, openStore } from '../../src-main/store/index.ts'
import { temporaryFolder } from './folder.ts'
import { MemorySink } from './memory-sink.ts'

/*
 * For the tests of one file: before each of them a library `library` of one new folder, its store, and an index in memory,
 * under these names.
 */

export const pool = createReaderPool({ workers: 2 })
afterAll(() => pool.close())

const base = temporaryFolder()
let count = 0
export let folder: string
export let store: LibraryStore
export let sink: MemorySink
export let read: string[]
export let events: ({ type: 'progress'; progress: Progress } | { type: 'file'; file: LibraryFile })[]

/** The pool, and a list of what it was asked to read. */
export const reader: DocumentReader = {
  read(path, signal) {
    read.push(path.slice(folder.length + 1))
    return pool.read(path, signal)
  },
  probe: pool.probe,
  words: pool.words,
  close: () => pool.close(),
}

beforeEach(() => {
  const place = join(base, String(count++))
  folder = join(place, 'files')
  mkdirSync(folder, { recursive: true })
  const database = openStore(join(place, 'data'))
  onTestFinished(() => database.close())
  store = libraryStore(database)
  store.create('Notes', { id: 'library' })
  store.addSource('library', 'folder', folder)
  sink = new MemorySink()
  read = []
  events = []
})

export const write = (path: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}
export const run = (
  options: Partial<Omit<IngestOptions, 'rules'>> & { rules?: Partial<LibraryRules> } = {},
): Promise<void> => {
  read = []
  events = []
  const rules = { ...defaultRules, ...options.rules }
  return ingest({
    libraryId: 'library',
    store,
    sink,
    reader,
    index: 'index',
    emit: (event) => events.push(event),
    ...options,
    rules,
  })
}
export const rows = (): FileRow[] => store.files('library', { offset: 0, limit: 10_000 }).files
export const states = (): Record<string, string> =>
  Object.fromEntries(rows().map((row) => [row.relativePath, row.error ? `${row.state} ${row.error.code}` : row.state]))
export const texts = (): string[] => sink.passages.map((passage) => passage.text).sort()
/** What store and index must agree on whenever nothing is running. */
export const expectConsistent = (): void => {
  for (const row of rows()) {
    if (row.state === 'indexed') expect(sink.files.get(row.id)?.length).toBe(row.passages)
    expect(row.state).not.toBe('reading')
  }
  const known = new Set(rows().map((row) => row.id))
  for (const id of sink.files.keys()) expect(known).toContain(id)
}
/** Another index takes the place of `sink`. */
export const emptySink = (): void => {
  sink = new MemorySink()
}
