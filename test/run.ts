import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
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

const root = resolve(import.meta.dirname, '..')
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
    const report = command[0] === 'vitest' ? join(root, 'out', 'test', `${name}.json`) : null
    if (report) rmSync(report, { force: true })
    const reporters = report ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : []
    const passed = runStep([...command, ...reporters]) === 0
    return {
      name,
      passed,
      seconds: (performance.now() - start) / 1000,
      failures: report && !passed ? failuresIn(report) : [],
    }
  })
  console.log('\n== summary')
  for (const { name, passed, seconds, failures } of results) {
    console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(7)} ${seconds.toFixed(1)} s`)
    for (const failure of failures) console.log(`        ${failure}`)
  }
  return results.every(({ passed }) => passed) ? 0 : 1
}

/** Runs one tool of node_modules/.bin, which npm puts on the path. */
function runStep([tool = '', ...args]: string[]): number {
  return spawnSync(tool, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1
}

/** The failed tests of a JSON report by Vitest, each with what it said first: the end of a log is all that some see of it. */
function failuresIn(path: string): string[] {
  if (!existsSync(path)) return ['no report']
  const { testResults } = JSON.parse(readFileSync(path, 'utf8')) as {
    testResults: {
      name: string
      status: string
      message: string
      assertionResults: { status: string; fullName: string; failureMessages: string[] | null }[]
    }[]
  }
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((one) => one.status === 'failed')
    const said =
      status === 'failed' && failed.length === 0
        ? [message]
        : failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages?.[0] ?? ''}`)
    return said.map((words) => `${relative(root, name)}: ${firstLines(words)}`)
  })
  return failures.length > 0 ? failures : ['no test failed, but something beside them: see the errors above']
}

function firstLines(text: string): string {
  return text.split('\n').slice(0, 4).join(' ').replace(/\s+/g, ' ').slice(0, 400)
}
