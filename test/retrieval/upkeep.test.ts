import { afterEach, describe, expect, it } from 'vitest'
import { type Embedder, openPassageIndex, type PassageIndex } from '../../src-main/retrieval/index.ts'
import { syntheticEmbedder } from '../support/embedder.ts'
import { indexFile, temporaryFolder } from '../support/index-files.ts'
import { passage } from '../support/passages.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** An index whose embedder notes what it was asked to embed. */
async function open(): Promise<{ index: PassageIndex; embedded: string[] }> {
  const folder = temporaryFolder()
  const inner = syntheticEmbedder(8)
  const embedded: string[] = []
  const embedder: Embedder = {
    ...inner,
    embed(texts, kind) {
      if (kind === 'passage') embedded.push(...texts)
      return inner.embed(texts, kind)
    },
  }
  const index = await openPassageIndex({ dir: folder.path, embedder })
  cleanups.push(
    () => folder.remove(),
    () => index.close(),
  )
  return { index, embedded }
}

/** Which stages found the passages, by id. */
const stages = async (index: PassageIndex, query: string) =>
  Object.fromEntries((await index.search(query, 20)).map((hit) => [hit.id, Object.keys(hit.stages)]))

describe('vectors that come later', () => {
  it('leave passages to be found by their words until then', async () => {
    const { index, embedded } = await open()
    await index.replace([indexFile('a', 'oak', 'elm')], undefined, 'later')
    expect(embedded).toEqual([])
    expect(await stages(index, 'oak')).toEqual({ 'a-0': ['fullText', 'fused'] })
    const told: number[][] = []
    await index.embed((done, total) => told.push([done, total]))
    expect(embedded.toSorted()).toEqual(['elm', 'oak'])
    expect(told).toEqual([[2, 2]])
    expect(Object.keys(await stages(index, 'oak')).toSorted()).toEqual(['a-0', 'a-1'])
    expect((await stages(index, 'oak'))['a-0']).toEqual(['fullText', 'vector', 'fused'])
    await index.embed(() => expect.fail('nothing is missing'))
  })

  it('are made for what changed only', async () => {
    const { index, embedded } = await open()
    await index.replace([indexFile('a', 'oak', 'elm', 'ash')])
    embedded.length = 0
    await index.replace([indexFile('a', 'oak', 'beech', 'ash')], undefined, 'later')
    expect(Object.keys(await stages(index, 'beech')).toSorted()).toEqual(['a-0', 'a-1', 'a-2'])
    await index.embed(() => undefined)
    expect(embedded).toEqual(['beech'])
    expect(await index.count()).toBe(3)
  })

  it('stop when told to, and go on later', async () => {
    const { index, embedded } = await open()
    await index.replace([indexFile('a', ...Array.from({ length: 600 }, (_, i) => `tree ${i}`))], undefined, 'later')
    const stop = new AbortController()
    await expect(index.embed(() => stop.abort(new Error('stopped')), stop.signal)).rejects.toThrow('stopped')
    expect(embedded.length).toBe(512)
    await index.embed(() => undefined)
    expect(new Set(embedded).size).toBe(600)
    expect(embedded.length).toBe(600)
  })
})

describe('a file that moved', () => {
  it('keeps ids and vectors, and is found at its new place and name', async () => {
    const { index, embedded } = await open()
    const at = (id: string, title: string) =>
      passage(id, `about ${id}`, { fileId: 'a', path: 'old.txt', title, headings: ['Trees'] })
    await index.replace([{ fileId: 'a', passages: [at('one', 'old'), at('two', 'Own')] }, indexFile('b', 'else')])
    embedded.length = 0
    await index.move([{ fileId: 'a', path: 'sub/new.txt', title: { from: 'old', to: 'new' } }])
    await index.embed(() => expect.fail('nothing is missing'))
    expect(embedded).toEqual([])
    const hits = await index.search('new trees', 10)
    expect(hits[0]).toMatchObject({ id: 'one', title: 'new', path: 'sub/new.txt' })
    expect(hits.find(({ id }) => id === 'two')).toMatchObject({ title: 'Own', path: 'sub/new.txt' })
    expect(hits.find(({ fileId }) => fileId === 'b')).toMatchObject({ path: 'file.md' })
    expect((await stages(index, 'old'))['one']).toEqual(['vector', 'fused'])
    expect(await index.count()).toBe(3)
  })
})

describe('a document in several writes', () => {
  it('replaces passages with the same ids and loses the others at the end', async () => {
    const { index, embedded } = await open()
    await index.replace([indexFile('big', 'oak', 'elm', 'ash'), indexFile('other', 'fir')])
    embedded.length = 0
    const [first, second] = indexFile('big', 'oak', 'beech', 'ash', 'lime').passages.map((one) => [one])
    const rest = indexFile('big', 'oak', 'beech', 'ash', 'lime').passages.slice(2)
    await index.extend([...(first ?? []), ...(second ?? [])])
    expect(await index.count()).toBe(4)
    await index.extend(rest)
    await index.retain('big', new Set(['big-0', 'big-1', 'big-3']))
    expect(await index.count()).toBe(4)
    await index.embed(() => undefined)
    expect(embedded.toSorted()).toEqual(['beech', 'lime'])
    expect(Object.keys(await stages(index, 'ash')).includes('big-2')).toBe(false)
  })
})
