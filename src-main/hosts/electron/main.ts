import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { app } from 'electron'
import { isCommand } from '../cli/run.ts'
import { entryPoint, serviceEnv } from '../index.ts'
import { runDesktop } from './desktop.ts'

// `lagotto <command>` is the terminal; anything else opens the window. Unpackaged, the app's own path comes first.
const args = process.argv.slice(app.isPackaged ? 1 : 2)
if (isCommand(args[0])) runTerminal()
else runDesktop(dataDir())

/** Runs the command with the Node inside Electron: a terminal needs no display and no browser. */
function runTerminal(): void {
  const terminal = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', entryPoint('cli/main.ts', 'cli'), ...args],
    {
      env: { ...serviceEnv(), ELECTRON_RUN_AS_NODE: '1' },
      stdio: 'inherit',
    },
  )
  // Ctrl+C reaches both; the command decides how to end.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => terminal.kill('SIGTERM'))
  terminal.on('close', (code) => app.exit(code ?? 1))
}

function dataDir(): string | null {
  const { values } = parseArgs({ args, options: { 'data-dir': { type: 'string' } }, strict: false })
  const wanted = values['data-dir'] ?? process.env['LAGOTTO_HOME']
  return typeof wanted === 'string' && wanted !== '' ? resolve(wanted) : null
}
