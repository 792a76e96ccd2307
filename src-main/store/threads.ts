import { randomUUID } from 'node:crypto'
import type { Thread, Trace } from '../contract/index.ts'
import type { Store } from './database.ts'

/** An exchange as stored; the trace is there once its job is over. */
export interface ExchangeRow {
  id: string
  threadId: string
  jobId: string
  question: string
  libraryId: string
  modelId: string
  createdAt: number
  trace: Trace | null
}

type Row = Record<string, unknown>

const toThread = (r: Row): Thread => ({
  id: r['id'] as string,
  title: r['title'] as string,
  createdAt: r['created_at'] as number,
  updatedAt: r['updated_at'] as number,
  questions: r['questions'] as number,
})

const toExchange = (r: Row): ExchangeRow => ({
  id: r['id'] as string,
  threadId: r['thread_id'] as string,
  jobId: r['job_id'] as string,
  question: r['question'] as string,
  libraryId: r['library_id'] as string,
  modelId: r['model_id'] as string,
  createdAt: r['created_at'] as number,
  trace: r['trace'] === null ? null : (JSON.parse(r['trace'] as string) as Trace),
})

const SELECT_THREAD = `SELECT t.*, (SELECT count(*) FROM exchanges e WHERE e.thread_id = t.id) AS questions FROM threads t`

/** Threads and their questions with answers. */
export function threadStore({ db, transaction }: Store) {
  const get = (id: string): Thread | null => {
    const row = db.prepare(`${SELECT_THREAD} WHERE t.id = ?`).get(id)
    return row ? toThread(row) : null
  }
  return {
    get,
    /** Newest first; `query` is looked for in titles, questions and answers, ignoring case. */
    list(query?: string): Thread[] {
      if (!query?.trim()) return db.prepare(`${SELECT_THREAD} ORDER BY t.updated_at DESC`).all().map(toThread)
      return db
        .prepare(
          `${SELECT_THREAD} WHERE instr(lower(t.title), ?1) OR EXISTS (SELECT 1 FROM exchanges e
             WHERE e.thread_id = t.id AND (instr(lower(e.question), ?1) OR instr(lower(coalesce(e.answer, '')), ?1)))
           ORDER BY t.updated_at DESC`,
        )
        .all(query.trim().toLowerCase())
        .map(toThread)
    },
    create(title: string): Thread {
      const id = randomUUID()
      const now = Date.now()
      db.prepare('INSERT INTO threads (id, title, created_at, updated_at) VALUES (?, ?, ?, ?)').run(id, title, now, now)
      return { id, title, createdAt: now, updatedAt: now, questions: 0 }
    },
    rename(id: string, title: string): void {
      db.prepare('UPDATE threads SET title = ? WHERE id = ?').run(title, id)
    },
    /** Deletes the thread with its exchanges, their jobs and events. */
    delete(id: string): void {
      transaction(() => {
        db.prepare('DELETE FROM jobs WHERE id IN (SELECT job_id FROM exchanges WHERE thread_id = ?)').run(id)
        db.prepare('DELETE FROM threads WHERE id = ?').run(id)
      })
    },
    addExchange(row: Omit<ExchangeRow, 'createdAt' | 'trace'>): ExchangeRow {
      const createdAt = Date.now()
      transaction(() => {
        db.prepare(
          `INSERT INTO exchanges (id, thread_id, job_id, question, library_id, model_id, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
        ).run(row.id, row.threadId, row.jobId, row.question, row.libraryId, row.modelId, createdAt)
        db.prepare('UPDATE threads SET updated_at = ? WHERE id = ?').run(createdAt, row.threadId)
      })
      return { ...row, createdAt, trace: null }
    },
    /** Keeps the finished trace, so that a thread opens without replaying its events. */
    saveTrace(exchangeId: string, trace: Trace): void {
      db.prepare('UPDATE exchanges SET trace = ?, answer = ? WHERE id = ?').run(
        JSON.stringify(trace),
        trace.answer,
        exchangeId,
      )
    },
    exchange: (id: string): ExchangeRow | null => {
      const row = db.prepare('SELECT * FROM exchanges WHERE id = ?').get(id)
      return row ? toExchange(row) : null
    },
    /** Oldest first. */
    exchanges: (threadId: string): ExchangeRow[] =>
      db
        .prepare('SELECT * FROM exchanges WHERE thread_id = ? ORDER BY created_at, rowid')
        .all(threadId)
        .map(toExchange),
  }
}

export type ThreadStore = ReturnType<typeof threadStore>
