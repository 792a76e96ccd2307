import { randomUUID } from 'node:crypto'
import type { PromptKind } from '../contract/index.ts'
import type { Store } from './database.ts'

/** A model file that the person added, with what they said about it. */
export interface ModelRow {
  id: string
  path: string
  /** Chosen by the person; null: as the file or the catalogue says. */
  prompt: PromptKind | null
  /** Given by the person; null: as the file says. */
  name: string | null
}

const toModel = (r: Record<string, unknown>): ModelRow => ({
  id: r['id'] as string,
  path: r['path'] as string,
  prompt: r['prompt'] as PromptKind | null,
  name: r['name'] as string | null,
})

/** Model files known to the app, besides the bundled ones. */
export function modelStore({ db }: Store) {
  return {
    list: (): ModelRow[] => db.prepare('SELECT * FROM models ORDER BY added_at').all().map(toModel),
    /** Adds a file; one that is there already keeps its id. */
    add(path: string, id: string = randomUUID()): ModelRow {
      db.prepare('INSERT INTO models (path, id, added_at) VALUES (?, ?, ?) ON CONFLICT (path) DO NOTHING').run(
        path,
        id,
        Date.now(),
      )
      return toModel(db.prepare('SELECT * FROM models WHERE path = ?').get(path) as Record<string, unknown>)
    },
    setPrompt(id: string, prompt: PromptKind): void {
      db.prepare('UPDATE models SET prompt = ? WHERE id = ?').run(prompt, id)
    },
    setName(id: string, name: string): void {
      db.prepare('UPDATE models SET name = ? WHERE id = ?').run(name, id)
    },
    remove(id: string): void {
      db.prepare('DELETE FROM models WHERE id = ?').run(id)
    },
  }
}

export type ModelStore = ReturnType<typeof modelStore>
