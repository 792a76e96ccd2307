import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { embeddingMetadata, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { serve } from '../support/service.ts'

const folder = temporaryFolder()
const documents = join(folder, 'documents')
const dataDir = join(folder, 'data')
const files = 40
let app: Awaited<ReturnType<typeof serve>>
let id = ''

/** Installs an embedding model with weights of its own; the one that was there before goes, as soon as it may. */
async function embedWith(seed: number): Promise<void> {
  const path = join(folder, `embedder-${seed}.gguf`)
  writeRandomModel(path, { tokenizer: await tokenizerOf(), metadata: embeddingMetadata, seed })
  const old = (await app.client.models.list()).find(({ role }) => role === 'embedding')
  await app.client.models.add({ path })
  await app.ready(id)
  if (old) await app.client.models.remove({ id: old.id })
}
const search = async (query: string) => (await app.client.libraries.search({ id, query, limit: 30 })).hits
/** Vectors of random weights say nothing: what counts is what the words find. */
const byWords = async (query: string) => (await search(query)).find(({ stages }) => stages.fullText?.rank === 1)?.path
const library = async () => (await app.client.libraries.list()).find((each) => each.id === id)
const indexes = () => readdirSync(join(dataDir, 'libraries', id)).filter((name) => name.startsWith('index-'))

beforeAll(async () => {
  mkdirSync(documents)
  for (let i = 0; i < files; i++) {
    const rest = `A day in the harbor, number ${i}. `.repeat(40)
    writeFileSync(join(documents, `note-${i}.md`), `Lighthouse ${i} of Brill.\n\n${rest}`)
  }
  app = await serve(dataDir)
  id = (await app.client.libraries.create({ name: 'Brill' })).id
  await app.follow((await app.client.libraries.addSources({ id, paths: [documents] })).jobId)
  await embedWith(1)
}, 60_000)

describe('while the index is built anew for another embedding model', () => {
  test('the old one answers, by words; then the new one takes its place, and nothing of the old one stays', async () => {
    const [before] = indexes()
    expect(Object.keys((await search('lighthouse 7'))[0]?.stages ?? {}).toSorted()).toEqual([
      'fullText',
      'fused',
      'vector',
    ])
    await embedWith(2)
    let asked = 0
    while ((await library())?.jobId) {
      expect(await byWords('lighthouse 7')).toBe('note-7.md')
      expect((await library())?.passages).toBeGreaterThan(files)
      asked += 1
    }
    expect(asked).toBeGreaterThan(3)
    expect(indexes()).toHaveLength(1)
    expect(indexes()).not.toEqual([before])
    expect((await search('lighthouse 7')).some(({ stages }) => stages.vector)).toBe(true)
    expect((await library())?.files).toMatchObject({ indexed: files, waiting: 0, reading: 0 })
  }, 60_000)

  test('a build that a restart broke off goes on', async () => {
    const [before] = indexes()
    await embedWith(3)
    while (indexes().length < 2) await new Promise((resolve) => setTimeout(resolve, 2))
    await app.close()
    app = await serve(dataDir)
    expect(await byWords('lighthouse 9')).toBe('note-9.md')
    await app.ready(id)
    expect(indexes()).toHaveLength(1)
    expect(indexes()).not.toEqual([before])
    expect(await byWords('lighthouse 9')).toBe('note-9.md')
    expect((await search('lighthouse 9')).some(({ stages }) => stages.vector)).toBe(true)
  }, 60_000)

  test('what was read is taken over: no file is looked into again, and those that are out of reach are kept', async () => {
    const touched = join(documents, 'note-3.md')
    const { atime, mtime } = statSync(touched)
    writeFileSync(touched, readFileSync(touched, 'utf8').replace('Lighthouse', 'Lightship_'))
    utimesSync(touched, atime, mtime)
    writeFileSync(join(documents, 'note-5.md'), 'Windmill 5 of Brill.')
    await embedWith(4)
    await app.ready(id)
    // who only compares sizes and times cannot see what was written, and it is not read by chance
    expect(await byWords('lighthouse 3')).toBe('note-3.md')
    expect(await byWords('windmill')).toBe('note-5.md')
    expect((await search('lighthouse 5')).map(({ text }) => text).join()).not.toContain('Lighthouse 5 ')
    expect((await search('lighthouse 9')).some(({ stages }) => stages.vector)).toBe(true)

    renameSync(documents, `${documents}-unplugged`)
    const [before] = indexes()
    await embedWith(5)
    await app.ready(id)
    expect(indexes()).toHaveLength(1)
    expect(indexes()).not.toEqual([before])
    expect(await byWords('lighthouse 9')).toBe('note-9.md')
    expect((await search('lighthouse 9')).some(({ stages }) => stages.vector)).toBe(true)
    renameSync(`${documents}-unplugged`, documents)
    await app.follow((await app.client.libraries.refresh({ id })).jobId)
    expect((await library())?.files).toMatchObject({ indexed: files, waiting: 0, failed: 0 })
  }, 60_000)
})
