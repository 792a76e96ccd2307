import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { embeddingMetadata, rerankerParts, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { serve } from '../support/service.ts'

const folder = temporaryFolder()
const documents = join(folder, 'documents')
let app: Awaited<ReturnType<typeof serve>>

beforeAll(async () => {
  mkdirSync(join(documents, 'sub'), { recursive: true })
  writeFileSync(join(documents, 'harbor.md'), '# Harbor\n\nThe lighthouse of Brill was built in 1904.\n')
  writeFileSync(join(documents, 'sub', 'ferry.txt'), 'The ferry to Brill leaves at noon on Sundays.')
  writeFileSync(join(documents, 'empty.txt'), '')
  writeFileSync(join(documents, 'song.mp3'), Buffer.from([0, 1, 2, 3]))
  app = await serve(join(folder, 'data'))
})

async function library(name: string) {
  const { id } = await app.client.libraries.create({ name })
  const { jobId } = await app.client.libraries.addSources({ id, paths: [documents] })
  await app.follow(jobId)
  await app.ready(id)
  return id
}

const get = async (id: string) => (await app.client.libraries.list()).find((each) => each.id === id)

describe('a library', () => {
  test('reads a folder, finds passages, names what it could not read', async () => {
    const id = await library('Brill')
    expect(await get(id)).toMatchObject({ passages: 2, files: { indexed: 2, failed: 1 }, jobId: null })
    const { hits } = await app.client.libraries.search({ id, query: 'When was the lighthouse built?', limit: 5 })
    expect(hits[0]).toMatchObject({ path: 'harbor.md', headings: ['Harbor'], rank: 1 })
    expect(hits[0]?.stages.fullText?.rank).toBe(1)
    expect(hits[0]?.matches.map(({ start, end }) => hits[0]?.text.slice(start, end))).toContain('lighthouse')

    const failed = await app.client.libraries.files({ id, state: 'failed', offset: 0, limit: 10 })
    expect(failed.files.map(({ relativePath, error }) => [relativePath, error?.code])).toEqual([
      ['empty.txt', 'FILE_EMPTY'],
    ])
    const skipped = await app.client.libraries.files({ id, state: 'skipped', offset: 0, limit: 10 })
    expect(skipped.files.map(({ relativePath, error }) => [relativePath, error?.code])).toEqual([
      ['song.mp3', 'FILE_UNSUPPORTED'],
    ])
  })

  test('shows a passage in its document', async () => {
    const id = await library('Reading')
    const { hits } = await app.client.libraries.search({ id, query: 'ferry', limit: 1 })
    const [hit] = hits
    if (!hit) throw new Error('nothing was found')
    const document = await app.client.libraries.document({ id, fileId: hit.fileId })
    expect(document.text.slice(hit.start, hit.end)).toBe(hit.text)
  })

  test('follows changes of its files', async () => {
    const id = await library('Changing')
    writeFileSync(join(documents, 'new.md'), 'Zanzibar cloves are dried in the sun.')
    const { jobId } = await app.client.libraries.refresh({ id })
    await app.follow(jobId)
    expect((await app.client.libraries.search({ id, query: 'cloves', limit: 3 })).hits).toHaveLength(1)
    rmSync(join(documents, 'new.md'))
    await app.follow((await app.client.libraries.refresh({ id })).jobId)
    expect((await app.client.libraries.search({ id, query: 'cloves', limit: 3 })).hits).toHaveLength(0)
  })

  test('gives up a folder without touching its files', async () => {
    const id = await library('Leaving')
    const source = (await get(id))?.sources[0]
    if (!source) throw new Error('the source is missing')
    await app.follow((await app.client.libraries.removeSource({ id, sourceId: source.id })).jobId)
    await app.ready(id)
    expect(await get(id)).toMatchObject({ passages: 0, sources: [] })
    expect((await app.client.libraries.search({ id, query: 'ferry', limit: 3 })).hits).toEqual([])
    await app.client.libraries.delete({ id })
    expect(await get(id)).toBeUndefined()
  })

  test('adds nothing twice', async () => {
    const id = await library('Twice')
    const again = await app.client.libraries.addSources({ id, paths: [documents, join(documents, 'harbor.md')] })
    await app.ready(id)
    expect(again.library.sources).toHaveLength(1)
    expect((await get(id))?.passages).toBe(2)
  })

  test('suggests questions from its own titles', async () => {
    const id = await library('Suggesting')
    expect((await get(id))?.suggestions.join()).toContain('Harbor')
  })
})

describe('models for retrieval', () => {
  test('bring vectors and reranking to every library, and can go again', async () => {
    const id = await library('Vectors')
    const tokenizer = await tokenizerOf()
    const embedding = join(folder, 'embedding.gguf')
    const reranking = join(folder, 'reranking.gguf')
    writeRandomModel(embedding, { tokenizer, metadata: embeddingMetadata })
    writeRandomModel(reranking, { tokenizer, ...rerankerParts })

    const embedder = await app.client.models.add({ path: embedding })
    await app.ready(id)
    expect((await get(id))?.retrieval.vector).toBe(true)
    const parts: unknown[] = []
    for await (const { estimate } of await app.client.libraries.survey({ paths: [documents] }))
      parts.push(...(estimate ?? []))
    expect(parts).toMatchObject([{ what: 'reading' }, { what: 'embedding', ms: expect.any(Number) }])
    const { hits } = await app.client.libraries.search({ id, query: 'lighthouse', limit: 2 })
    expect(hits[0]?.stages).toMatchObject({ fullText: { rank: 1 }, vector: {}, fused: {} })
    expect(hits[0]?.path).toBe('harbor.md')

    const reranker = await app.client.models.add({ path: reranking })
    await app.ready(id)
    const reranked = await app.client.libraries.search({ id, query: 'lighthouse', limit: 2 })
    expect(reranked.hits[0]?.stages.reranker?.rank).toBe(1)
    await app.client.system.updateSettings({ rerank: false })
    await app.ready(id)
    const unwanted = await app.client.libraries.search({ id, query: 'lighthouse', limit: 2 })
    expect(unwanted.hits[0]?.stages.reranker).toBeUndefined()
    expect((await get(id))?.retrieval).toMatchObject({ vector: true, reranker: false })
    await app.client.system.updateSettings({ rerank: true })
    await app.ready(id)

    await app.client.models.remove({ id: embedder.id })
    await app.client.models.remove({ id: reranker.id })
    await app.ready(id)
    expect((await get(id))?.retrieval.vector).toBe(false)
    const plain = await app.client.libraries.search({ id, query: 'lighthouse', limit: 2 })
    expect(Object.keys(plain.hits[0]?.stages ?? {})).toEqual(['fullText'])
  })
})

describe('bad input', () => {
  test('a path that does not exist', async () => {
    const { id } = await app.client.libraries.create({ name: 'Nowhere' })
    await expect(app.client.libraries.addSources({ id, paths: [join(folder, 'nowhere')] })).rejects.toMatchObject({
      code: 'PATH_MISSING',
    })
    expect((await get(id))?.sources).toEqual([])
  })

  test('the sample library is left as it is', async () => {
    const id = 'sample'
    await expect(app.client.libraries.rename({ id, name: 'x' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(app.client.libraries.delete({ id })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(app.client.libraries.addSources({ id, paths: [documents] })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })

  test('an empty query finds nothing', async () => {
    await app.ready('sample')
    expect((await app.client.libraries.search({ id: 'sample', query: ' ?! ', limit: 5 })).hits).toEqual([])
  })

  test('browsing a folder that is not there', async () => {
    await expect(app.client.system.browse({ path: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'PATH_MISSING',
    })
    expect(await app.client.system.browse({ path: join(documents, 'harbor.md') })).toMatchObject({
      path: documents,
      file: join(documents, 'harbor.md'),
    })
    const listing = await app.client.system.browse({ path: documents, extensions: ['.md'] })
    expect(listing.entries.map(({ name, kind }) => [name, kind])).toEqual([
      ['sub', 'folder'],
      ['harbor.md', 'file'],
    ])
  })
})
