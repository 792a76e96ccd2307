import type { Store } from './database.ts'

/** Baselines that are kept. */
const KEPT = 200

/** How many questions models answered right, by everything that decides it. */
export function baselineStore({ db }: Store) {
  return {
    get(key: string): number | null {
      const row = db.prepare('SELECT correct FROM baselines WHERE key = ?').get(key)
      return row ? (row['correct'] as number) : null
    },
    set(key: string, correct: number): void {
      db.prepare('INSERT OR REPLACE INTO baselines (key, correct, at) VALUES (?, ?, ?)').run(key, correct, Date.now())
      db.prepare('DELETE FROM baselines WHERE key NOT IN (SELECT key FROM baselines ORDER BY at DESC LIMIT ?)').run(
        KEPT,
      )
    },
  }
}

export type BaselineStore = ReturnType<typeof baselineStore>
