import type { Store } from './database.ts'

/** Of what was measured before, as much as this many pieces counts: machines and files change. */
const REMEMBERED = 50

/** How long pieces of work of some kind took on this machine. */
export function paceStore({ db }: Store) {
  return {
    /** ms for each piece; null: none was measured. */
    get(kind: string): number | null {
      const row = db.prepare('SELECT ms / pieces AS pace FROM paces WHERE kind = ?').get(kind)
      return row ? (row['pace'] as number) : null
    },
    /** So many pieces took so long in all. */
    add(kind: string, pieces: number, ms: number): void {
      db.prepare(`
        INSERT INTO paces (kind, pieces, ms) VALUES (:kind, :pieces, :ms)
        ON CONFLICT (kind) DO UPDATE SET
          ms = ms * min(1.0, :remembered / pieces) + excluded.ms,
          pieces = min(pieces, :remembered) + excluded.pieces
      `).run({ kind, pieces, ms, remembered: REMEMBERED })
    },
  }
}

export type PaceStore = ReturnType<typeof paceStore>
