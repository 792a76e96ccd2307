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

async function add(count: number): Promise<void> {
  const first = await table.countRows()
  const rows = Array.from({ length: count }, (_, i) => ({
    id: first + i,
    vector: Float32Array.from({ length: dimensions }, (_, d) => Math.sin((first + i + 1) * (d + 1) * 0.618)),
  }))
  await table.add(makeArrowTable(rows, { schema }))
}
const indexes = async () => (await table.listIndices()).map(({ name }) => name)

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
    expect(await tendVectorIndex(table)).toBe(false)
    await add(1)
    expect(await tendVectorIndex(table)).toBe(true)
    expect(await indexes()).toEqual(['vector-50001'])
  })

  it('stays while the table has grown a little, and is made anew when it has doubled', async () => {
    await add(10_000)
    await table.optimize()
    expect(await tendVectorIndex(table)).toBe(true)
    expect(await indexes()).toEqual(['vector-50001'])
    await add(40_002)
    await tendVectorIndex(table)
    expect(await indexes()).toEqual(['vector-100003'])
    expect((await table.indexStats('vector-100003'))?.numUnindexedRows).toBe(0)
  })

  it('is made anew when tidying up has left it in many parts', async () => {
    for (let part = 1; part < 13; part++) {
      await add(600)
      await table.optimize()
    }
    expect((await table.indexStats('vector-100003'))?.numIndices).toBe(13)
    await tendVectorIndex(table)
    const names = await indexes()
    expect(names).toEqual([`vector-${await table.countRows()}`])
    expect((await table.indexStats(names[0] ?? ''))?.numIndices).toBe(1)
  })
})
