import { randomUUID } from 'node:crypto'
import {
  defaultRules,
  type FileState,
  type LibraryFile,
  type LibraryRules,
  largestFileBytes,
  libraryRulesSchema,
  type Source,
} from '../contract/index.ts'
import type { Store } from './database.ts'

/** A library as it is stored; the rest of the contract's `Library` is counted or known elsewhere. */
export interface LibraryRow {
  id: string
  name: string
  sample: boolean
  createdAt: number
  /** What the index that answers was built with. */
  indexFingerprint: string | null
  /** What the one that is being built beside it is built with; null: none is. */
  building: string | null
  rules: LibraryRules
  paused: boolean
}

/** A source with the number of the file system that it was last seen on. */
export interface SourceRow extends Source {
  device: number | null
}

/** A file with the hash of the content that its passages were made from, and its number in its file system. */
export interface FileRow extends LibraryFile {
  contentHash: string | null
  /** The index that it was last read for, or shall be. */
  indexFingerprint: string | null
  inode: number | null
}

export type SearchableFile = Pick<FileRow, 'id' | 'path' | 'relativePath' | 'title' | 'modifiedAt'>

/** Which files are wanted, and in which order. */
export interface FileQuery {
  state?: FileState
  /** Part of the path, case-insensitive. */
  filter?: string
  /** Only those that were read in part. */
  warned?: boolean
  sort?: FileSort
  descending?: boolean
  offset: number
  limit: number
}
export type FileSort = keyof typeof order

/** What each order goes by; equal ones come by their path. */
const order = {
  name: 'relative_path',
  state: 'state',
  size: 'size_bytes',
  modified: 'modified_at',
  passages: 'passages',
} as const

type Row = Record<string, unknown>

const toLibrary = (r: Row): LibraryRow => ({
  id: r['id'] as string,
  name: r['name'] as string,
  sample: r['sample'] === 1,
  createdAt: r['created_at'] as number,
  indexFingerprint: r['index_fingerprint'] as string | null,
  building: r['building_fingerprint'] as string | null,
  rules: toRules(r['rules'] as string | null),
  paused: r['paused'] === 1,
})

/** Rules that no longer fit the schema fall back to the default; a size that was allowed once, to the largest one. */
function toRules(json: string | null): LibraryRules {
  const stored: Partial<LibraryRules> | null = json === null ? null : JSON.parse(json)
  const maxFileBytes = Math.min(Number(stored?.maxFileBytes), largestFileBytes)
  const rules = libraryRulesSchema.safeParse({ ...stored, maxFileBytes })
  return rules.success ? rules.data : defaultRules
}

const parsed = <T>(json: unknown): T | null => (json === null ? null : (JSON.parse(json as string) as T))

const toSource = (r: Row): SourceRow => ({
  id: r['id'] as string,
  kind: r['kind'] as Source['kind'],
  path: r['path'] as string,
  problem: parsed(r['problem']),
  syncedAt: r['synced_at'] as number | null,
  device: r['device'] as number | null,
  indexed: r['indexed'] as number,
})

const toFile = (r: Row): FileRow => ({
  id: r['id'] as string,
  libraryId: r['library_id'] as string,
  sourceId: r['source_id'] as string,
  path: r['path'] as string,
  relativePath: r['relative_path'] as string,
  title: r['title'] as string,
  state: r['state'] as FileState,
  sizeBytes: r['size_bytes'] as number,
  modifiedAt: r['modified_at'] as number,
  contentHash: r['content_hash'] as string | null,
  indexFingerprint: r['index_fingerprint'] as string | null,
  indexedAt: r['indexed_at'] as number | null,
  passages: r['passages'] as number,
  pages: r['pages'] as number | null,
  error: parsed(r['error']),
  warnings: JSON.parse(r['warnings'] as string),
  inode: r['inode'] as number | null,
})

const likeEscaped = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`

/** Libraries, their sources and their files. */
export function libraryStore({ db, transaction }: Store) {
  return {
    list: (): LibraryRow[] => db.prepare('SELECT * FROM libraries ORDER BY sample DESC, name').all().map(toLibrary),
    get: (id: string): LibraryRow | null => {
      const row = db.prepare('SELECT * FROM libraries WHERE id = ?').get(id)
      return row ? toLibrary(row) : null
    },
    create(name: string, options: { id?: string; sample?: boolean } = {}): LibraryRow {
      const id = options.id ?? randomUUID()
      db.prepare('INSERT INTO libraries (id, name, sample, created_at) VALUES (?, ?, ?, ?)').run(
        id,
        name,
        options.sample ? 1 : 0,
        Date.now(),
      )
      return toLibrary(db.prepare('SELECT * FROM libraries WHERE id = ?').get(id) as Row)
    },
    rename(id: string, name: string): void {
      db.prepare('UPDATE libraries SET name = ? WHERE id = ?').run(name, id)
    },
    /** The index of that fingerprint answers from now on, and none is being built. */
    setIndexFingerprint(id: string, fingerprint: string): void {
      db.prepare('UPDATE libraries SET index_fingerprint = ?, building_fingerprint = NULL WHERE id = ?').run(
        fingerprint,
        id,
      )
    },
    /** An empty index is being built: no file was read for it. */
    setBuilding(id: string, fingerprint: string): void {
      transaction(() => {
        db.prepare('UPDATE libraries SET building_fingerprint = ? WHERE id = ?').run(fingerprint, id)
        db.prepare('UPDATE files SET index_fingerprint = NULL WHERE library_id = ? AND index_fingerprint = ?').run(
          id,
          fingerprint,
        )
      })
    },
    setRules(id: string, rules: LibraryRules): void {
      db.prepare('UPDATE libraries SET rules = ? WHERE id = ?').run(JSON.stringify(rules), id)
    },
    setPaused(id: string, paused: boolean): void {
      db.prepare('UPDATE libraries SET paused = ? WHERE id = ?').run(paused ? 1 : 0, id)
    },
    delete(id: string): void {
      db.prepare('DELETE FROM libraries WHERE id = ?').run(id)
    },

    sources: (libraryId: string): SourceRow[] =>
      db
        .prepare(
          `SELECT *, (SELECT count(*) FROM files WHERE source_id = sources.id AND state = 'indexed') AS indexed
             FROM sources WHERE library_id = ? ORDER BY path`,
        )
        .all(libraryId)
        .map(toSource),
    addSource(libraryId: string, kind: Source['kind'], path: string): SourceRow {
      const id = randomUUID()
      db.prepare('INSERT INTO sources (id, library_id, kind, path) VALUES (?, ?, ?, ?)').run(id, libraryId, kind, path)
      return { id, kind, path, problem: null, syncedAt: null, device: null, indexed: 0 }
    },
    /** Keeps what was found out about a source; `syncedAt` null leaves the time as it is. */
    setSourceState(id: string, state: Pick<SourceRow, 'problem' | 'syncedAt' | 'device'>): void {
      const problem = state.problem === null ? null : JSON.stringify(state.problem)
      db.prepare(
        'UPDATE sources SET problem = ?, synced_at = coalesce(?, synced_at), device = coalesce(?, device) WHERE id = ?',
      ).run(problem, state.syncedAt, state.device, id)
    },
    /** Forgets a source together with its files; their passages must have left the index before. */
    deleteSource(sourceId: string): void {
      db.prepare('DELETE FROM sources WHERE id = ?').run(sourceId)
    },

    file: (fileId: string): FileRow | null => {
      const row = db.prepare('SELECT * FROM files WHERE id = ?').get(fileId)
      return row ? toFile(row) : null
    },
    filesOfSource: (sourceId: string): FileRow[] =>
      db.prepare('SELECT * FROM files WHERE source_id = ? ORDER BY relative_path').all(sourceId).map(toFile),
    /** The file at a path of the library, and all files below it. */
    filesAt: (libraryId: string, path: string, separator: string): FileRow[] =>
      db
        .prepare('SELECT * FROM files WHERE library_id = ?1 AND (path = ?2 OR (path >= ?3 AND path < ?4))')
        .all(libraryId, path, path + separator, path + String.fromCharCode(separator.charCodeAt(0) + 1))
        .map(toFile),
    files(libraryId: string, options: FileQuery): { files: FileRow[]; total: number } {
      const where = ['library_id = ?']
      const values: (string | number)[] = [libraryId]
      if (options.state) {
        where.push('state = ?')
        values.push(options.state)
      }
      if (options.filter) {
        where.push(String.raw`relative_path LIKE ? ESCAPE '\'`)
        values.push(likeEscaped(options.filter))
      }
      if (options.warned) where.push("warnings <> '[]'")
      const condition = where.join(' AND ')
      const by = `${order[options.sort ?? 'name']} ${options.descending ? 'DESC' : 'ASC'}, relative_path, rowid`
      const total = db.prepare(`SELECT count(*) AS n FROM files WHERE ${condition}`).get(...values) as { n: number }
      // only what is shown is read whole
      const rows = db
        .prepare(
          `SELECT * FROM files WHERE rowid IN (SELECT rowid FROM files WHERE ${condition} ORDER BY ${by} LIMIT ? OFFSET ?)
           ORDER BY ${by}`,
        )
        .all(...values, options.limit, options.offset)
      return { files: rows.map(toFile), total: total.n }
    },
    /** What a search can be restricted by, of every file that is in the index. */
    searchable: (libraryId: string): SearchableFile[] =>
      db
        .prepare(
          `SELECT id, path, relative_path AS relativePath, title, modified_at AS modifiedAt FROM files
           WHERE library_id = ? AND passages > 0`,
        )
        .all(libraryId) as unknown as SearchableFile[],
    /** What can be found, file by file: which text, under which name. */
    contents: (libraryId: string): { path: string; hash: string | null }[] =>
      db
        .prepare(
          `SELECT relative_path || ' ' || title AS path, content_hash AS hash FROM files
           WHERE library_id = ? AND passages > 0 ORDER BY path, hash`,
        )
        .all(libraryId) as unknown as { path: string; hash: string | null }[],
    /** Changes whenever what can be found may have changed, and is quick to ask for. */
    contentsMark(libraryId: string): string {
      const row = db
        .prepare(
          'SELECT count(*) AS n, sum(passages) AS p, max(indexed_at) AS at FROM files WHERE library_id = ? AND passages > 0',
        )
        .get(libraryId)
      return JSON.stringify(row)
    },
    /**
     * Number of files in each state, and of passages in all. While a new index is built, files that the old one has count
     * as indexed.
     */
    counts(libraryId: string): { files: Record<FileState, number>; passages: number } {
      const files: Record<FileState, number> = { waiting: 0, reading: 0, indexed: 0, skipped: 0, failed: 0 }
      let passages = 0
      const rows = db
        .prepare(
          `SELECT CASE WHEN passages > 0 AND state IN ('waiting', 'reading') AND building_fingerprint IS NOT NULL
               THEN 'indexed' ELSE state END AS shown, count(*) AS n, sum(passages) AS p
             FROM files JOIN libraries ON libraries.id = library_id WHERE library_id = ? GROUP BY shown`,
        )
        .all(libraryId) as { shown: FileState; n: number; p: number }[]
      for (const row of rows) {
        files[row.shown] = row.n
        passages += row.p
      }
      return { files, passages }
    },
    /** Inserts or overwrites files (matched by id), all or none. */
    saveFiles(files: readonly FileRow[]): void {
      const statement = db.prepare(
        `INSERT INTO files (id, library_id, source_id, path, relative_path, title, state, size_bytes, modified_at,
           content_hash, index_fingerprint, indexed_at, passages, pages, error, warnings, inode)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET source_id = excluded.source_id, path = excluded.path,
           relative_path = excluded.relative_path, title = excluded.title, state = excluded.state,
           size_bytes = excluded.size_bytes, modified_at = excluded.modified_at, content_hash = excluded.content_hash,
           index_fingerprint = excluded.index_fingerprint,
           indexed_at = excluded.indexed_at, passages = excluded.passages, pages = excluded.pages,
           error = excluded.error, warnings = excluded.warnings, inode = excluded.inode`,
      )
      transaction(() => {
        for (const f of files) {
          statement.run(
            f.id,
            f.libraryId,
            f.sourceId,
            f.path,
            f.relativePath,
            f.title,
            f.state,
            f.sizeBytes,
            f.modifiedAt,
            f.contentHash,
            f.indexFingerprint,
            f.indexedAt,
            f.passages,
            f.pages,
            f.error === null ? null : JSON.stringify(f.error),
            JSON.stringify(f.warnings),
            f.inode,
          )
        }
      })
    },
    deleteFiles(fileIds: readonly string[]): void {
      const statement = db.prepare('DELETE FROM files WHERE id = ?')
      transaction(() => {
        for (const id of fileIds) statement.run(id)
      })
    },
  }
}

export type LibraryStore = ReturnType<typeof libraryStore>
