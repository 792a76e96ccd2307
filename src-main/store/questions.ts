import { randomUUID } from 'node:crypto'
import type { Question, QuestionSet, Split } from '../contract/index.ts'
import type { Store } from './database.ts'

type Row = Record<string, unknown>

const toQuestion = (r: Row): Question => ({
  id: r['id'] as string,
  question: r['question'] as string,
  answers: JSON.parse(r['answers'] as string),
  goldPassageIds: JSON.parse(r['gold_passage_ids'] as string),
  evidence: JSON.parse(r['evidence'] as string),
  split: r['split'] as Split,
})

/** Sets of questions. A question comes once in a set, by its key. */
export function questionStore({ db, transaction }: Store) {
  const toSet = (r: Row): QuestionSet => {
    const splits: Record<Split, number> = { train: 0, validation: 0, test: 0 }
    const counts = db.prepare('SELECT split, count(*) AS n FROM questions WHERE set_id = ? GROUP BY split')
    for (const { split, n } of counts.all(r['id'] as string) as { split: Split; n: number }[]) splits[split] = n
    return {
      id: r['id'] as string,
      name: r['name'] as string,
      libraryId: r['library_id'] as string | null,
      createdAt: r['created_at'] as number,
      questions: splits.train + splits.validation + splits.test,
      splits,
    }
  }
  const get = (id: string): QuestionSet | null => {
    const row = db.prepare('SELECT * FROM question_sets WHERE id = ?').get(id)
    return row ? toSet(row) : null
  }
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
    setLibrary(id: string, libraryId: string): void {
      db.prepare('UPDATE question_sets SET library_id = ? WHERE id = ?').run(libraryId, id)
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
    add(setId: string, questions: readonly (Question & { key: string })[]): void {
      const insert = db.prepare(
        `INSERT INTO questions (set_id, id, key, question, answers, gold_passage_ids, evidence, split)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      transaction(() => {
        for (const { id, key, question, answers, goldPassageIds, evidence, split } of questions) {
          const lists = [answers, goldPassageIds, evidence].map((list) => JSON.stringify(list)) as [
            string,
            string,
            string,
          ]
          insert.run(setId, id, key, question, ...lists, split)
        }
      })
    },
    /** In the order in which they came. */
    questions(
      setId: string,
      options: { split?: Split; filter?: string; offset: number; limit: number },
    ): { questions: Question[]; total: number } {
      const where = ['set_id = ?']
      const values: (string | number)[] = [setId]
      if (options.split) {
        where.push('split = ?')
        values.push(options.split)
      }
      if (options.filter) {
        where.push('(instr(lower(question), lower(?)) > 0 OR instr(lower(answers), lower(?)) > 0)')
        values.push(options.filter, options.filter)
      }
      const from = `FROM questions WHERE ${where.join(' AND ')}`
      const { n } = db.prepare(`SELECT count(*) AS n ${from}`).get(...values) as { n: number }
      const rows = db.prepare(`SELECT * ${from} ORDER BY rowid LIMIT ? OFFSET ?`)
      return { questions: rows.all(...values, options.limit, options.offset).map(toQuestion), total: n }
    },
  }
}

export type QuestionStore = ReturnType<typeof questionStore>
