import type { NetworkEntry } from '../contract/index.ts'
import type { Store } from './database.ts'

const toEntry = (r: Record<string, unknown>): NetworkEntry => ({
  id: r['id'] as number,
  at: r['at'] as number,
  method: r['method'] as string,
  host: r['host'] as string,
  path: r['path'] as string,
  purpose: r['purpose'] as string,
  status: r['status'] as number | null,
  sentBytes: r['sent_bytes'] as number,
  receivedBytes: r['received_bytes'] as number,
  endedAt: r['ended_at'] as number | null,
})

/** Entries that are kept. */
const KEPT = 1000

/** The requests that left this computer. */
export function networkStore({ db }: Store) {
  const insert = db.prepare('INSERT INTO network (at, method, host, path, purpose) VALUES (?, ?, ?, ?, ?)')
  const finish = db.prepare(
    'UPDATE network SET status = ?, sent_bytes = ?, received_bytes = ?, ended_at = ? WHERE id = ?',
  )
  const prune = db.prepare('DELETE FROM network WHERE id <= ?')
  return {
    /** Newest first. */
    list: (limit = KEPT): NetworkEntry[] =>
      db.prepare('SELECT * FROM network ORDER BY id DESC LIMIT ?').all(limit).map(toEntry),
    /** Notes that a request is being made. @returns its id */
    begin({ method, host, path, purpose }: Pick<NetworkEntry, 'method' | 'host' | 'path' | 'purpose'>): number {
      const id = Number(insert.run(Date.now(), method, host, path, purpose).lastInsertRowid)
      prune.run(id - KEPT)
      return id
    },
    end(
      id: number,
      { status, sentBytes, receivedBytes }: Pick<NetworkEntry, 'status' | 'sentBytes' | 'receivedBytes'>,
    ) {
      // A request that was broken off may end when the service has.
      if (db.isOpen) finish.run(status, sentBytes, receivedBytes, Date.now(), id)
    },
  }
}

export type NetworkStore = ReturnType<typeof networkStore>
