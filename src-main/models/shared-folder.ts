import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Folders below the shared one that are looked into: other apps keep models by maker and name. */
const DEPTH = 4
/** Entries that are looked at, so that a whole disk can be chosen without harm. */
const MOST_ENTRIES = 20_000

/** A stable id for a model that is only listed. */
export const sharedId = (path: string): string =>
  `shared-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`

/** Parts after the first, and what belongs to a model without being one. */
const isExtra = (name: string): boolean =>
  /-(?!00001-of)\d{5}-of-\d{5}\.gguf$/i.test(name) || /(^|[-.])mmproj/i.test(name)

/** The GGUF models in the folder of another app, sorted; a folder that cannot be read has none. */
export async function findModels(folder: string): Promise<string[]> {
  const found: string[] = []
  let looked = 0
  async function walk(dir: string, depth: number): Promise<void> {
    for (const entry of await readdir(dir, { withFileTypes: true }).catch(() => [])) {
      if (++looked > MOST_ENTRIES) return
      const path = join(dir, entry.name)
      if (entry.isDirectory() && depth > 0 && !entry.name.startsWith('.')) await walk(path, depth - 1)
      else if (entry.isFile() && /\.gguf$/i.test(entry.name) && !isExtra(entry.name)) found.push(path)
    }
  }
  await walk(folder, DEPTH)
  return found.sort()
}
