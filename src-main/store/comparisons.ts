import { randomUUID } from 'node:crypto'
import type { Comparison, ComparisonInput, Contestant } from '../contract/index.ts'
import type { Store } from './database.ts'

type Row = Record<string, unknown>

/** A comparison as stored; what its contestants said lies in the events of their jobs. */
export type ComparisonRow = Omit<Comparison, 'entries'>

/** One contestant and the job that plays it. */
export interface ComparisonEntryRow {
  contestant: Contestant
  jobId: string
}

const toComparison = (r: Row): ComparisonRow => ({
  id: r['id'] as string,
  question: r['question'] as string,
  answers: JSON.parse(r['answers'] as string) as string[],
  library: { id: r['library_id'] as string, name: r['library_name'] as string },
  createdAt: r['created_at'] as number,
  blind: r['blind'] === 1,
  vote: r['vote'] as number | null,
})

/** Questions that several contestants answered. */
export function comparisonStore({ db, transaction }: Store) {
  return {
    create(input: Omit<ComparisonInput, 'contestants' | 'libraryId'>, library: ComparisonRow['library']): string {
      const id = randomUUID()
      db.prepare(
        `INSERT INTO comparisons (id, question, answers, library_id, library_name, created_at, blind)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        id,
        input.question,
        JSON.stringify(input.answers),
        library.id,
        library.name,
        Date.now(),
        input.blind ? 1 : 0,
      )
      return id
    },
    addEntry(id: string, position: number, { contestant, jobId }: ComparisonEntryRow): void {
      db.prepare(
        `INSERT INTO comparison_entries (comparison_id, position, label, model, adapter, job_id) VALUES (?, ?, ?, ?, ?, ?)`,
      ).run(id, position, contestant.label, contestant.model, contestant.adapter, jobId)
    },
    get(id: string): ComparisonRow | null {
      const row = db.prepare('SELECT * FROM comparisons WHERE id = ?').get(id)
      return row ? toComparison(row) : null
    },
    /** Newest first. */
    list: (): ComparisonRow[] =>
      db.prepare('SELECT * FROM comparisons ORDER BY created_at DESC, rowid DESC').all().map(toComparison),
    /** In the order in which they play. */
    entries: (id: string): ComparisonEntryRow[] =>
      db
        .prepare('SELECT * FROM comparison_entries WHERE comparison_id = ? ORDER BY position')
        .all(id)
        .map((r) => ({
          contestant: {
            label: r['label'] as string,
            model: r['model'] as string,
            adapter: r['adapter'] as string | null,
          },
          jobId: r['job_id'] as string,
        })),
    vote(id: string, entry: number): void {
      db.prepare('UPDATE comparisons SET vote = ? WHERE id = ?').run(entry, id)
    },
    /** Deletes the comparison with its jobs and their events. */
    delete(id: string): void {
      transaction(() => {
        db.prepare('DELETE FROM jobs WHERE id IN (SELECT job_id FROM comparison_entries WHERE comparison_id = ?)').run(
          id,
        )
        db.prepare('DELETE FROM comparisons WHERE id = ?').run(id)
      })
    },
  }
}

export type ComparisonStore = ReturnType<typeof comparisonStore>
