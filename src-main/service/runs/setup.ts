import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { appError, evidenceTextSchema, gpuChoiceSchema, remoteModelSchema } from '../../contract/index.ts'

const encoderSchema = z.object({ path: z.string(), name: z.string(), fingerprint: z.string() })

/** What the process of a run needs to know besides the manifest. */
export const setupSchema = z.object({
  /** The models that search with: as chat has them when the run begins. */
  embedder: encoderSchema.nullable(),
  reranker: encoderSchema.nullable(),
  gpu: gpuChoiceSchema,
  /** Episodes that are played at once. */
  slots: z.number().int().positive(),
  /** A teacher on a server, and the proxy on the way there. Its key is never written down: it comes with the environment. */
  remoteTeacher: z.object({ facts: remoteModelSchema, proxy: z.string().nullable() }).nullable().default(null),
})
export type Setup = z.infer<typeof setupSchema>

const questionSchema = z.object({
  id: z.string(),
  question: z.string(),
  answers: z.array(z.string()),
  evidence: z.array(evidenceTextSchema).default([]),
})

/** The questions of a run, by split. */
export const splitsSchema = z.object({
  train: z.array(questionSchema),
  validation: z.array(questionSchema),
  test: z.array(questionSchema),
})
export type Splits = z.infer<typeof splitsSchema>

const setupPath = (dir: string): string => join(dir, 'setup.json')
const splitsPath = (dir: string): string => join(dir, 'questions.json')

/** The run's own copy of the library's index. */
export const indexPath = (dir: string): string => join(dir, 'index')

/** The requests that the process made, for the list of the app. */
export const requestsPath = (dir: string): string => join(dir, 'requests.jsonl')

/** Where the process writes what went wrong. */
export const logPath = (dir: string): string => join(dir, 'process.log')

async function write(path: string, value: object): Promise<void> {
  await writeFile(`${path}.partial`, `${JSON.stringify(value)}\n`)
  await rename(`${path}.partial`, path)
}

async function read<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    throw appError(
      'RUN_DAMAGED',
      `The file ${path} of a training run is missing or damaged.`,
      'Begin a new run, or bring the file back from a copy.',
      { detail: String(error), cause: error },
    )
  }
}

/** Writes what the run's process will read, the setup last: a folder without it is not a whole run. */
export async function writeSetup(dir: string, setup: Setup, splits: Splits): Promise<void> {
  await write(splitsPath(dir), splits)
  await write(setupPath(dir), setup)
}

/** Whether the folder holds a whole run. */
export async function hasSetup(dir: string): Promise<boolean> {
  return (await stat(setupPath(dir)).catch(() => null)) !== null
}

/** @throws {AppError} RUN_DAMAGED */
export async function readSetup(dir: string): Promise<{ setup: Setup; splits: Splits }> {
  return { setup: await read(setupPath(dir), setupSchema), splits: await read(splitsPath(dir), splitsSchema) }
}
