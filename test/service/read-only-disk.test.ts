import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { mountDisk } from '../support/disk.ts'
import { pdf } from '../support/documents.ts'
import { temporaryFolder } from '../support/folder.ts'
import { serve } from '../support/service.ts'

const folder = temporaryFolder()
const place = join(folder, 'disk')
const disk = mountDisk(place)

describe.skipIf(!disk)('a library on a disk that cannot be written to', () => {
  afterAll(() => disk?.unmount())

  test('is looked through, indexed, followed, searched and read', async () => {
    writeFileSync(join(place, 'harbor.md'), 'The lighthouse of Brill.')
    writeFileSync(join(place, 'piers.pdf'), pdf([['The north pier of Brill was built of oak.']]))
    writeFileSync(join(place, 'broken.pdf'), '%PDF-1.7 nothing')
    disk?.protect()
    expect(() => writeFileSync(join(place, 'more.md'), 'text')).toThrow('EROFS')
    const { client, follow, ready } = await serve(join(folder, 'data'), { follow: true })
    const { id } = await client.libraries.create({ name: 'Brill' })
    for await (const found of await client.libraries.survey({ id, paths: [place] }))
      if (found.done) expect(found.readable.files).toBe(2)
    const { jobId } = await client.libraries.addSources({ id, paths: [place] })
    expect((await follow(jobId)).at(-1)?.event).toMatchObject({ state: 'succeeded' })
    await ready(id)
    expect((await client.libraries.list()).find((each) => each.id === id)).toMatchObject({
      follows: 'live',
      files: { indexed: 2, failed: 1 },
      sources: [{ problem: null }],
    })
    const [hit] = (await client.libraries.search({ id, query: 'pier of oak', limit: 5 })).hits
    expect(hit).toMatchObject({ path: 'piers.pdf', page: 1 })
    expect((await client.libraries.document({ id, fileId: hit?.fileId ?? '' })).text).toContain('built of oak')
    const again = await follow((await client.libraries.refresh({ id })).jobId)
    expect(again.at(-1)?.event).toMatchObject({ state: 'succeeded' })
  })
})
