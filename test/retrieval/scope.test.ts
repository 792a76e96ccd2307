import { afterEach, describe, expect, it } from 'vitest'
import { openPassageIndex, type PassageIndex } from '../../src-main/retrieval/index.ts'
import { syntheticEmbedder } from '../support/embedder.ts'
import { indexFile, temporaryFolder } from '../support/index-files.ts'
import { passage } from '../support/passages.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function open(options: Partial<Parameters<typeof openPassageIndex>[0]> = {}): Promise<PassageIndex> {
  const { path, remove } = temporaryFolder()
  const index = await openPassageIndex({ dir: path, ...options })
  cleanups.push(remove, () => index.close())
  return index
}

const article = (id: string, title: string, text: string) => ({
  fileId: id,
  passages: [passage(id, text, { title, fileId: id })],
})

describe('searching some of the files', () => {
  it.each([
    ['few', 3],
    ['many', 1500],
  ])('finds the best of them, by words and by meaning, however many: %s', async (_, size) => {
    const index = await open({ embedder: syntheticEmbedder(16) })
    const files = Array.from({ length: 2000 }, (_, i) =>
      indexFile(`f${i}`, `truffle ${'oak '.repeat(1 + (i % 7))}${i}`),
    )
    await index.replace(files)
    const scope = new Set(Array.from({ length: size }, (_, i) => `f${1999 - i}`))
    const hits = await index.search('truffle', 10, undefined, scope)
    expect(hits).toHaveLength(Math.min(10, size))
    expect(hits.every(({ fileId }) => scope.has(fileId))).toBe(true)
    expect(hits.some(({ stages }) => stages.vector)).toBe(true)
    expect(await index.search('truffle', 10, undefined, new Set())).toEqual([])
  })
})

describe('a passage that the best one names', () => {
  it('comes before one that shares as many words', async () => {
    const index = await open()
    await index.replace([
      article('a', 'Bathis compass', 'The Bathis compass was invented by Ilma Storr in a shed.'),
      article('b', 'Bathis', 'A town. A person was born there.'),
      article('c', 'Ilma Storr', 'A person, born in 1607.'),
      article('d', 'Oda Frey', 'A person, born in 1608.'),
    ])
    const ids = (await index.search('When was the person who invented the Bathis compass born?', 4)).map(({ id }) => id)
    expect(ids.indexOf('c')).toBeLessThan(ids.indexOf('d'))
    const why = await index.explain('When was the person who invented the Bathis compass born?', 'c', 4)
    expect(why.named).toBeGreaterThan(0)
    expect((await index.explain('person born', 'd', 4)).named).toBe(0)
  })
})

describe('explain', () => {
  it('follows a document through every stage', async () => {
    const embedder = syntheticEmbedder(16)
    const reranker = { score: async (_: string, texts: readonly string[]) => texts.map((text) => -text.length) }
    const index = await open({ embedder, reranker })
    await index.replace(Array.from({ length: 30 }, (_, i) => indexFile(`f${i}`, `truffle no ${i} ${'oak '.repeat(i)}`)))
    await index.replace([indexFile('twin', 'TRUFFLE. No 0.')])
    const found = await index.explain('truffle', 'f0', 5)
    expect(found).toMatchObject({ outcome: 'found', rank: 1, passages: 1, reranker: { rank: 1 } })
    expect(found.reranker?.needed).toBeLessThan(found.reranker?.score ?? 0)
    expect(found.fused).not.toBeNull()
    expect(found.vector).not.toBeNull()
    const [first] = await index.search('truffle', 5)
    expect(found.passage?.id).toBe(first?.id)

    const twin = [await index.explain('truffle', 'twin', 5), found].map(({ outcome }) => outcome)
    expect(twin).toEqual(['duplicate', 'found'])
    const far = await index.explain('truffle', 'f29', 5)
    expect(['not-reranked', 'below-limit']).toContain(far.outcome)
    expect(far.suggestions).toEqual(['29'])
    expect((await index.explain('truffle', 'nobody', 5)).outcome).toBe('not-indexed')
    expect((await index.explain('truffle', 'f0', 5, undefined, new Set(['f1']))).outcome).toBe('filtered')
  })

  it('says at which place a document is that comes too late, and what it would take', async () => {
    const index = await open()
    await index.replace(Array.from({ length: 150 }, (_, i) => indexFile(`f${i}`, `truffle number ${i}`)))
    await index.replace([indexFile('long', `truffle ${'beech '.repeat(60)}`)])
    const why = await index.explain('truffle', 'long', 5)
    expect(why).toMatchObject({ outcome: 'too-far', rank: null, fullText: { rank: 151 } })
    expect(why.fullText?.needed).toBeGreaterThan(why.fullText?.score ?? Number.POSITIVE_INFINITY)
    expect(why.suggestions).toEqual(['beech'])
    expect((await index.explain('truffle', 'f149', 5)).outcome).toMatch(/below-limit|too-far/)
  })
})
