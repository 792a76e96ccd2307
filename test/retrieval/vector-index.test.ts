import { connect, makeArrowTable, type Table } from '@lancedb/lancedb'
import { Field, FixedSizeList, Float32, Int32, Schema } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tendVectorIndex } from '../../src-main/retrieval/vector-index.ts'
import { temporaryFolder } from '../support/index-files.ts'

const dimensions = 16
const schema = new Schema([
  new Field('id', new Int32(), false),
  new Field('vector', new FixedSizeList(dimensions, new Field('item', new Float32(), true)), true),
])
const folder = temporaryFolder()
let table: Table

/** Without any order, so that no two are so near each other that the index takes one for the other. */
const vectorOf = (id: number) =>
  Float32Array.from({ length: dimensions }, (_, d) => (Math.sin(id * 12.9898 + d * 78.233) * 43758.5453) % 1)

async function add(count: number): Promise<void> {
  const rows = Array.from({ length: count }, () => {
    const id = next++
    return { id, vector: vectorOf(id) }
  })
  await table.add(makeArrowTable(rows, { schema }))
}
/** Puts new rows in the place of the oldest ones. */
async function replace(count: number): Promise<void> {
  await table.delete(`id < ${oldest + count}`)
  oldest += count
  await add(count)
}
const indexes = async () => (await table.listIndices()).map(({ name }) => name)
const parts = async () => (await table.indexStats((await indexes())[0] ?? ''))?.numIndices

let next = 0
let oldest = 0

beforeAll(async () => {
  table = await (await connect(folder.path)).createEmptyTable('passages', schema)
})
afterAll(() => {
  table.close()
  folder.remove()
})

describe('the index of the vectors', () => {
  it('is made when there are many, and not before', async () => {
    await add(50_000)
    expect(await tendVectorIndex(table, 'ended')).toBe(false)
    await add(1)
    expect(await tendVectorIndex(table, 'ended')).toBe(true)
    expect(await indexes()).toEqual(['vector-50001'])
  })

  it('is made anew in the middle of a job when the table has doubled', async () => {
    await add(10_000)
    await table.optimize()
    expect(await tendVectorIndex(table, 'running')).toBe(true)
    expect(await indexes()).toEqual(['vector-50001'])
    await add(40_002)
    await tendVectorIndex(table, 'running')
    expect(await indexes()).toEqual(['vector-100003'])
    expect((await table.indexStats('vector-100003'))?.numUnindexedRows).toBe(0)
  })

  it('is made anew at the end of a job when a fiftieth has come on top', async () => {
    await add(1900)
    await table.optimize()
    await tendVectorIndex(table, 'ended')
    expect(await indexes()).toEqual(['vector-100003'])
    await add(200)
    await tendVectorIndex(table, 'ended')
    expect(await indexes()).toEqual(['vector-102103'])
  })

  it('is made anew at the end of a job when a fiftieth was replaced, and then all lies in one file', async () => {
    for (const count of [1500, 800]) {
      await replace(count)
      await tendVectorIndex(table, 'ended')
      await table.optimize()
    }
    expect(await indexes()).toEqual(['vector-102103'])
    expect(await parts()).toBe(1)
    expect((await table.stats()).fragmentStats).toMatchObject({ numFragments: 1, lengths: { max: 102_103 } })
  })

  it('answers while it is made anew', async () => {
    await replace(2100)
    const newest = next - 1
    const nearest = () =>
      table.vectorSearch(vectorOf(newest)).distanceType('cosine').nprobes(50).refineFactor(1).limit(10)
    let making = true
    const search = async () => {
      while (making) expect((await nearest().toArray()).map(({ id }) => id)).toContain(newest)
    }
    const make = () => tendVectorIndex(table, 'ended').finally(() => (making = false))
    await Promise.all([make(), search()])
    expect(await parts()).toBe(1)
  })

  it('is made anew when tidying up has left it in many parts', async () => {
    for (let part = 2; part <= 4; part++) {
      await tendVectorIndex(table, 'running')
      await add(100)
      await table.optimize()
    }
    expect(await parts()).toBe(4)
    await tendVectorIndex(table, 'running')
    expect(await indexes()).toEqual([`vector-${await table.countRows()}`])
    expect(await parts()).toBe(1)
  })
})
