import { existsSync, readdirSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { type Connection, connect, Index, type Table } from '@lancedb/lancedb'
import { Field, FixedSizeList, Float32, Schema, Utf8 } from 'apache-arrow'
import { damagedIndex, guarded } from './errors.ts'

const tableName = 'passages'

/**
 * Columns of the table; `dimensions` null: no vectors. `terms` holds the analyzed passage, joined by spaces; `passage`
 * is the whole passage as JSON: LanceDB only keeps it for us.
 */
export function tableSchema(dimensions: number | null): Schema {
  const columns = ['id', 'file_id', 'terms', 'passage'].map((name): Field => new Field(name, new Utf8(), false))
  if (dimensions !== null) {
    columns.push(new Field('vector', new FixedSizeList(dimensions, new Field('item', new Float32(), true)), true))
  }
  return new Schema(columns)
}

/**
 * Opens the table in `dir`, or makes it with its full-text index. What is left of a first start that was killed before
 * its first commit is made again; a table with data that cannot be read is an error, never silently emptied.
 *
 * @throws AppError INDEX_DAMAGED, DISK_FULL, DATA_DIR_UNUSABLE
 */
export async function openTable(dir: string, dimensions: number | null): Promise<Table> {
  if (!isAbsolute(dir)) throw new TypeError(`the index needs an absolute path, not ${dir}`)
  return guarded(prepareTable(dir, dimensions))
}

/**
 * Opens a table for searching only, whatever it was built with.
 *
 * @throws AppError INDEX_DAMAGED, DATA_DIR_UNUSABLE
 */
export async function openAsBuilt(dir: string): Promise<Table> {
  return guarded(connect(dir).then((connection) => connection.openTable(tableName)))
}

async function prepareTable(dir: string, dimensions: number | null): Promise<Table> {
  await mkdir(dir, { recursive: true })
  const connection = await connect(dir)
  const table = await openOrCreate(connection, join(dir, `${tableName}.lance`), dimensions)
  await checkColumns(table, dimensions)
  if (!(await hasIndex(table, 'terms'))) await createTermIndex(table)
  if (!(await hasIndex(table, 'file_id'))) await table.createIndex('file_id', { config: Index.btree() })
  return table
}

/** Whether the column has an index. */
export async function hasIndex(table: Table, column: string): Promise<boolean> {
  return (await table.listIndices()).some((index) => index.columns.includes(column))
}

async function openOrCreate(connection: Connection, path: string, dimensions: number | null): Promise<Table> {
  if (existsSync(path)) {
    const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    if (files.some(({ name }) => /\.(?:manifest|lance)$/.test(name))) return connection.openTable(tableName)
    await rm(path, { recursive: true })
  }
  return connection.createEmptyTable(tableName, tableSchema(dimensions))
}

async function checkColumns(table: Table, dimensions: number | null): Promise<void> {
  const describe = (schema: Schema) => schema.fields.map(({ name, type }) => `${name} ${type}`).join(', ')
  const found = describe(await table.schema())
  const wanted = describe(tableSchema(dimensions))
  if (found !== wanted) throw damagedIndex(`the columns are ${found}, not ${wanted}`)
}

async function createTermIndex(table: Table): Promise<void> {
  await table.createIndex('terms', {
    config: Index.fts({
      baseTokenizer: 'whitespace',
      lowercase: false,
      stem: false,
      removeStopWords: false,
      asciiFolding: false,
      withPosition: false,
      maxTokenLength: 1000,
    }),
  })
}
