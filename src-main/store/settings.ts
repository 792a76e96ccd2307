import { greedy, type Settings, settingsSchema } from '../contract/index.ts'
import type { Store } from './database.ts'

/** What a new installation starts with. */
export const defaultSettings: Settings = {
  theme: 'system',
  libraryId: null,
  modelId: null,
  gpu: 'auto',
  threads: null,
  contextLength: null,
  sampling: greedy,
  rerank: true,
  proxy: null,
  modelsFolder: null,
  untaughtLibraries: [],
  ocr: [],
  remotes: [],
}

/** The person's settings; a value that no longer fits the schema falls back to its default. */
export function settingsStore({ db, transaction }: Store) {
  const get = (): Settings => {
    const settings: Record<string, unknown> = { ...defaultSettings }
    for (const row of db.prepare('SELECT key, value FROM settings').all()) {
      const key = row['key'] as keyof Settings
      const field = settingsSchema.shape[key]
      if (!field) continue
      const value = field.safeParse(JSON.parse(row['value'] as string))
      if (value.success) settings[key] = value.data
    }
    return settings as Settings
  }
  return {
    get,
    update(changes: { [K in keyof Settings]?: Settings[K] | undefined }): Settings {
      const statement = db.prepare(
        'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      )
      transaction(() => {
        for (const [key, value] of Object.entries(changes)) {
          if (value !== undefined) statement.run(key, JSON.stringify(value))
        }
      })
      return get()
    },
  }
}

export type SettingsStore = ReturnType<typeof settingsStore>
