import { randomUUID } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import {
  type Evaluation,
  type EvidenceText,
  evaluationMethodSchema,
  evaluationSetSchema,
  type ResultFilter,
  type ResultRow,
  type Scored,
} from '../contract/index.ts'
import type { Store } from './database.ts'

type Row = Record<string, unknown>

/** An evaluation as stored; how its job stands is known to the jobs. */
export type EvaluationRow = Pick<
  Evaluation,
  'id' | 'name' | 'createdAt' | 'methods' | 'sets' | 'arcap' | 'blind' | 'revealed' | 'jobId'
> & { resumedWith: number | null }

/** A question as it was when its evaluation began. */
export interface StoredQuestion {
  position: number
  /** Position of its set. */
  set: number
  question: string
  answers: string[]
  evidence: EvidenceText[]
}

/** Keys of the episodes that a result was scored from. */
export interface ResultKeys {
  episode: string
  atOnce: string | null
  thinking: string | null
}

const toEvaluation = (r: Row): EvaluationRow => ({
  id: r['id'] as string,
  name: r['name'] as string,
  createdAt: r['created_at'] as number,
  methods: evaluationMethodSchema.array().parse(JSON.parse(r['methods'] as string)),
  sets: evaluationSetSchema.array().parse(JSON.parse(r['sets'] as string)),
  arcap: r['arcap'] === 1,
  blind: r['blind'] === 1,
  revealed: r['revealed'] === 1,
  jobId: r['job_id'] as string,
  resumedWith: r['resumed_with'] as number | null,
})

const toQuestion = (r: Row): StoredQuestion => ({
  position: r['position'] as number,
  set: r['set_at'] as number,
  question: r['question'] as string,
  answers: JSON.parse(r['answers'] as string),
  evidence: JSON.parse(r['evidence'] as string),
})

const toScored = (r: Row): Scored => JSON.parse(r['scored'] as string) as Scored

/** What a filter means for `evaluation_questions AS q`, as SQL with its values. */
function condition(
  id: string,
  { set, text, fate, flipped }: ResultFilter,
): { where: string; values: (string | number)[] } {
  const where = ['q.evaluation_id = ?']
  const values: (string | number)[] = [id]
  const result = (method: number, test: string, ...more: (string | number)[]): void => {
    where.push(`EXISTS (SELECT 1 FROM evaluation_results r WHERE r.evaluation_id = q.evaluation_id
      AND r.method = ? AND r.position = q.position AND ${test})`)
    values.push(method, ...more)
  }
  if (set !== undefined) {
    where.push('q.set_at = ?')
    values.push(set)
  }
  if (text !== undefined && text.trim() !== '') {
    where.push('(instr(lower(q.question), lower(?)) > 0 OR instr(lower(q.answers), lower(?)) > 0)')
    values.push(text.trim(), text.trim())
  }
  if (fate) result(fate.method, `r.fate IN (${fate.fates.map(() => '?').join(', ')})`, ...fate.fates)
  if (flipped) {
    result(flipped.right, 'r.em = 1')
    result(flipped.wrong, 'r.em < 1')
  }
  return { where: where.join(' AND '), values }
}

/** Evaluations with their questions and results, and the episodes that were played for them. */
export function evaluationStore({ db, transaction }: Store) {
  const resultsOf = db.prepare(
    'SELECT position, method, scored FROM evaluation_results WHERE evaluation_id = ? AND position IN (SELECT value FROM json_each(?))',
  )
  const one = (sql: string, ...values: (string | number)[]): Row | undefined => db.prepare(sql).get(...values)

  /** Episodes that no result refers to any more. */
  function forgetEpisodes(): void {
    db.exec(`DELETE FROM episodes WHERE
      NOT EXISTS (SELECT 1 FROM evaluation_results WHERE episode = key) AND
      NOT EXISTS (SELECT 1 FROM evaluation_results WHERE at_once = key) AND
      NOT EXISTS (SELECT 1 FROM evaluation_results WHERE thinking = key)`)
  }

  /** An episode that was played before; null: none was under this key. */
  function episode(key: string): unknown {
    const row = one('SELECT content FROM episodes WHERE key = ?', key)
    return row ? JSON.parse(inflateRawSync(row['content'] as Uint8Array).toString('utf8')) : null
  }

  /** Rows of questions with what became of them. */
  function withResults(id: string, methods: number, found: readonly Row[]): ResultRow[] {
    const rows = found.map((r): ResultRow => {
      const { position, set, question, answers } = toQuestion(r)
      return {
        position,
        set,
        question,
        answers,
        results: new Array(methods).fill(null),
        vote: r['vote'] as number | null,
      }
    })
    const byPosition = new Map(rows.map((row) => [row.position, row]))
    for (const r of resultsOf.all(id, JSON.stringify([...byPosition.keys()]))) {
      const { answer, em, f1, fate } = toScored(r)
      const row = byPosition.get(r['position'] as number)
      if (row) row.results[r['method'] as number] = { answer, em, f1, fate }
    }
    return rows
  }

  return {
    create(
      input: Omit<EvaluationRow, 'id' | 'createdAt' | 'revealed' | 'jobId' | 'resumedWith'>,
      questions: readonly Omit<StoredQuestion, 'position'>[],
    ): string {
      const id = randomUUID()
      const insert = db.prepare(
        'INSERT INTO evaluation_questions (evaluation_id, position, set_at, question, answers, evidence) VALUES (?, ?, ?, ?, ?, ?)',
      )
      transaction(() => {
        db.prepare(
          `INSERT INTO evaluations (id, name, created_at, methods, sets, arcap, blind, job_id)
           VALUES (?, ?, ?, ?, ?, ?, ?, '')`,
        ).run(
          id,
          input.name,
          Date.now(),
          JSON.stringify(input.methods),
          JSON.stringify(input.sets),
          input.arcap ? 1 : 0,
          input.blind ? 1 : 0,
        )
        for (const [position, { set, question, answers, evidence }] of questions.entries())
          insert.run(id, position, set, question, JSON.stringify(answers), JSON.stringify(evidence))
      })
      return id
    },
    get(id: string): EvaluationRow | null {
      const row = one('SELECT * FROM evaluations WHERE id = ?', id)
      return row ? toEvaluation(row) : null
    },
    /** Newest first. */
    list: (): EvaluationRow[] =>
      db.prepare('SELECT * FROM evaluations ORDER BY created_at DESC, rowid DESC').all().map(toEvaluation),
    /** The job that works on it from now on; `resumedWith`: see the schema. */
    setJob(id: string, jobId: string, resumedWith: number | null): void {
      db.prepare('UPDATE evaluations SET job_id = ?, resumed_with = ? WHERE id = ?').run(jobId, resumedWith, id)
    },
    setMethods(id: string, methods: EvaluationRow['methods']): void {
      db.prepare('UPDATE evaluations SET methods = ? WHERE id = ?').run(JSON.stringify(methods), id)
    },
    reveal(id: string): void {
      db.prepare('UPDATE evaluations SET revealed = 1 WHERE id = ?').run(id)
    },
    vote(id: string, position: number, method: number | null): void {
      db.prepare('UPDATE evaluation_questions SET vote = ? WHERE evaluation_id = ? AND position = ?').run(
        method,
        id,
        position,
      )
    },
    /** How often each method (-1: none) was voted for. */
    votes: (id: string): Map<number, number> =>
      new Map(
        db
          .prepare(
            `SELECT vote, count(*) AS n FROM evaluation_questions
             WHERE evaluation_id = ? AND vote IS NOT NULL GROUP BY vote`,
          )
          .all(id)
          .map((r) => [r['vote'] as number, r['n'] as number]),
      ),
    /** Deletes the evaluation with its jobs, and the episodes that no other one has. */
    delete(id: string): void {
      transaction(() => {
        db.prepare("DELETE FROM jobs WHERE kind = 'evaluation' AND subject_id = ?").run(id)
        db.prepare('DELETE FROM evaluations WHERE id = ?').run(id)
        forgetEpisodes()
      })
    },

    questions: (id: string): StoredQuestion[] =>
      db
        .prepare('SELECT * FROM evaluation_questions WHERE evaluation_id = ? ORDER BY position')
        .all(id)
        .map(toQuestion),
    /** Answers that there are, and questions. */
    counts(id: string): { done: number; questions: number } {
      const row = one(
        `SELECT (SELECT count(*) FROM evaluation_results WHERE evaluation_id = ?1) AS done,
           (SELECT count(*) FROM evaluation_questions WHERE evaluation_id = ?1) AS questions`,
        id,
      )
      return { done: row?.['done'] as number, questions: row?.['questions'] as number }
    },

    episode,
    hasEpisode: (key: string): boolean => one('SELECT 1 FROM episodes WHERE key = ?', key) !== undefined,
    keepEpisode(key: string, content: unknown): void {
      db.prepare('INSERT OR REPLACE INTO episodes (key, content) VALUES (?, ?)').run(
        key,
        deflateRawSync(JSON.stringify(content)),
      )
    },

    /** Keys of what a method's results were scored from, by question. */
    keys: (id: string, method: number): Map<number, ResultKeys & { failed: boolean }> =>
      new Map(
        db
          .prepare(
            'SELECT position, episode, at_once, thinking, fate FROM evaluation_results WHERE evaluation_id = ? AND method = ?',
          )
          .all(id, method)
          .map((r) => [
            r['position'] as number,
            {
              episode: r['episode'] as string,
              atOnce: r['at_once'] as string | null,
              thinking: r['thinking'] as string | null,
              failed: r['fate'] === 'failed',
            },
          ]),
      ),
    keepResult(id: string, method: number, position: number, keys: ResultKeys, scored: Scored): void {
      db.prepare(
        `INSERT OR REPLACE INTO evaluation_results
           (evaluation_id, method, position, episode, at_once, thinking, em, fate, scored) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        id,
        method,
        position,
        keys.episode,
        keys.atOnce,
        keys.thinking,
        scored.em,
        scored.fate,
        JSON.stringify(scored),
      )
    },
    dropResult(id: string, method: number, position: number): void {
      db.prepare('DELETE FROM evaluation_results WHERE evaluation_id = ? AND method = ? AND position = ?').run(
        id,
        method,
        position,
      )
    },
    /** For every question its set and how each of `methods` methods did. */
    scores(id: string, methods: number): { set: number; scored: (Scored | null)[] }[] {
      const all = db
        .prepare('SELECT position, set_at FROM evaluation_questions WHERE evaluation_id = ? ORDER BY position')
        .all(id)
        .map((r) => ({ set: r['set_at'] as number, scored: new Array<Scored | null>(methods).fill(null) }))
      for (const r of db.prepare('SELECT * FROM evaluation_results WHERE evaluation_id = ?').iterate(id)) {
        const row = all[r['position'] as number]
        if (row) row.scored[r['method'] as number] = toScored(r)
      }
      return all
    },
    /** Questions that a filter lets through, with what became of them. */
    rows(
      id: string,
      methods: number,
      filter: ResultFilter,
      { offset, limit }: { offset: number; limit: number },
    ): { rows: ResultRow[]; total: number } {
      const { where, values } = condition(id, filter)
      const total = one(`SELECT count(*) AS n FROM evaluation_questions q WHERE ${where}`, ...values)?.['n'] as number
      const rows = db
        .prepare(`SELECT * FROM evaluation_questions q WHERE ${where} ORDER BY q.position LIMIT ? OFFSET ?`)
        .all(...values, limit, offset)
      return { rows: withResults(id, methods, rows), total }
    },
    /** One question with what became of it. */
    question(id: string, methods: number, position: number): ResultRow | null {
      const found = one('SELECT * FROM evaluation_questions WHERE evaluation_id = ? AND position = ?', id, position)
      return (found && withResults(id, methods, [found])[0]) ?? null
    },
    /** What one result was scored from. */
    resultEpisode: (id: string, method: number, position: number): unknown => {
      const found = one(
        'SELECT episode FROM evaluation_results WHERE evaluation_id = ? AND method = ? AND position = ?',
        id,
        method,
        position,
      )
      return found ? episode(found['episode'] as string) : null
    },
    /** The question before or after one, of those that a filter lets through; null: there is none. */
    neighbor(id: string, filter: ResultFilter, position: number, side: 'before' | 'after'): number | null {
      const { where, values } = condition(id, filter)
      const [test, order] = side === 'before' ? ['<', 'DESC'] : ['>', 'ASC']
      const sql = `SELECT q.position FROM evaluation_questions q WHERE ${where} AND q.position ${test} ?
        ORDER BY q.position ${order} LIMIT 1`
      return (one(sql, ...values, position)?.['position'] as number | undefined) ?? null
    },
    forgetEpisodes,
  }
}

export type EvaluationStore = ReturnType<typeof evaluationStore>
