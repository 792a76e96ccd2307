import { randomUUID } from 'node:crypto'
import type { Question, QuestionFilter, QuestionOrigin, QuestionSet, Split } from '../contract/index.ts'
import type { Store } from './database.ts'

type Row = Record<string, unknown>

/** A question with what tells it from others in its set; without a position it comes last. */
export type KeyedQuestion = Omit<Question, 'position'> & { key: string; position?: number }

const toQuestion = (r: Row): Question => ({
  id: r['id'] as string,
  position: r['position'] as number,
  question: r['question'] as string,
  answers: JSON.parse(r['answers'] as string),
  goldPassageIds: JSON.parse(r['gold_passage_ids'] as string),
  evidence: JSON.parse(r['evidence'] as string),
  split: r['split'] as Split,
  tags: JSON.parse(r['tags'] as string),
  origin: r['origin'] as QuestionOrigin,
  found: r['found'] === null ? null : r['found'] === 1,
})

const problems = {
  'not-found': 'found = 0',
  unchecked: 'found IS NULL',
  'no-evidence': `evidence = '[]' AND gold_passage_ids = '[]'`,
} as const satisfies Record<NonNullable<QuestionFilter['problem']>, string>

/** Given values as they are stored. */
const stored = ({ found }: Pick<Question, 'found'>): number | null => (found === null ? null : Number(found))

/** Sets of questions. A question comes once in a set, by its key. */
export function questionStore({ db, transaction }: Store) {
  const toSet = (r: Row): QuestionSet => {
    const id = r['id'] as string
    const splits: Record<Split, number> = { train: 0, validation: 0, test: 0 }
    const counts = db.prepare('SELECT split, count(*) AS n FROM questions WHERE set_id = ? GROUP BY split')
    for (const { split, n } of counts.all(id) as { split: Split; n: number }[]) splits[split] = n
    const { checked, missing } = db
      .prepare(
        `SELECT count(*) FILTER (WHERE origin <> 'imported') AS checked, count(*) FILTER (WHERE found = 0) AS missing
           FROM questions WHERE set_id = ?`,
      )
      .get(id) as { checked: number; missing: number }
    const { drafts } = db
      .prepare(`SELECT count(*) AS drafts FROM drafts WHERE set_id = ? AND state = 'waiting'`)
      .get(id) as { drafts: number }
    const tags = db.prepare(
      `SELECT value AS tag, count(*) AS questions FROM questions, json_each(tags)
        WHERE set_id = ? AND tags <> '[]' GROUP BY value ORDER BY value`,
    )
    return {
      id,
      name: r['name'] as string,
      libraryId: r['library_id'] as string | null,
      createdAt: r['created_at'] as number,
      questions: splits.train + splits.validation + splits.test,
      splits,
      checked,
      notFound: missing,
      tags: (tags.all(id) as QuestionSet['tags']).map(({ tag, questions }) => ({ tag, questions })),
      drafts,
    }
  }
  const get = (id: string): QuestionSet | null => {
    const row = db.prepare('SELECT * FROM question_sets WHERE id = ?').get(id)
    return row ? toSet(row) : null
  }

  /** The values of a question's columns behind its id. */
  const columns = (q: KeyedQuestion): (string | number | null)[] => [
    q.key,
    q.question,
    ...[q.answers, q.goldPassageIds, q.evidence, q.tags].map((list) => JSON.stringify(list)),
    q.split,
    q.origin,
    stored(q),
  ]

  return {
    get,
    list: (): QuestionSet[] => db.prepare('SELECT * FROM question_sets ORDER BY name').all().map(toSet),
    byName: (name: string): QuestionSet | null => {
      const row = db.prepare('SELECT * FROM question_sets WHERE name = ?').get(name)
      return row ? toSet(row) : null
    },
    create(name: string): string {
      const id = randomUUID()
      db.prepare('INSERT INTO question_sets (id, name, created_at) VALUES (?, ?, ?)').run(id, name, Date.now())
      return id
    },
    rename(id: string, name: string): void {
      db.prepare('UPDATE question_sets SET name = ? WHERE id = ?').run(name, id)
    },
    /** Says which library the questions are about; what was found in another one counts no longer. */
    setLibrary(id: string, libraryId: string): void {
      const changed = db
        .prepare('UPDATE question_sets SET library_id = ?1 WHERE id = ?2 AND library_id IS NOT ?1')
        .run(libraryId, id).changes
      if (changed > 0) db.prepare('UPDATE questions SET found = NULL WHERE set_id = ?').run(id)
    },
    delete(id: string): void {
      db.prepare('DELETE FROM question_sets WHERE id = ?').run(id)
    },
    /** Ids and keys that the set already holds. */
    known(setId: string): { ids: Set<string>; keys: Set<string> } {
      const rows = db.prepare('SELECT id, key FROM questions WHERE set_id = ?').all(setId) as {
        id: string
        key: string
      }[]
      return { ids: new Set(rows.map(({ id }) => id)), keys: new Set(rows.map(({ key }) => key)) }
    },
    add(setId: string, questions: readonly KeyedQuestion[]): void {
      const insert = db.prepare(
        `INSERT INTO questions (set_id, position, id, key, question, answers, gold_passage_ids, evidence, tags, split,
           origin, found) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      transaction(() => {
        const { last } = db
          .prepare('SELECT coalesce(max(position), 0) AS last FROM questions WHERE set_id = ?')
          .get(setId) as { last: number }
        for (const [i, question] of questions.entries())
          insert.run(setId, question.position ?? last + 1 + i, question.id, ...columns(question))
      })
    },
    question(setId: string, id: string): Question | null {
      const row = db.prepare('SELECT * FROM questions WHERE set_id = ? AND id = ?').get(setId, id)
      return row ? toQuestion(row) : null
    },
    /** The question of a set with this key. */
    byKey(setId: string, key: string): Question | null {
      const row = db.prepare('SELECT * FROM questions WHERE set_id = ? AND key = ?').get(setId, key)
      return row ? toQuestion(row) : null
    },
    update(setId: string, question: KeyedQuestion): void {
      db.prepare(
        `UPDATE questions SET key = ?, question = ?, answers = ?, gold_passage_ids = ?, evidence = ?, tags = ?,
           split = ?, origin = ?, found = ? WHERE set_id = ? AND id = ?`,
      ).run(...columns(question), setId, question.id)
    },
    setFound(setId: string, found: readonly { id: string; found: boolean }[]): void {
      const set = db.prepare('UPDATE questions SET found = ? WHERE set_id = ? AND id = ?')
      transaction(() => {
        for (const one of found) set.run(Number(one.found), setId, one.id)
      })
    },
    remove(setId: string, ids: readonly string[]): void {
      const remove = db.prepare('DELETE FROM questions WHERE set_id = ? AND id = ?')
      transaction(() => {
        for (const id of ids) remove.run(setId, id)
      })
    },
    /** In the order in which they came. */
    questions(
      setId: string,
      options: { [K in keyof QuestionFilter]: QuestionFilter[K] | undefined } & { offset: number; limit: number },
    ): { questions: Question[]; total: number } {
      const where = ['set_id = ?']
      const values: (string | number)[] = [setId]
      const { split, filter, tag, problem } = options
      if (split) {
        where.push('split = ?')
        values.push(split)
      }
      if (filter) {
        where.push('(instr(lower(question), lower(?)) > 0 OR instr(lower(answers), lower(?)) > 0)')
        values.push(filter, filter)
      }
      if (tag) {
        where.push('EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)')
        values.push(tag)
      }
      if (problem) where.push(`(${problems[problem]})`)
      const from = `FROM questions WHERE ${where.join(' AND ')}`
      const { n } = db.prepare(`SELECT count(*) AS n ${from}`).get(...values) as { n: number }
      const rows = db.prepare(`SELECT * ${from} ORDER BY position, rowid LIMIT ? OFFSET ?`)
      return { questions: rows.all(...values, options.limit, options.offset).map(toQuestion), total: n }
    },
  }
}

export type QuestionStore = ReturnType<typeof questionStore>
