import { z } from 'zod'
import { samplingSchema } from './model.ts'

export const systemInfoSchema = z.object({
  version: z.string(),
  /** Process id of the service. */
  pid: z.number().int(),
  dataDir: z.string(),
  platform: z.string(),
  /** What runs the models: `cpu`, `cuda`, `vulkan`, `metal`; null until the runtime was first needed. */
  compute: z.string().nullable(),
  cpu: z.string(),
  cores: z.number().int(),
  memoryBytes: z.number(),
})
export type SystemInfo = z.infer<typeof systemInfoSchema>

export const settingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  /** Null: the first library, the first usable chat model. */
  libraryId: z.string().nullable(),
  modelId: z.string().nullable(),
  /** `auto`: the GPU when there is one; `off`: always the CPU. Takes effect when the service starts. */
  gpu: z.enum(['auto', 'off']),
  /** CPU threads for generation; null: chosen by the app. */
  threads: z.number().int().min(1).max(256).nullable(),
  /** Context length in tokens; null: the episode's limit, or the model's if that is less. */
  contextLength: z.number().int().min(512).max(1_048_576).nullable(),
  sampling: samplingSchema,
})
export type Settings = z.infer<typeof settingsSchema>

/** Something changed: whoever shows it should ask again. */
export const changeSchema = z.object({
  topic: z.enum(['libraries', 'threads', 'models', 'jobs', 'runs', 'settings']),
  /** What changed; absent when many did. */
  id: z.string().optional(),
})
export type Change = z.infer<typeof changeSchema>

/** An entry of a folder, for the folder picker of hosts without a native one. */
export const folderEntrySchema = z.object({
  name: z.string(),
  path: z.string(),
  kind: z.enum(['folder', 'file']),
})
export const folderListingSchema = z.object({
  path: z.string(),
  parent: z.string().nullable(),
  /** The file that was asked for, when the path is one: the listing is then its folder's. */
  file: z.string().nullable(),
  entries: z.array(folderEntrySchema),
})
export type FolderListing = z.infer<typeof folderListingSchema>
