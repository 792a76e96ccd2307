import { randomUUID } from 'node:crypto'
import type { Draft, DraftCheckKind, DraftState } from '../contract/index.ts'
import type { Store } from './database.ts'

type Row = Record<string, unknown>

/** Work that writes questions, as it is stored: what it began with and how far it is. */
export interface DraftingRow {
  id: string
  setId: string
  libraryId: string
  /** Paths of the models. */
  writer: string
  checker: string
  count: number
  twoPassages: number
  seed: number
  tried: number
  /** Times when no question could be read out of what the model wrote. */
  unreadable: number
  createdAt: number
}

const toDrafting = (r: Row): DraftingRow => ({
  id: r['id'] as string,
  setId: r['set_id'] as string,
  libraryId: r['library_id'] as string,
  writer: r['writer'] as string,
  checker: r['checker'] as string,
  count: r['wanted'] as number,
  twoPassages: r['two_passages'] as number,
  seed: r['seed'] as number,
  tried: r['tried'] as number,
  unreadable: r['unreadable'] as number,
  createdAt: r['created_at'] as number,
})

const toDraft = (r: Row): Draft => ({
  id: r['id'] as string,
  setId: r['set_id'] as string,
  draftingId: r['drafting_id'] as string,
  hops: r['hops'] as 1 | 2,
  question: r['question'] as string,
  answers: JSON.parse(r['answers'] as string),
  evidence: JSON.parse(r['evidence'] as string),
  writer: r['writer'] as string,
  checker: r['checker'] as string,
  checks: JSON.parse(r['checks'] as string),
  state: r['state'] as DraftState,
  questionId: r['question_id'] as string | null,
  createdAt: r['created_at'] as number,
})

/** Draftings, and the drafts that came of them. */
export function draftStore({ db, transaction }: Store) {
  const setState = db.prepare('UPDATE drafts SET state = ?, question_id = ? WHERE id = ?')
  return {
    begin(drafting: Omit<DraftingRow, 'id' | 'tried' | 'unreadable' | 'createdAt'>): string {
      const id = randomUUID()
      const { setId, libraryId, writer, checker, count, twoPassages, seed } = drafting
      db.prepare(
        `INSERT INTO draftings (id, set_id, library_id, writer, checker, wanted, two_passages, seed, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(id, setId, libraryId, writer, checker, count, twoPassages, seed, Date.now())
      return id
    },
    drafting: (id: string): DraftingRow | null => {
      const row = db.prepare('SELECT * FROM draftings WHERE id = ?').get(id)
      return row ? toDrafting(row) : null
    },
    /** Newest first. */
    draftings: (setId: string): DraftingRow[] =>
      db
        .prepare('SELECT * FROM draftings WHERE set_id = ? ORDER BY created_at DESC, rowid DESC')
        .all(setId)
        .map(toDrafting),
    /** What came of one more passage, in one transaction: a draft, or null when nothing could be read. */
    keep(draftingId: string, draft: Omit<Draft, 'id' | 'draftingId' | 'questionId' | 'createdAt'> | null): void {
      transaction(() => {
        db.prepare('UPDATE draftings SET tried = tried + 1, unreadable = unreadable + ? WHERE id = ?').run(
          draft === null ? 1 : 0,
          draftingId,
        )
        if (draft === null) return
        const { setId, hops, question, answers, evidence, writer, checker, checks, state } = draft
        const [answerList, evidenceList, checkList] = [answers, evidence, checks].map((list) => JSON.stringify(list))
        db.prepare(
          `INSERT INTO drafts (id, set_id, drafting_id, hops, question, answers, evidence, writer, checker, checks, state,
             created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ).run(
          randomUUID(),
          setId,
          draftingId,
          hops,
          question,
          answerList as string,
          evidenceList as string,
          writer,
          checker,
          checkList as string,
          state,
          Date.now(),
        )
      })
    },
    get: (id: string): Draft | null => {
      const row = db.prepare('SELECT * FROM drafts WHERE id = ?').get(id)
      return row ? toDraft(row) : null
    },
    setState(id: string, state: DraftState, questionId: string | null): void {
      setState.run(state, questionId, id)
    },
    /** Oldest first. */
    list(
      setId: string,
      { state, offset, limit }: { state?: DraftState | undefined; offset: number; limit: number },
    ): { drafts: Draft[]; total: number } {
      const from = `FROM drafts WHERE set_id = ?${state ? ' AND state = ?' : ''}`
      const values = state ? [setId, state] : [setId]
      const { n } = db.prepare(`SELECT count(*) AS n ${from}`).get(...values) as { n: number }
      const rows = db.prepare(`SELECT * ${from} ORDER BY created_at, rowid LIMIT ? OFFSET ?`)
      return { drafts: rows.all(...values, limit, offset).map(toDraft), total: n }
    },
    /** How many drafts of a drafting passed all checks, and which checks the others failed. */
    outcome(draftingId: string): { passed: number; dropped: Map<DraftCheckKind, number> } {
      const rows = db.prepare('SELECT state, checks FROM drafts WHERE drafting_id = ?').all(draftingId)
      const dropped = new Map<DraftCheckKind, number>()
      let passed = 0
      for (const { state, checks } of rows as { state: DraftState; checks: string }[]) {
        if (state !== 'dropped') passed++
        else {
          const failed = (JSON.parse(checks) as Draft['checks']).find((check) => !check.passed)
          if (failed) dropped.set(failed.kind, (dropped.get(failed.kind) ?? 0) + 1)
        }
      }
      return { passed, dropped }
    },
  }
}

export type DraftStore = ReturnType<typeof draftStore>
