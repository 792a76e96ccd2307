import { type Lineage, lineageSchema } from '../contract/index.ts'
import type { Store } from './database.ts'

/** A promotion as stored. */
export interface PromotionRow {
  id: string
  libraryId: string
  libraryName: string
  at: number
  rolledBackAt: number | null
  lineage: Lineage
}

type Row = Record<string, unknown>

const toPromotion = (r: Row): PromotionRow => ({
  id: String(r['id']),
  libraryId: r['library_id'] as string,
  libraryName: r['library_name'] as string,
  at: r['at'] as number,
  rolledBackAt: r['rolled_back_at'] as number | null,
  lineage: lineageSchema.parse(JSON.parse(r['lineage'] as string)),
})

const SELECT = 'SELECT p.*, l.name AS library_name FROM promotions p JOIN libraries l ON l.id = p.library_id'

/** What was made the default of libraries; they go with their library. */
export function promotionStore({ db }: Store) {
  return {
    /** Newest first. */
    list: (): PromotionRow[] => db.prepare(`${SELECT} ORDER BY p.id DESC`).all().map(toPromotion),
    /** The newest one of a library that was not taken back. */
    current(libraryId: string): PromotionRow | null {
      const row = db
        .prepare(`${SELECT} WHERE p.library_id = ? AND p.rolled_back_at IS NULL ORDER BY p.id DESC LIMIT 1`)
        .get(libraryId)
      return row ? toPromotion(row) : null
    },
    add(libraryId: string, lineage: Lineage): void {
      db.prepare('INSERT INTO promotions (library_id, at, lineage) VALUES (?, ?, ?)').run(
        libraryId,
        Date.now(),
        JSON.stringify(lineage),
      )
    },
    rollBack(id: string): void {
      db.prepare('UPDATE promotions SET rolled_back_at = ? WHERE id = ?').run(Date.now(), Number(id))
    },
  }
}

export type PromotionStore = ReturnType<typeof promotionStore>
