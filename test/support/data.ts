import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** A folder of data that lies beside the project; null, with a printed reason, when it is not there. */
function shared(name: string, variable: string): string | null {
  const dir = resolve(process.env[variable] ?? join(root, '../shared', name))
  if (existsSync(dir)) return dir
  const reason = `${dir} is missing (set ${variable})`
  if (process.env['CI'] === 'true') throw new Error(`${reason}: with CI=true it must be there`)
  console.warn(`skipped: ${reason}`)
  return null
}

/** Real passages, questions and files; null when they are not there. */
export const dataDir = (): string | null => shared('data', 'LAGOTTO_DATA')

/** Numbers of the reference implementations; null when they are not there. */
export const goldenDir = (): string | null => shared('golden', 'LAGOTTO_GOLDEN')

/** One golden file, parsed; null when the folder is not there. */
export function golden<T>(name: string): T | null {
  const dir = goldenDir()
  return dir === null ? null : (JSON.parse(readFileSync(join(dir, name), 'utf8')) as T)
}
