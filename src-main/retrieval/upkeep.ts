import type { Table } from '@lancedb/lancedb'
import type { Passage } from '../contract/index.ts'
import { guarded } from './errors.ts'
import { type KnownVectors, passageRows, type Row, vectorsOf } from './rows.ts'

/** Ids that one condition may name. */
const idsAtOnce = 1000
/** Passages that are embedded, and written, at a time. */
const embeddedAtOnce = 512

/** Where a file lies now. Passages whose title was the file's old name get the new one. */
export interface MovedFile {
  fileId: string
  path: string
  title: { from: string; to: string } | null
}

/** `column IN ('a', 'b')` */
export function among(column: string, values: readonly string[]): string {
  return `${column} IN (${values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')})`
}

/** The vectors of the rows that fulfill the condition. */
export async function knownVectors(table: Table, where: string): Promise<KnownVectors> {
  return vectorsOf(
    await table.query().where(`(${where}) AND vector IS NOT NULL`).select(['passage', 'vector']).toArray(),
  )
}

/** The rows of moved files as they shall be: same ids, same vectors. */
export async function movedRows(table: Table, files: readonly MovedFile[], vectors: boolean): Promise<Row[]> {
  const moved = new Map(files.map((file) => [file.fileId, file]))
  const where = among('file_id', [...moved.keys()])
  const rows = await table
    .query()
    .where(where)
    .select(vectors ? ['passage', 'vector'] : ['passage'])
    .toArray()
  const passages = rows.map((row): Passage => {
    const passage = JSON.parse(String(row['passage'])) as Passage
    const { path, title } = moved.get(passage.fileId) as MovedFile
    return { ...passage, path, title: title?.from === passage.title ? title.to : passage.title }
  })
  const kept = new Map([...vectorsOf(rows)].map(([id, { vector }]) => [id, vector]))
  return (await passageRows(passages, null)).map((row) => {
    const vector = kept.get(row.id)
    return vector ? { ...row, vector } : row
  })
}

/** The passages of the rows that fulfill the condition, as they come from the disk. */
export async function* passagesIn(table: Table, where: string): AsyncGenerator<Passage> {
  const batches = table.query().where(where).select(['passage'])[Symbol.asyncIterator]()
  for (;;) {
    const { done, value } = await guarded(batches.next())
    if (done) return
    for (const json of value.getChild('passage') ?? []) yield JSON.parse(String(json)) as Passage
  }
}

/** Some of the passages that have no vector yet. */
export async function notEmbedded(table: Table): Promise<Passage[]> {
  const rows = await table.query().where('vector IS NULL').select(['passage']).limit(embeddedAtOnce).toArray()
  return rows.map((row) => JSON.parse(String(row['passage'])) as Passage)
}

/** Deletes the file's rows whose ids are not among those given. */
export async function retainRows(table: Table, fileId: string, ids: ReadonlySet<string>): Promise<void> {
  const rows = await table
    .query()
    .where(among('file_id', [fileId]))
    .select(['id'])
    .toArray()
  const stale = rows.map((row) => String(row['id'])).filter((id) => !ids.has(id))
  for (let at = 0; at < stale.length; at += idsAtOnce) await table.delete(among('id', stale.slice(at, at + idsAtOnce)))
}
