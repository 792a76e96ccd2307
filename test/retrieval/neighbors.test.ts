import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Passage } from '../../src-main/contract/index.ts'
import { chunkDocument } from '../../src-main/corpus/index.ts'
import { openPassageIndex, type PassageIndex } from '../../src-main/retrieval/index.ts'
import { temporaryFolder } from '../support/index-files.ts'
import { passage } from '../support/passages.ts'

const folder = temporaryFolder()
let index: PassageIndex

const text = [
  'The truffle dog was born in Lugo.',
  'It found its first truffle at three.',
  'Then it slept for a year.',
  'The second truffle was sold in Alba.',
].join('\n\n')
const headings = [{ level: 1, text: 'A dog', offset: 0 }]
const ids = { libraryId: 'library', fileId: 'dog', path: 'dog.md' }
let parts: Passage[]

beforeAll(async () => {
  index = await openPassageIndex({ dir: join(folder.path, 'index') })
  const document = {
    title: 'Dog',
    text,
    pageStarts: [],
    headings,
    tables: [],
    pages: null,
    warnings: [],
    collection: false,
  }
  parts = chunkDocument(document, ids, { target: 30, max: 40 })
  await index.replace([
    { fileId: 'dog', passages: parts },
    { fileId: 'pig', passages: [passage('pig', 'A pig finds a truffle as well.', { fileId: 'pig', title: 'Pig' })] },
  ])
})
afterAll(async () => {
  await index.close()
  folder.remove()
})

describe('passages that follow each other in a document', () => {
  it('are one hit with the text as it stands there', async () => {
    const hits = await index.search('born in Lugo first truffle at three', 2)
    expect(hits).toHaveLength(1)
    const [hit] = hits
    expect(hit?.joined).toEqual([parts[0]?.id, parts[1]?.id])
    expect(hit).toMatchObject({ rank: 1, start: 0, end: parts[1]?.end })
    expect(hit?.text).toBe(text.slice(hit?.start, hit?.end))
    const marked = hit?.matches.map(({ start, end }) => hit.text.slice(start, end))
    expect(marked).toEqual(['truffle', 'born', 'Lugo', 'first', 'truffle', 'three'])
  })

  it('stay apart when one between them was not found', async () => {
    const hits = await index.search('first truffle three, second truffle Alba', 2)
    expect(hits.map(({ joined }) => joined)).toEqual([undefined, undefined])
  })

  it('are as many as were asked for, whatever is joined, and the best of them says the place', async () => {
    const found = new Map<number, Set<string>>()
    for (const limit of [1, 2, 3, 4, 5]) {
      const hits = await index.search('truffle', limit)
      expect(hits.map(({ rank }) => rank)).toEqual(hits.map((_, i) => i + 1))
      found.set(limit, new Set(hits.flatMap(({ id, joined }) => joined ?? [id])))
      expect(found.get(limit)?.size).toBe(Math.min(limit, 4))
    }
    for (const limit of [2, 3, 4])
      expect([...(found.get(limit) ?? [])]).toEqual(expect.arrayContaining([...(found.get(limit - 1) ?? [])]))
  })

  it('are found as the hit that they are part of', async () => {
    const explained = await index.explain('truffle', 'dog', 5)
    const hits = await index.search('truffle', 5)
    expect(explained.rank).toBe(hits.find(({ fileId }) => fileId === 'dog')?.rank)
  })

  it('keep their text, for any query', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...(text.match(/\w+/g) as string[])), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 5 }),
        async (words, limit) => {
          for (const hit of await index.search(words.join(' '), limit)) {
            if (hit.fileId === 'dog') expect(hit.text).toBe(text.slice(hit.start, hit.end))
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})
