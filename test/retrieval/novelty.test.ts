import { afterEach, describe, expect, it } from 'vitest'
import { openPassageIndex, type PassageIndex, type Reranker } from '../../src-main/retrieval/index.ts'
import { temporaryFolder } from '../support/index-files.ts'
import { passage } from '../support/passages.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function open(texts: Record<string, string>, reranker: Reranker | null = null): Promise<PassageIndex> {
  const { path, remove } = temporaryFolder()
  const index = await openPassageIndex({ dir: path, reranker })
  cleanups.push(remove, () => index.close())
  await index.replace(
    Object.entries(texts).map(([id, text]) => ({
      fileId: id,
      passages: [passage(id, text, { fileId: id, title: id })],
    })),
  )
  return index
}
const found = async (index: PassageIndex, query: string, limit = 10) =>
  (await index.search(query, limit)).map(({ id }) => id)

const report =
  'The lagotto is an old breed of water dog from Romagna. When the marshes were drained it lost its work and was taught to ' +
  'look for truffles in the woods, which it has done ever since with great patience and a very good nose.'
const others = Object.fromEntries(
  Array.from({ length: 12 }, (_, i) => [
    `other-${i}`,
    `Lagotto number ${i} ${'x'.repeat(i + 3)} likes ${i * 7} balls.`,
  ]),
)

describe('a passage that repeats a better one', () => {
  it('is left out when it has no word of its own, and the explanation names the one in its place', async () => {
    const copy = `“${report.toUpperCase().replaceAll('. ', '!\n\n')}”`
    const excerpt = report.slice(30)
    const index = await open({ report, copy, excerpt })
    const [kept] = await found(index, 'lagotto marshes truffles')
    expect(await found(index, 'lagotto marshes truffles')).toHaveLength(1)
    const left = ['report', 'copy', 'excerpt'].filter((id) => id !== kept)
    for (const id of left) {
      const { outcome, reason } = await index.explain('lagotto marshes truffles', id, 10)
      expect([outcome, reason.includes(`“${kept}” says the same`)]).toEqual(['duplicate', true])
    }
  })

  it('is kept for a single number that differs, but makes room for what is new', async () => {
    const [first, second] = [2023, 2024].map((year) => `${report} It was counted in ${year}.`) as [string, string]
    const index = await open({ first, second, ...others })
    const order = await found(index, 'lagotto truffles marshes', 14)
    expect(order[0]).toBe('first')
    const place = order.indexOf('second')
    expect(place).toBeGreaterThan(1)
    expect(place).toBeLessThan(9)
    const hit = (await index.search('lagotto truffles marshes', 14))[place]
    expect(hit?.stages.repeats?.of).toBe('first')
    expect(hit?.stages.repeats?.share).toBeGreaterThan(0.7)
    expect((await found(index, 'lagotto counted 2024'))[0]).toBe('second')
    const { outcome, reason, repeats } = await index.explain('lagotto truffles marshes', 'second', 2)
    expect([outcome, repeats?.title]).toEqual(['below-limit', 'first'])
    expect(reason).toMatch(/“first” says \d+ % of it/)
  })

  it('does not take the place of another that the reranker could read', async () => {
    const read: string[] = []
    const reranker: Reranker = {
      score: async (_, texts) => {
        read.push(...texts)
        return texts.map((_, i) => -i)
      },
    }
    const index = await open({ report, copy: `${report} `, ...others }, reranker)
    await found(index, 'lagotto', 5)
    expect(read.filter((text) => text.trim() === report)).toHaveLength(1)
  })
})

it('passages on one subject that say different things keep their order', async () => {
  const texts = Object.fromEntries(
    Array.from({ length: 8 }, (_, i) => [`p${i}`, `${'truffle '.repeat(8 - i)}and the dog of house number ${i * 31}`]),
  )
  const index = await open(texts)
  expect(await found(index, 'truffle dog')).toEqual(
    (await index.search('truffle dog', 10)).toSorted((a, b) => b.score - a.score).map(({ id }) => id),
  )
})

it('the order does not depend on how many are asked for', async () => {
  const index = await open({ a: `${report} One.`, b: `${report} Two.`, c: `${report} Three.`, ...others })
  const all = await found(index, 'lagotto truffles', 15)
  for (const limit of [1, 3, 7]) expect(await found(index, 'lagotto truffles', limit)).toEqual(all.slice(0, limit))
})
