import { spawn } from 'node:child_process'
import { toErrorValue } from '../contract/index.ts'
import { buildApp } from './build.ts'
import { run } from './cli/run.ts'
import { openTerminal } from './cli/terminal.ts'
import { hasDisplay } from './display.ts'
import { fetchElectron } from './electron-runtime.ts'
import { appRoot } from './paths.ts'

/**
 * `npm start`: builds, then opens the window where that is possible, else serves the same interface to the browser.
 * What follows `--` is handed on: `npm start -- --port 4000 --data-dir …`.
 */
async function start(args: readonly string[]): Promise<number> {
  await buildApp()
  const electron = hasDisplay() && process.getuid?.() !== 0 ? fetchElectron() : null
  return electron === null ? run(['serve', '--open', ...args]) : openWindow(electron, args)
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
