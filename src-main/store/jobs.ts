import { randomUUID } from 'node:crypto'
import {
  type ErrorValue,
  isFinal,
  type Job,
  type JobEvent,
  type JobKind,
  type JobPayload,
  type JobState,
  type Progress,
} from '../contract/index.ts'
import type { Store } from './database.ts'

type Row = Record<string, unknown>

const parsed = <T>(json: unknown): T | null => (json === null ? null : (JSON.parse(json as string) as T))

const toJob = (r: Row): Job => ({
  id: r['id'] as string,
  kind: r['kind'] as JobKind,
  subjectId: r['subject_id'] as string,
  title: r['title'] as string,
  state: r['state'] as JobState,
  progress: parsed<Progress>(r['progress']),
  error: parsed<ErrorValue>(r['error']),
  createdAt: r['created_at'] as number,
  endedAt: r['ended_at'] as number | null,
  lastSeq: r['last_seq'] as number,
})

/** Jobs and their numbered events. */
export function jobStore({ db, transaction }: Store) {
  const insertEvent = db.prepare('INSERT INTO job_events (job_id, seq, at, event) VALUES (?, ?, ?, ?)')
  const setLastSeq = db.prepare('UPDATE jobs SET last_seq = ? WHERE id = ?')
  const setState = db.prepare('UPDATE jobs SET state = ?, error = ?, ended_at = ? WHERE id = ?')
  const setProgress = db.prepare('UPDATE jobs SET progress = ? WHERE id = ?')
  const readEvents = db.prepare('SELECT seq, at, event FROM job_events WHERE job_id = ? AND seq > ? ORDER BY seq')

  return {
    create(kind: JobKind, subjectId: string, title: string): Job {
      const id = randomUUID()
      db.prepare(
        `INSERT INTO jobs (id, kind, subject_id, title, state, created_at) VALUES (?, ?, ?, ?, 'queued', ?)`,
      ).run(id, kind, subjectId, title, Date.now())
      return toJob(db.prepare('SELECT * FROM jobs WHERE id = ?').get(id) as Row)
    },
    get: (id: string): Job | null => {
      const row = db.prepare('SELECT * FROM jobs WHERE id = ?').get(id)
      return row ? toJob(row) : null
    },
    /** Newest first. */
    list: (limit = 100): Job[] =>
      db.prepare('SELECT * FROM jobs ORDER BY created_at DESC, rowid DESC LIMIT ?').all(limit).map(toJob),
    /** All that are kept of a kind, newest first. */
    ofKind: (kind: JobKind): Job[] =>
      db.prepare('SELECT * FROM jobs WHERE kind = ? ORDER BY created_at DESC, rowid DESC').all(kind).map(toJob),
    /** Jobs that are queued or running. */
    open: (): Job[] =>
      db.prepare(`SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY created_at`).all().map(toJob),
    /**
     * Stores events under the next sequence numbers, in one transaction, and returns them numbered. A `state` or
     * `progress` event also updates the job itself.
     */
    append(jobId: string, payloads: readonly JobPayload[]): JobEvent[] {
      return transaction(
        () => {
          const row = db.prepare('SELECT last_seq FROM jobs WHERE id = ?').get(jobId) as
            | { last_seq: number }
            | undefined
          if (!row) return []
          const at = Date.now()
          const events = payloads.map((event, i) => ({ seq: row.last_seq + i + 1, at, event }))
          for (const { seq, event } of events) {
            insertEvent.run(jobId, seq, at, JSON.stringify(event))
            if (event.type === 'progress') setProgress.run(JSON.stringify(event.progress), jobId)
            if (event.type === 'state') {
              const error = event.error === null ? null : JSON.stringify(event.error)
              setState.run(event.state, error, isFinal(event.state) ? at : null, jobId)
            }
          }
          setLastSeq.run(row.last_seq + events.length, jobId)
          return events
        },
        payloads.some((event) => event.type === 'state' && isFinal(event.state)),
      )
    },
    /** Events after `since`, in order. */
    events: (jobId: string, since: number): JobEvent[] =>
      readEvents.all(jobId, since).map((r) => ({
        seq: r['seq'] as number,
        at: r['at'] as number,
        event: JSON.parse(r['event'] as string) as JobPayload,
      })),
    /** Forgets all jobs about something that are over. */
    forget(kind: JobKind, subjectId: string): void {
      db.prepare('DELETE FROM jobs WHERE kind = ? AND subject_id = ? AND ended_at IS NOT NULL').run(kind, subjectId)
    },
    /** Forgets jobs of a kind that are over, but for the newest `keep` and those that are to go on. */
    prune(kind: JobKind, keep: number): void {
      db.prepare(
        `DELETE FROM jobs WHERE kind = ?1 AND ended_at IS NOT NULL AND state <> 'paused' AND id NOT IN
           (SELECT id FROM jobs WHERE kind = ?1 ORDER BY created_at DESC, rowid DESC LIMIT ?2)`,
      ).run(kind, keep)
    },
  }
}

export type JobStore = ReturnType<typeof jobStore>
