import { Index, type Table } from '@lancedb/lancedb'

/**
 * Up to here an exact search of all vectors is fast enough. Beyond, IVF_RQ with 4 bits per dimension: the figures are in
 * docs/search.md.
 */
const flatRows = 50_000
/**
 * The index is made anew when this share of the vectors that it was made of is deleted or has come on top: in the middle
 * of a job, which would soon change it again, only when as many have as it was made of.
 */
const mostChanged = { ended: 1 / 50, running: 1 }
/** With more it is made anew, before a tidying up adds one: a search has to look into all of them. */
const mostParts = 3

const prefix = 'vector-'

/**
 * Makes the index of the vectors when there are enough of them, and makes it anew when it no longer fits. All rows are
 * merged before: an index is made of rows of which none is deleted in a fraction of the time. Rows can only be merged when
 * they are in the same parts of all indices, so the old index goes first, and searches are exact for that time. The name
 * of the index says how many vectors it was made of.
 *
 * @param job whether the job that changes the table has ended, or goes on
 * @returns whether there is an index
 */
export async function tendVectorIndex(table: Table, job: 'ended' | 'running'): Promise<boolean> {
  const rows = await table.countRows('vector IS NOT NULL')
  const names = (await table.listIndices()).filter(({ columns }) => columns.includes('vector')).map(({ name }) => name)
  const [name] = names
  const madeOf = Number(name?.startsWith(prefix) ? name.slice(prefix.length) : 0)
  const parts = name ? ((await table.indexStats(name))?.numIndices ?? 0) : 0
  const changed = (await deletedRows(table)) + Math.max(0, rows - madeOf)
  const fits = names.length === 1 && changed < mostChanged[job] * madeOf && parts <= mostParts
  if (fits || rows <= flatRows) return names.length > 0
  await table.optimize()
  for (const old of names) await table.dropIndex(old)
  await table.optimize()
  const config = Index.ivfRq({ distanceType: 'cosine', numBits: 4 })
  await table.createIndex('vector', { config, name: `${prefix}${rows}` })
  return true
}

/** About how many rows are deleted and still lie in the table's files. */
async function deletedRows(table: Table): Promise<number> {
  const { numRows, fragmentStats } = await table.stats()
  return fragmentStats.numFragments * fragmentStats.lengths.mean - numRows
}
