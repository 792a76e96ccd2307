import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { WatchOptions } from '../../src-main/corpus/index.ts'
import { createFollowing } from '../../src-main/service/following.ts'
import { libraryStore, openStore } from '../../src-main/store/index.ts'
import { temporaryFolder } from '../support/folder.ts'

const base = temporaryFolder()

function following(name: string) {
  const documents = join(base, name, 'documents')
  mkdirSync(documents, { recursive: true })
  const database = openStore(join(base, name, 'data'))
  const store = libraryStore(database)
  store.create('Notes', { id: 'notes' })
  store.addSource('notes', 'folder', documents)
  const looks: (string[] | 'all')[] = []
  const log: string[] = []
  let watching: WatchOptions | undefined
  const followed = createFollowing({
    dataDir: join(documents, 'data'),
    store,
    look: (_, only) => looks.push(only ? [...only].map((path) => path.slice(documents.length + 1)) : 'all'),
    log: (line) => log.push(line),
    pollMs: 20,
    periodicMs: 100,
    watch(options) {
      watching = options
      return { add: () => undefined, close: () => undefined }
    },
  })
  onTestFinished(() => {
    followed.close()
    database.close()
  })
  const touch = (...paths: string[]) => watching?.onTouched(new Set(paths.map((path) => join(documents, path))))
  return { followed, looks, log, touch, fail: () => watching?.onFailed(new Error('no space left')) }
}

test('where changes cannot be watched, everything is looked at now and then', async () => {
  const { followed, looks, log, fail } = following('failing')
  expect(followed.mode('notes')).toBe('off')
  followed.start('notes')
  expect(looks).toEqual(['all'])
  expect(followed.mode('notes')).toBe('live')
  fail()
  expect(followed.mode('notes')).toBe('periodic')
  expect(log.join()).toMatch(/no space left/)
  await expect.poll(() => looks.length, { timeout: 10_000 }).toBeGreaterThan(2)
  followed.stop('notes')
  expect(followed.mode('notes')).toBe('off')
})

test('what happens to hidden files, to the app’s own, and elsewhere does not matter', () => {
  const { followed, looks, touch } = following('noisy')
  followed.start('notes')
  touch('.DS_Store', '~$letter.docx', 'data/lagotto.sqlite-wal', 'data', '../elsewhere.md')
  expect(looks).toEqual(['all'])
  touch('sub/.gitignore', 'a.md', 'data.md')
  expect(looks).toEqual(['all', ['sub/.gitignore', 'a.md', 'data.md']])
  touch(...Array.from({ length: 2001 }, (_, i) => `${i}.md`))
  expect(looks.at(-1)).toBe('all')
})
