import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** How long the download may take, ms. Without a network it fails at once. */
const downloadMs = 5 * 60_000

/** The Electron binary of this checkout; null when it was never downloaded. Looking for it downloads nothing. */
export function findElectron(): string | null {
  const dir = packageDir()
  const pathFile = join(dir, 'path.txt')
  const binary = existsSync(pathFile) ? join(dir, 'dist', readFileSync(pathFile, 'utf8')) : null
  return binary !== null && existsSync(binary) ? binary : null
}

/** The Electron binary, downloaded now if need be; null where it is not to be had. */
export function fetchElectron(): string | null {
  const found = findElectron()
  if (found !== null) return found
  process.stderr.write('Fetching the Electron runtime…\n')
  spawnSync(process.execPath, [join(packageDir(), 'install.js')], { stdio: 'ignore', timeout: downloadMs })
  return findElectron()
}

function packageDir(): string {
  return dirname(createRequire(import.meta.url).resolve('electron/package.json'))
}
