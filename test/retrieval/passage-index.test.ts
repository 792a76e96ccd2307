import { afterEach, describe, expect, it } from 'vitest'
import { indexFingerprint, openPassageIndex, type PassageIndex } from '../../src-main/retrieval/index.ts'
import { syntheticEmbedder } from '../support/embedder.ts'
import { indexFile, temporaryFolder } from '../support/index-files.ts'
import { passage } from '../support/passages.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function folder(): string {
  const { path, remove } = temporaryFolder()
  cleanups.push(remove)
  return path
}

async function open(options: Partial<Parameters<typeof openPassageIndex>[0]> = {}): Promise<PassageIndex> {
  const index = await openPassageIndex({ dir: folder(), ...options })
  cleanups.push(() => index.close())
  return index
}

const ids = async (index: PassageIndex, query: string, limit = 10) =>
  (await index.search(query, limit)).map(({ id }) => id)

describe('full text', () => {
  it('finds a passage as soon as replace has resolved, before finish', async () => {
    const index = await open()
    expect(await ids(index, 'truffle')).toEqual([])
    await index.replace([indexFile('a', 'The dog found a truffle.', 'Nothing here.')])
    expect(await ids(index, 'truffles')).toEqual(['a-0'])
    await index.finish()
    await index.replace([indexFile('b', 'A second truffle, much later.')])
    expect((await ids(index, 'truffle')).toSorted()).toEqual(['a-0', 'b-0'])
  })

  it('returns the whole passage with rank, score and stages', async () => {
    const index = await open()
    const whole = passage('p', 'Oaks “and” truffles.\n\u0000', {
      title: "O'Hara",
      headings: ['One', 'Two'],
      path: 'a/b.pdf',
      page: 3,
      start: 10,
      end: 32,
    })
    await index.replace([{ fileId: 'file', passages: [whole] }])
    const [found] = await index.search('truffles', 3)
    expect(found).toMatchObject({ ...whole, rank: 1 })
    expect(found?.score).toBeGreaterThan(0)
    expect(found?.stages).toEqual({ fullText: { rank: 1, score: found?.score } })
  })

  it('marks the words of the query in the text, pairs of characters as one', async () => {
    const index = await open()
    const text = 'The Truffle hunter’s truffles: 黑松露 is the black truffle.'
    await index.replace([indexFile('a', text)])
    const marked = async (query: string) =>
      (await index.search(query, 1))[0]?.matches.map(({ start, end }) => text.slice(start, end))
    expect(await marked('the TRUFFLE hunters?')).toEqual(['Truffle', 'hunter’s', 'truffles', 'truffle'])
    expect(await marked('黑松露')).toEqual(['黑松露'])
  })

  it('looks into title and headings too', async () => {
    const index = await open()
    await index.replace([
      { fileId: 'a', passages: [passage('t', 'It barks.', { title: 'Lagotto', fileId: 'a' })] },
      { fileId: 'b', passages: [passage('h', 'It digs.', { headings: ['Romagnolo'], fileId: 'b' })] },
    ])
    expect(await ids(index, 'lagotto')).toEqual(['t'])
    expect(await ids(index, 'romagnolo')).toEqual(['h'])
  })

  it('ranks the passage with more and rarer words of the query first', async () => {
    const index = await open()
    await index.replace([
      indexFile('common', ...Array.from({ length: 20 }, (_, i) => `the river number ${i} flows`)),
      indexFile('rare', 'the aqueduct of a river'),
    ])
    expect((await ids(index, 'river aqueduct'))[0]).toBe('rare-0')
  })

  it('finds something for stop words alone, nothing for an empty query or signs', async () => {
    const index = await open()
    await index.replace([indexFile('a', 'To be or not to be.', 'Something else entirely.')])
    expect(await ids(index, 'to be or not to be')).toEqual(['a-0'])
    expect(await ids(index, '')).toEqual([])
    expect(await ids(index, ' \n\t')).toEqual([])
    expect(await ids(index, '?!')).toEqual([])
    expect(await ids(index, 'truffle', 0)).toEqual([])
  })

  it.each(['"', "'); DROP TABLE passages; --", 'a AND (b', 'title:x^2~', '+a -b', '\u0000', '\\', '%_*', '\ud800'])(
    'takes %j as words, not as query language',
    async (query) => {
      const index = await open()
      await index.replace([indexFile('a', 'drop the table of passages')])
      await expect(index.search(query, 5)).resolves.toBeInstanceOf(Array)
    },
  )

  it('survives a very long query', async () => {
    const index = await open()
    await index.replace([indexFile('a', 'needle in a haystack')])
    const query = `${Array.from({ length: 5000 }, (_, i) => `word${i}`).join(' ')} needle`
    expect(await ids(index, query)).toEqual(['a-0'])
  })

  it('drops hits with the same text', async () => {
    const index = await open()
    await index.replace([
      indexFile('a', 'same words'),
      indexFile('b', 'same words'),
      indexFile('c', 'same words, but more'),
    ])
    const found = await index.search('same words', 10)
    expect(found.map(({ text }) => text).toSorted()).toEqual(['same words', 'same words, but more'])
    expect(found.map(({ rank }) => rank)).toEqual([1, 2])
  })
})

describe('writing', () => {
  it('replaces, empties and removes files, whatever their ids look like', async () => {
    const index = await open()
    const odd = 'it\'s; "odd" 文件\\'
    await index.replace([indexFile(odd, 'alpha one', 'alpha two'), indexFile('b', 'alpha three')])
    await index.replace([indexFile(odd, 'alpha four')])
    expect((await ids(index, 'alpha')).toSorted()).toEqual(['b-0', `${odd}-0`])
    expect(await ids(index, 'two')).toEqual([])
    await index.replace([{ fileId: 'b', passages: [] }])
    expect(await ids(index, 'alpha')).toEqual([`${odd}-0`])
    await index.remove([odd, 'unknown'])
    expect(await index.count()).toBe(0)
    await index.finish()
    expect(await ids(index, 'alpha')).toEqual([])
  })

  it('writes nothing when it is aborted', async () => {
    const index = await open()
    await index.replace([indexFile('a', 'old')])
    await expect(index.replace([indexFile('a', 'new')], AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
    expect(await ids(index, 'old')).toEqual(['a-0'])
  })

  it('puts writes that come at once one after the other', async () => {
    const index = await open()
    await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => index.replace([indexFile(`f${i % 5}`, `round ${i}`)])),
      index.finish(),
      index.remove(['f4']),
    ])
    expect(await index.count()).toBe(4)
    expect((await ids(index, 'round')).toSorted()).toEqual(['f0-0', 'f1-0', 'f2-0', 'f3-0'])
  })

  it('can be searched all the time while it is written and tidied', async () => {
    const index = await open()
    await index.replace([indexFile('a', 'constant truffle')])
    let writing = true
    const searches = [0, 1].map(async () => {
      while (writing) expect(await ids(index, 'constant')).toEqual(['a-0'])
    })
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 10; i++) await index.replace([indexFile(`b${i}`, `other ${round} ${i}`)])
      await index.finish()
    }
    writing = false
    await Promise.all(searches)
  })

  it('is still there after closing and opening', async () => {
    const dir = folder()
    const first = await openPassageIndex({ dir })
    await first.replace([indexFile('a', 'remember me')])
    await first.close()
    const second = await open({ dir })
    expect(await ids(second, 'remember')).toEqual(['a-0'])
  })

  it('lets the event loop breathe during a big write', async () => {
    const index = await open()
    const texts = Array.from({ length: 2000 }, (_, i) => `passage ${i} ${'lorem ipsum dolor sit amet '.repeat(25)}`)
    let longest = 0
    let last = performance.now()
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 1)
    await index.replace([indexFile('a', ...texts)])
    clearInterval(timer)
    expect(longest).toBeLessThan(500)
  })
})

describe('vectors', () => {
  const embedder = syntheticEmbedder(16)

  it('find by meaning what has no word in common, and say how', async () => {
    const meaning = new Map([
      ['animal', [1, 0]],
      ['dog', [0.8, 0.6]],
      ['stone', [0, 1]],
    ])
    const index = await open({
      embedder: {
        fingerprint: 'table',
        dimensions: 2,
        embed: async (texts) => texts.map((text) => Float32Array.from(meaning.get(text) ?? [0, 1])),
      },
    })
    await index.replace([indexFile('a', 'dog', 'stone')])
    const found = await index.search('animal', 5)
    expect(found.map(({ text }) => text)).toEqual(['dog', 'stone'])
    expect(found[0]?.stages.vector?.score).toBeCloseTo(0.8, 5)
    expect(found[0]?.stages).toMatchObject({ vector: { rank: 1 }, fused: { rank: 1, score: 1 / 61 } })
    expect(found[0]?.stages.fullText).toBeUndefined()
    expect(found[0]?.score).toBe(1 / 61)
  })

  it('are fused with full text by reciprocal rank', async () => {
    const index = await open({ embedder })
    await index.replace([indexFile('a', 'alpha beta', 'alpha gamma delta', 'epsilon')])
    const [first] = await index.search('alpha beta', 5)
    expect(first?.id).toBe('a-0')
    expect(first?.stages).toMatchObject({
      fullText: { rank: 1 },
      vector: { rank: 1 },
      fused: { rank: 1, score: 2 / 61 },
    })
    expect(first?.stages.vector?.score).toBeCloseTo(1, 5)
  })

  it('belong to one embedder: opening with another layout is refused', async () => {
    const dir = folder()
    const index = await openPassageIndex({ dir, embedder })
    await index.close()
    await expect(openPassageIndex({ dir })).rejects.toMatchObject({ code: 'INDEX_DAMAGED' })
    expect(indexFingerprint(embedder)).not.toBe(indexFingerprint(null))
    expect(indexFingerprint(embedder)).not.toBe(indexFingerprint(syntheticEmbedder(32)))
  })

  it('tell an embedder that fails from a damaged index', async () => {
    const index = await open({
      embedder: { fingerprint: 'broken', dimensions: 2, embed: () => Promise.reject(new Error('no model')) },
    })
    await expect(index.replace([indexFile('a', 'x')])).rejects.toThrow('no model')
    await expect(index.search('x', 1)).rejects.toThrow('no model')
  })
})

describe('a reranker', () => {
  it('decides the order of the best passages', async () => {
    const index = await open({ reranker: { score: async (_, texts) => texts.map((text) => text.length) } })
    await index.replace([indexFile('a', 'truffle', 'truffle truffle oak', 'truffle and a long sentence')])
    const found = await index.search('truffle', 2)
    expect(found.map(({ id }) => id)).toEqual(['a-2', 'a-1'])
    expect(found[0]).toMatchObject({ score: 27, stages: { reranker: { rank: 1, score: 27 } } })
    expect(found[0]?.stages.fullText).toBeDefined()
  })
})
