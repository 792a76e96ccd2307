import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../src-main/store/index.ts'
import { mountDisk } from '../support/disk.ts'
import { temporaryFolder } from '../support/folder.ts'
import { serve } from '../support/service.ts'

const folder = temporaryFolder()
const disk = join(folder, 'disk')

const small = mountDisk(disk)

describe.skipIf(!small)('a full disk', () => {
  let app: Awaited<ReturnType<typeof serve>>

  beforeAll(async () => {
    app = await serve(join(disk, 'data'))
    await app.ready('sample')
  })
  afterAll(async () => {
    await app.close()
    small?.unmount()
  })

  test('fails the job that needs room, says so, and leaves the rest usable', async () => {
    const documents = join(folder, 'documents')
    mkdirSync(documents)
    const paragraph = (i: number): string =>
      Array.from({ length: 80 }, (_, word) => `w${(i * 7919 + word * 104729) % 1_000_003}`).join(' ')
    for (let i = 0; i < 40; i++) {
      const lines = Array.from({ length: 400 }, (_, j) => paragraph(i * 400 + j))
      writeFileSync(join(documents, `large-${i}.txt`), lines.join('\n\n'))
    }
    const { id } = await app.client.libraries.create({ name: 'Large' })
    const { jobId } = await app.client.libraries.addSources({ id, paths: [documents] })
    const last = (await app.follow(jobId)).at(-1)
    expect(last?.event).toMatchObject({ type: 'state', state: 'failed', error: { code: 'DISK_FULL' } })

    const { hits } = await app.client.libraries.search({ id: 'sample', query: 'Pathel Guild', limit: 3 })
    expect(hits[0]?.title).toBe('Pathel Guild')
    expect(await app.client.threads.list({})).toEqual([])

    rmSync(documents, { recursive: true })
    mkdirSync(documents)
    await app.client.libraries.delete({ id })
    const asked = await app.client.threads.ask({ question: 'Who founded Pathel Guild?', libraryId: 'sample' })
    await app.follow(asked.jobId)
    const { exchanges } = await app.client.threads.get({ id: asked.thread.id })
    expect(exchanges[0]?.trace.answer).toBe('Prurklo Cirholt')
  })

  test('leaves room for what must not get lost', () => {
    const store = openStore(join(disk, 'other'))
    store.db.exec('CREATE TABLE notes (text)')
    const write = () => store.db.exec('INSERT INTO notes VALUES (zeroblob(100000))')
    const filler = join(disk, 'filler')
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(4096))
    } catch {
      // Full to the last page.
    }
    expect(() => store.transaction(write)).toThrow(/full/)
    store.transaction(write, true)
    rmSync(filler)
    store.transaction(write, true)
    expect(store.db.prepare('SELECT count(*) AS notes FROM notes').get()).toEqual({ notes: 2 })
    store.close()
  })
})
