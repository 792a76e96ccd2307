import { z } from 'zod'
import { samplingSchema } from './model.ts'
import { remoteModelSchema } from './remote.ts'

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

/** What is to run the models: a back end by name is used when it works, else the CPU is. */
export const gpuChoiceSchema = z.enum(['auto', 'off', 'cuda', 'vulkan', 'metal'])
export type GpuChoice = z.infer<typeof gpuChoiceSchema>

export const backendSchema = z.enum(['cpu', 'cuda', 'vulkan', 'metal'])
export type Backend = z.infer<typeof backendSchema>

/** What a try-out of a back end brought. */
export const backendTestSchema = z.object({
  backend: backendSchema,
  works: z.boolean(),
  /** Names of the graphics cards. */
  devices: z.array(z.string()),
  /** Of the graphics cards; 0 for the CPU. */
  memoryBytes: z.number(),
  /** With the built-in model. */
  tokensPerSecond: z.number().nullable(),
  /** Why it cannot be used, in a sentence. */
  reason: z.string().nullable(),
  detail: z.string().nullable(),
})
export type BackendTest = z.infer<typeof backendTestSchema>

/** The computer as far as models are concerned. */
export const hardwareSchema = z.object({
  cpu: z.string(),
  cores: z.number().int(),
  memoryBytes: z.number(),
  freeMemoryBytes: z.number(),
  freeDiskBytes: z.number(),
  /** What runs the models now; null: none was needed yet. */
  compute: backendSchema.nullable(),
  /** Back ends that there can be on this system. */
  backends: z.array(backendSchema),
})
export type Hardware = z.infer<typeof hardwareSchema>

export const settingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  /** Null: the first library, the first usable chat model. */
  libraryId: z.string().nullable(),
  modelId: z.string().nullable(),
  /** `auto`: the best back end that works; `off`: the CPU. Takes effect when the service starts. */
  gpu: gpuChoiceSchema,
  /** CPU threads for generation; null: chosen by the app. */
  threads: z.number().int().min(1).max(256).nullable(),
  /** Context length in tokens; null: the episode's limit, or the model's if that is less. */
  contextLength: z.number().int().min(512).max(1_048_576).nullable(),
  sampling: samplingSchema,
  /** Whether a reranking model, where one is installed, puts the passages of every search into order. */
  rerank: z.boolean(),
  /** Address of the proxy that downloads go through; null: as `HTTPS_PROXY` and `NO_PROXY` say. */
  proxy: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .nullable(),
  /** Folder of another app whose models are used where they lie, and never changed; null: none. */
  modelsFolder: z.string().nullable(),
  /** Libraries that are asked with the usual model, although one was taught for them. */
  untaughtLibraries: z.array(z.string()),
  /** Codes of the languages in which the text of scans is recognized, the likeliest one first; empty: it is not. */
  ocr: z.array(z.string().regex(/^\w{3,20}$/)).max(5),
  /** Models on servers that may be chosen; none until the person adds one. */
  remotes: z.array(remoteModelSchema),
})
export type Settings = z.infer<typeof settingsSchema>

/** A language in which text can be recognized in pictures (OCR). */
export const ocrLanguageSchema = z.object({
  /** Tesseract's name of it. */
  code: z.string(),
  name: z.string(),
  /** Of its data, as it is fetched. */
  sizeBytes: z.number().int(),
  /** Its data is on this computer. */
  here: z.boolean(),
})
export type OcrLanguage = z.infer<typeof ocrLanguageSchema>

/** A request that left this computer. */
export const networkEntrySchema = z.object({
  id: z.number().int(),
  /** ms since 1970 */
  at: z.number(),
  method: z.string(),
  host: z.string(),
  /** Without the query, which may hold signatures. */
  path: z.string(),
  /** Why it was made, in a few words. */
  purpose: z.string(),
  /** The server's answer; null: none came, or none yet. */
  status: z.number().int().nullable(),
  sentBytes: z.number(),
  receivedBytes: z.number(),
  /** Null while it goes on, or when the service died meanwhile. */
  endedAt: z.number().nullable(),
})
export type NetworkEntry = z.infer<typeof networkEntrySchema>

/** Something changed: whoever shows it should ask again. */
export const changeSchema = z.object({
  topic: z.enum([
    'libraries',
    'threads',
    'models',
    'jobs',
    'questions',
    'runs',
    'promotions',
    'comparisons',
    'evaluations',
    'settings',
    'network',
  ]),
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
