import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { serve } from '../support/service.ts'

const folder = temporaryFolder()
const dataDir = join(folder, 'data')
const documents = join(folder, 'documents')
let app: Awaited<ReturnType<typeof serve>>
let id: string

const note = (name: string, text: string): void => {
  mkdirSync(join(documents, name, '..'), { recursive: true })
  writeFileSync(join(documents, name), text)
}
const library = async () => (await app.client.libraries.list()).find((each) => each.id === id)
const found = async (query: string): Promise<string[]> =>
  (await app.client.libraries.search({ id, query, limit: 20 })).hits.map(({ path }) => path).toSorted()
/** Waits until a search finds just these files. */
const finds = (query: string, paths: string[]) => expect.poll(() => found(query), { timeout: 20_000 }).toEqual(paths)
const files = async () => (await app.client.libraries.files({ id })).files

beforeAll(async () => {
  note('harbor.md', 'The lighthouse of Brill.')
  note('sub/ferry.txt', 'The ferry leaves at noon.')
  app = await serve(dataDir, { follow: true })
  id = (await app.client.libraries.create({ name: 'Brill' })).id
  await app.client.libraries.addSources({ id, paths: [documents] })
  await app.ready(id)
})

describe('a library that is followed', () => {
  test('finds what was written, changed, moved and deleted, without being told', async () => {
    expect(await library()).toMatchObject({ follows: 'live', paused: false, files: { indexed: 2 } })
    note('new/deep/cloves.md', 'Zanzibar cloves.')
    await finds('cloves', ['new/deep/cloves.md'])
    note('new/deep/more.md', 'Zanzibar cardamom.')
    await finds('cardamom', ['new/deep/more.md'])
    note('harbor.md', 'The lantern of Brill.')
    await finds('lantern', ['harbor.md'])
    const before = (await files()).find(({ relativePath }) => relativePath === 'new/deep/cloves.md')
    renameSync(join(documents, 'new'), join(documents, 'spices'))
    await finds('zanzibar', ['spices/deep/cloves.md', 'spices/deep/more.md'])
    const after = (await files()).find(({ relativePath }) => relativePath === 'spices/deep/cloves.md')
    expect(after).toMatchObject({ id: before?.id, indexedAt: before?.indexedAt })
    note('spices/deep/late.md', 'Zanzibar pepper.')
    await finds('pepper', ['spices/deep/late.md'])
    rmSync(join(documents, 'spices'), { recursive: true })
    await finds('zanzibar', [])
  })

  test('is left alone while it is paused, also over a restart', async () => {
    expect(await app.client.libraries.pause({ id })).toMatchObject({ paused: true, follows: 'off', jobId: null })
    note('paused.md', 'A windmill.')
    await app.close()
    note('meanwhile.md', 'Another windmill.')
    app = await serve(dataDir, { follow: true })
    await app.ready(id)
    expect(await found('windmill')).toEqual([])
    const { jobId } = await app.client.libraries.resume({ id })
    await app.follow(jobId)
    expect(await found('windmill')).toEqual(['meanwhile.md', 'paused.md'])
    expect(await library()).toMatchObject({ paused: false, follows: 'live' })
  })

  test('is brought up to date when the app starts', async () => {
    await app.close()
    note('closed.md', 'A bridge, built meanwhile.')
    rmSync(join(documents, 'paused.md'))
    app = await serve(dataDir, { follow: true })
    await finds('bridge', ['closed.md'])
    await finds('windmill', ['meanwhile.md'])
  })

  test('keeps what it knows of a folder that goes away, says so, and notices when it is back', async () => {
    await app.ready(id)
    renameSync(documents, `${documents}-elsewhere`)
    await expect
      .poll(async () => (await library())?.sources[0]?.problem?.code, { timeout: 20_000 })
      .toBe('PATH_MISSING')
    await app.ready(id)
    expect(await found('lantern')).toEqual(['harbor.md'])
    expect((await app.client.jobs.list()).filter(({ state }) => state === 'failed')).toEqual([])
    renameSync(`${documents}-elsewhere`, documents)
    await expect.poll(async () => (await library())?.sources[0]?.problem, { timeout: 20_000 }).toBeNull()
    note('back.md', 'Here is the anchor.')
    await finds('anchor', ['back.md'])
  })

  test('goes by its rules, and leaves out a single file', async () => {
    const excluded = (await files()).find(({ relativePath }) => relativePath === 'back.md')
    const { library: changed, jobId } = await app.client.libraries.exclude({ id, fileId: excluded?.id ?? '' })
    expect(changed.rules.exclude).toEqual(['/back.md'])
    await app.follow(jobId)
    expect(await found('anchor')).toEqual([])
    const tooMuch = app.client.libraries.setRules({ id, rules: { maxFileBytes: 100_000_001 } })
    await expect(tooMuch).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('no file of more than 100 MB can be read'),
    })
    const rules = { exclude: [], include: ['*.md'] }
    await app.follow((await app.client.libraries.setRules({ id, rules })).jobId)
    expect((await files()).map(({ relativePath }) => relativePath)).not.toContain('sub/ferry.txt')
    expect(await found('anchor')).toEqual(['back.md'])
  })

  test('tries a file again when asked to, and sorts its files', async () => {
    note('empty.md', '')
    await expect.poll(async () => (await library())?.files.failed, { timeout: 20_000 }).toBe(1)
    await app.ready(id)
    const [failed] = (await app.client.libraries.files({ id, state: 'failed' })).files
    const events = await app.follow((await app.client.libraries.retry({ id, fileIds: [failed?.id ?? ''] })).jobId)
    expect(events.flatMap(({ event }) => (event.type === 'file' ? [event.file.relativePath] : []))).toEqual([
      'empty.md',
    ])
    const sizes = (await app.client.libraries.files({ id, sort: 'size', descending: true })).files.map(
      ({ sizeBytes }) => sizeBytes,
    )
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
  })
})
