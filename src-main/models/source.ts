import { readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { appError, type ModelSource, modelSourceSchema, type Verification } from '../contract/index.ts'
import { hashFile } from './hash.ts'

const sourcePath = (model: string): string => `${model}.source.json`

/** Notes beside a model file where it came from. Files with such a note are ours to delete. */
export async function writeSource(model: string, source: ModelSource): Promise<void> {
  const path = sourcePath(model)
  await writeFile(`${path}.new`, `${JSON.stringify(source)}\n`)
  await rename(`${path}.new`, path)
}

/** Where a model file came from; null: the person put it there. */
export async function readSource(model: string): Promise<ModelSource | null> {
  try {
    return modelSourceSchema.parse(JSON.parse(await readFile(sourcePath(model), 'utf8')))
  } catch {
    return null
  }
}

/** Every part of a model that may be split over several files (`…-00001-of-00003.gguf`). */
export function partsOf(path: string): string[] {
  const [, stem, total] = /^(.*)-\d{5}-of-(\d{5})\.gguf$/i.exec(path) ?? []
  if (stem === undefined || Number(total) < 1) return [path]
  return Array.from({ length: Number(total) }, (_, i) => `${stem}-${String(i + 1).padStart(5, '0')}-of-${total}.gguf`)
}

/** Deletes a model that we fetched or made, with the note about it, and its folder when nothing else is there. */
export async function removeModelFiles(model: string): Promise<void> {
  for (const path of [...partsOf(model), sourcePath(model)]) await rm(path, { force: true })
  await rmdir(dirname(model)).catch(() => undefined)
}

/**
 * Reads the whole model and compares its checksums with those that it came with.
 *
 * @throws {AppError} MODEL_MISSING; the signal's reason when aborted
 */
export async function verifyModel(path: string, signal?: AbortSignal): Promise<Verification> {
  const source = await readSource(path)
  const parts = partsOf(path)
  const known = new Map(source?.parts?.map(({ name, sha256 }) => [name, sha256]))
  const files: Verification['files'] = []
  for (const part of parts) {
    const sha256 = await hashFile(part, signal).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      throw appError('MODEL_MISSING', `There is no model file at ${part}.`, 'Download or add the model again.')
    })
    const expected = parts.length === 1 ? source?.sha256 : known.get(basename(part))
    files.push({ name: basename(part), sha256, expected: expected ?? null })
  }
  const damaged = files.some(({ sha256, expected }) => expected !== null && expected !== sha256)
  return { files, intact: damaged ? false : files.every(({ expected }) => expected !== null) ? true : null }
}
