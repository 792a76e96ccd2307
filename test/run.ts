import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { ensureChromium } from './support/chromium.ts'

/**
 * `npm test`: everything that has to hold, in the order in which it fails fastest. What follows `--` chooses unit tests
 * by name, and then nothing else is run: `npm test -- hosts`.
 */
const steps: { name: string; command: string[] }[] = [
  { name: 'types', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'lint', command: ['biome', 'check', '.', '--error-on-warnings'] },
  { name: 'format', command: ['node', 'test/native/format.ts'] },
  { name: 'unused', command: ['knip'] },
  { name: 'build', command: ['electron-vite', 'build', '--logLevel', 'warn'] },
  { name: 'units', command: ['vitest', 'run'] },
  { name: 'e2e', command: ['vitest', 'run', '--config', 'vitest.e2e.config.ts'] },
]

const chosen = process.argv.slice(2)
process.exitCode = chosen.length > 0 ? runStep(['vitest', 'run', ...chosen]) : runAll()

function runAll(): number {
  if (ensureChromium() === null) {
    console.error('The end-to-end tests need Chromium. Install it (Debian: `apt-get install chromium`) and try again.')
    return 1
  }
  const results = steps.map(({ name, command }) => {
    console.log(`\n== ${name}: ${command.join(' ')}`)
    const start = performance.now()
    const passed = runStep(command) === 0
    return { name, passed, seconds: (performance.now() - start) / 1000 }
  })
  console.log('\n== summary')
  for (const { name, passed, seconds } of results) {
    console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(7)} ${seconds.toFixed(1)} s`)
  }
  return results.every(({ passed }) => passed) ? 0 : 1
}

/** Runs one tool of node_modules/.bin, which npm puts on the path. */
function runStep([tool = '', ...args]: string[]): number {
  const cwd = resolve(import.meta.dirname, '..')
  return spawnSync(tool, args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1
}
