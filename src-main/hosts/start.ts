import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { toErrorValue } from '../contract/index.ts'
import { run } from './cli/run.ts'
import { openTerminal } from './cli/terminal.ts'
import { buildApp, hasDisplay } from './interface.ts'
import { appRoot } from './paths.ts'

/** How long the download of the Electron runtime may take, ms. Without a network it fails at once. */
const downloadMs = 5 * 60_000

/**
 * `npm start`: builds, then opens the window where that is possible, else serves the same interface to the browser.
 * What follows `--` is handed on: `npm start -- --port 4000 --data-dir …`.
 */
async function start(args: readonly string[]): Promise<number> {
  await buildApp()
  const electron = hasDisplay() && process.getuid?.() !== 0 ? electronRuntime() : null
  return electron === null ? run(['serve', '--open', ...args]) : openWindow(electron, args)
}

/** The Electron binary, downloaded now if need be; null where it is not to be had. */
function electronRuntime(): string | null {
  const dir = dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  const binary = () => {
    const pathFile = join(dir, 'path.txt')
    const path = existsSync(pathFile) ? join(dir, 'dist', readFileSync(pathFile, 'utf8')) : null
    return path !== null && existsSync(path) ? path : null
  }
  if (binary() === null) {
    process.stderr.write('Fetching the Electron runtime…\n')
    spawnSync(process.execPath, [join(dir, 'install.js')], { stdio: 'ignore', timeout: downloadMs })
  }
  return binary()
}

function openWindow(electron: string, args: readonly string[]): Promise<number> {
  const window = spawn(electron, [appRoot, ...args], { stdio: 'inherit' })
  const pass = (signal: NodeJS.Signals) => window.kill(signal)
  process.on('SIGINT', pass).on('SIGTERM', pass)
  return new Promise((resolve) => window.once('close', (code) => resolve(code ?? 1)))
}

process.exitCode = await start(process.argv.slice(2)).catch((error) => {
  openTerminal(false).fail(toErrorValue(error))
  return 1
})
