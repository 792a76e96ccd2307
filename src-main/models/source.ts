import { readFile, rename, writeFile } from 'node:fs/promises'
import { type ModelSource, modelSourceSchema } from '../contract/index.ts'

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
