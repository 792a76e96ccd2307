import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import {
  AppError,
  appError,
  type Model,
  type ModelRole,
  type PromptKind,
  promptKindSchema,
  remoteName,
  toErrorValue,
  writingKindSchema,
} from '../contract/index.ts'
import type { ModelRow, ModelStore } from '../store/index.ts'
import { inspectModel } from './gguf.ts'
import { oncePerFile } from './once-per-file.ts'
import { findModels, sharedId } from './shared-folder.ts'

const bundledSchema = z.array(
  z.object({
    id: z.string(),
    file: z.string(),
    name: z.string(),
    prompt: promptKindSchema,
    writes: writingKindSchema.nullable(),
    note: z.string(),
  }),
)

/** The models of this installation: the bundled ones and those the person added. */
export interface ModelRegistry {
  list(): Promise<Model[]>
  /** @throws {AppError} NOT_FOUND */
  get(id: string): Promise<Model>
  /** The model in a file; one that is not known is inspected, not added. */
  atPath(path: string): Promise<Model>
  /**
   * @throws {AppError} what `inspectModel` throws, MODEL_NO_CHAT_TEMPLATE, MODEL_TOO_LARGE
   */
  add(path: string): Promise<Model>
  setPrompt(id: string, prompt: PromptKind): Promise<Model>
  rename(id: string, name: string): Promise<Model>
  remove(id: string): Promise<void>
  /** The first usable model of a role, those that the person added before the bundled ones. */
  firstUsable(role: ModelRole): Promise<Model | null>
}

interface Known {
  row: ModelRow
  bundled: z.infer<typeof bundledSchema>[number] | null
  /** It lies in the folder of another app. */
  shared: boolean
}

/**
 * @param modelsDir folder with the bundled models and their `bundled.json`
 * @param sharedDir folder of another app whose models are listed as well; null: none
 * @param remotes models on servers that the person added: listed last, and never chosen by themselves
 */
export function createModelRegistry(
  modelsDir: string,
  store: ModelStore,
  sharedDir: () => string | null = () => null,
  remotes: () => readonly Model[] = () => [],
): ModelRegistry {
  const facts = oncePerFile(inspectModel)
  const bundled = readFile(join(modelsDir, 'bundled.json'), 'utf8').then((json) =>
    bundledSchema.parse(JSON.parse(json)),
  )
  bundled.catch(() => {})

  async function describe({ row, bundled: entry, shared }: Known): Promise<Model> {
    const fixed = {
      id: row.id,
      path: row.path,
      bundled: entry !== null,
      shared,
      remote: null,
      note: entry?.note ?? null,
    }
    try {
      const known = await facts(row.path)
      const { chatTemplate: _, prompt, name, ...rest } = known
      return {
        ...fixed,
        ...rest,
        name: row.name ?? entry?.name ?? name,
        prompt: known.role === 'chat' ? (row.prompt ?? prompt ?? entry?.prompt ?? 'search-r1') : null,
        writes: entry ? entry.writes : known.role === 'chat' ? 'instructions' : null,
      }
    } catch (error) {
      return {
        ...fixed,
        name: row.name ?? entry?.name ?? row.path.split(/[\\/]/).at(-1) ?? row.path,
        role: 'chat',
        architecture: 'unknown',
        parameters: 0,
        quantization: 'unknown',
        sizeBytes: 0,
        contextLength: 0,
        prompt: row.prompt,
        writes: null,
        error: toErrorValue(error),
      }
    }
  }

  async function all(): Promise<Known[]> {
    const entries = await bundled
    const rows = store.list()
    const paths = new Map(entries.map((entry) => [join(modelsDir, entry.file), entry]))
    const folder = sharedDir()
    const found = folder === null ? [] : await findModels(folder)
    const inFolder = new Set(found)
    return [
      ...rows
        .filter((row) => !paths.has(row.path))
        .map((row) => ({ row, bundled: null, shared: inFolder.has(row.path) })),
      ...found
        .filter((path) => !rows.some((row) => row.path === path))
        .map((path) => ({ row: { id: sharedId(path), path, prompt: null, name: null }, bundled: null, shared: true })),
      ...entries.map((entry) => {
        const path = join(modelsDir, entry.file)
        const said = rows.find((row) => row.path === path)
        const row = { id: entry.id, path, prompt: said?.prompt ?? null, name: said?.name ?? null }
        return { row, bundled: entry, shared: false }
      }),
    ]
  }

  async function known(id: string): Promise<Known> {
    const found = (await all()).find(({ row }) => row.id === id)
    if (!found) {
      throw appError('NOT_FOUND', 'This model is no longer in the list.', 'Choose another model, or add it again.')
    }
    return found
  }

  const remote = (reference: string): Model | undefined => remotes().find(({ id }) => id === reference)

  return {
    list: async () => [...(await Promise.all((await all()).map(describe))), ...remotes()],
    get: async (id) => remote(id) ?? describe(await known(id)),
    async atPath(path) {
      if (remoteName(path) !== null) return remote(path) ?? describe(await known(path))
      const absolute = resolve(path)
      const found = (await all()).find(({ row }) => row.path === absolute)
      if (found) return describe(found)
      await facts(absolute)
      const row = { id: absolute, path: absolute, prompt: null, name: null }
      return describe({ row, bundled: null, shared: false })
    },
    async add(path) {
      const absolute = resolve(path)
      const found = await facts(absolute)
      if (found.error) throw new AppError(found.error)
      const bundledOne = (await all()).find(({ row, bundled: entry }) => entry && row.path === absolute)
      return describe(bundledOne ?? { row: store.add(absolute), bundled: null, shared: false })
    },
    async setPrompt(id, prompt) {
      const { row } = await known(id)
      store.add(row.path, row.id)
      store.setPrompt(id, prompt)
      return describe(await known(id))
    },
    async rename(id, name) {
      if (remote(id))
        throw appError(
          'INVALID_INPUT',
          'A model on a server keeps its name.',
          'Remove it, and add it with another name.',
        )
      const { row } = await known(id)
      store.add(row.path, row.id)
      store.setName(id, name)
      return describe(await known(id))
    },
    async remove(id) {
      const { bundled: entry, shared } = await known(id)
      if (shared) {
        throw appError(
          'INVALID_INPUT',
          'This model lies in the shared folder, which Lagotto does not change.',
          'Remove it with the app that it belongs to, or choose another shared folder in Settings.',
        )
      }
      if (entry) {
        throw appError(
          'INVALID_INPUT',
          'The built-in models cannot be removed.',
          'Choose another model as the default.',
        )
      }
      store.remove(id)
    },
    async firstUsable(role) {
      for (const entry of await all()) {
        const model = await describe(entry)
        if (model.role === role && !model.error) return model
      }
      return null
    },
  }
}
