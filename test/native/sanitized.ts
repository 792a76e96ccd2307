import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../support/data.ts'

/**
 * `npm run test:sanitized` (Linux): builds the engine with checks of addresses and undefined behavior, and runs the tests
 * of training on it. Node's own memory is not checked for leaks: it ends without freeing.
 */
function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): number {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1
}

const library = (name: string): string =>
  spawnSync('c++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim()

process.exitCode =
  run(process.execPath, ['native/build.ts', '--sanitize']) ||
  run(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      'test/training',
      '--testTimeout=300000',
      ...process.argv.slice(2),
    ],
    {
      LD_PRELOAD: `${library('libasan.so')} ${library('libubsan.so')}`,
      LAGOTTO_ENGINE: join(root, 'native/build/sanitized/lagotto.node'),
      ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1',
      UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
    },
  )
