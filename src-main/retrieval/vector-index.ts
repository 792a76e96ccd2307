import { Index, type Table } from '@lancedb/lancedb'

/**
 * Up to here an exact search of all vectors is fast enough. Beyond, IVF_RQ with 4 bits per dimension: the figures are in
 * docs/search.md.
 */
const flatRows = 50_000
/** The index is made anew when the table has so many times the vectors that it was made of. */
const growth = 2
/** Each tidying up adds a part to the index, and a search has to look into all of them. */
const mostParts = 12

const prefix = 'vector-'

/**
 * Makes the index of the vectors when there are enough of them, and makes it anew when it no longer fits: its partitions
 * are those of the vectors of then. Its name says how many these were.
 *
 * @returns whether there is an index
 */
export async function tendVectorIndex(table: Table): Promise<boolean> {
  const rows = await table.countRows('vector IS NOT NULL')
  const names = (await table.listIndices()).filter(({ columns }) => columns.includes('vector')).map(({ name }) => name)
  const [name] = names
  const madeOf = Number(name?.startsWith(prefix) ? name.slice(prefix.length) : 0)
  const parts = name ? ((await table.indexStats(name))?.numIndices ?? 0) : 0
  const fits = names.length === 1 && rows < growth * madeOf && parts <= mostParts
  if (fits || rows <= flatRows) return names.length > 0
  const fresh = `${prefix}${rows}`
  await table.createIndex('vector', { config: Index.ivfRq({ distanceType: 'cosine', numBits: 4 }), name: fresh })
  for (const old of names) if (old !== fresh) await table.dropIndex(old)
  return true
}
